/**
 * What every proxy mode is: a pure writer from what one node's kube-proxy knows to a program that the node's tools load.
 */
import type { Family } from '../../net/address.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import type { StringMap } from '../object/metadata.ts';
import type { Service } from '../object/service.ts';
import type { ProxyProfile } from './profile.ts';

/** How kube-proxy tells a packet of a local pod from others. */
export type LocalDetector =
  | { readonly mode: 'none' }
  /** Source inside the first network of the proxier's family. */
  | { readonly mode: 'ClusterCIDR' | 'NodeCIDR'; readonly cidrs: readonly string[] }
  | { readonly mode: 'BridgeInterface'; readonly interface: string }
  | { readonly mode: 'InterfaceNamePrefix'; readonly prefix: string };

export interface ProxyNode {
  readonly name: string;
  /** Primary addresses, at most one a family. */
  readonly ips: readonly string[];
  readonly labels: StringMap;
  /** Addresses on the node's interfaces, without prefix lengths; read when nodePortAddresses names networks. */
  readonly localAddresses: readonly string[];
}

export interface ProxyConfig {
  readonly family: Family;
  readonly profile: ProxyProfile;
  readonly detector: LocalDetector;
  readonly masqueradeAll: boolean;
  /** Bit of the packet mark, 0-31. */
  readonly masqueradeBit: number;
  /** iptables is 1.6.2 or newer: MASQUERADE takes a random port. */
  readonly randomFully: boolean;
  /** Networks whose local addresses accept node ports; empty: all. */
  readonly nodePortAddresses: readonly string[];
  /** Let 127.0.0.1 reach node ports (IPv4 only). */
  readonly localhostNodePorts: boolean;
  /** net.netfilter.nf_conntrack_tcp_be_liberal is set: no rule drops INVALID packets. */
  readonly tcpBeLiberal: boolean;
}

export const DEFAULT_PROXY_CONFIG: Omit<ProxyConfig, 'profile'> = {
  family: 4,
  detector: { mode: 'none' },
  masqueradeAll: false,
  masqueradeBit: 14,
  randomFully: true,
  nodePortAddresses: [],
  localhostNodePorts: true,
  tcpBeLiberal: false,
};

export interface SyncInputs {
  readonly services: Iterable<Service>;
  readonly endpointSlices: Iterable<EndpointSlice>;
  readonly node: ProxyNode;
  readonly config: ProxyConfig;
  /** `namespace/name` of the services that changed since the last success; absent: a full sync. */
  readonly changed?: ReadonlySet<string>;
  /** Names of the chains in the node's nat table; absent: stale chains are left alone. */
  readonly existingChains?: Iterable<string>;
}

/** A rule that is put in place if it is missing, and the chain that it needs. */
export interface EnsuredRule {
  readonly table: 'filter' | 'nat' | 'mangle';
  readonly chain: string;
  /** The chain to create first; the target of the rule, if it is not built in. */
  readonly target?: string;
  /** As iptables-save prints it, without `-A CHAIN`. */
  readonly rule: string;
  /** Prepended rules end up in the reverse of their order here. */
  readonly position: 'prepend' | 'append';
}

/** One call of a tool that reads its program from standard input. */
export interface SyncStep {
  readonly tool: 'iptables-restore' | 'ip6tables-restore' | 'nft' | 'ipset' | 'ipvsadm';
  readonly args: readonly string[];
  readonly input: string;
}

export interface SyncProgram {
  readonly full: boolean;
  /** Chains that are created if they are missing, and left empty: their loss tells of a flush. Before all else. */
  readonly canaries: readonly { readonly table: 'filter' | 'nat' | 'mangle'; readonly chain: string }[];
  /** In the order in which they are ensured, before the steps. */
  readonly ensured: readonly EnsuredRule[];
  readonly steps: readonly SyncStep[];
  /** Keys as in /proc/sys, with dots. */
  readonly sysctls: StringMap;
}

export interface Proxier {
  readonly mode: 'iptables' | 'ipvs' | 'nftables' | 'userspace';
  sync(inputs: SyncInputs): SyncProgram;
}
