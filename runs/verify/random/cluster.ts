/**
 * A random cluster as a record of plain values: what a generator draws, a shrinker cuts down and a document shows.
 */
import type { Cni } from '../../scenario/profile.ts';

/** Settings of a machine by their sysctl names. */
export type Sysctls = Readonly<Record<string, number>>;

export interface RandomNode {
  readonly name: string;
  readonly ip: string;
  /** A second address of its interface, with a length: in the network of the first or in another. */
  readonly second?: string;
  readonly sysctls: Sysctls;
}

export interface RandomHost {
  readonly name: string;
  readonly ip: string;
  readonly serves: readonly { readonly port: number; readonly protocol: 'TCP' | 'UDP'; readonly answers: string }[];
}

export interface RandomPod {
  readonly name: string;
  readonly node: string;
  readonly app: string;
  /** Its address where it is pinned: rules name it. */
  readonly ip?: string;
  readonly ready: boolean;
  readonly hostNetwork: boolean;
}

/** Pods of one template, which the scheduler places and whose addresses nobody knows before. */
export interface RandomDeployment {
  readonly name: string;
  readonly app: string;
  readonly replicas: number;
}

export interface RandomServicePort {
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface RandomService {
  readonly name: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  readonly clusterIP: string;
  /** Absent: its endpoints are made by hand. */
  readonly app?: string;
  readonly ports: readonly RandomServicePort[];
  readonly externalIPs: readonly string[];
  readonly internalTrafficPolicy?: 'Cluster' | 'Local';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly publishNotReadyAddresses: boolean;
  /** Seconds that a client stays with its endpoint; 0: none. */
  readonly affinitySeconds: number;
  /** Addresses outside the cluster, with one port for each port of the service. */
  readonly endpoints: readonly { readonly ip: string; readonly ports: readonly number[] }[];
}

export interface RandomFlow {
  readonly from: string;
  readonly to: string;
  readonly source?: string;
  readonly sourcePort?: number;
  /** Bytes each way. */
  readonly size?: number;
}

export interface RandomCluster {
  /** `S:INDEX`: draws the same cluster again. */
  readonly seed: string;
  readonly profile: '1.16' | 'current';
  readonly cni: Cni;
  readonly underlay: 'flat' | 'routed';
  readonly natOutgoing: boolean;
  readonly localDetector: string;
  readonly masqueradeAll: boolean;
  /** MTU of the underlay in bytes. */
  readonly mtu: number;
  readonly nodes: readonly RandomNode[];
  readonly hosts: readonly RandomHost[];
  readonly pods: readonly RandomPod[];
  readonly deployments: readonly RandomDeployment[];
  readonly services: readonly RandomService[];
  /** Rules by the name of the machine, as the lines of an iptables-save text. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  /** The sets that rules name, by the name of the machine, as the lines of an `ipset save` text. */
  readonly ipsets: Readonly<Record<string, readonly string[]>>;
  readonly flows: readonly RandomFlow[];
}

/** Ports that a pod of the image of random clusters listens on. */
export const POD_PORT = { http: 8080, echo: 9100, dns: 9053 } as const;
/** No pod and no machine listens there. */
export const CLOSED_PORT = 9;

/** The first address of a node's pods is the bridge's; the last ones are given to nobody. */
export function podNetwork(node: number): string {
  return `10.244.${node}`;
}
