/**
 * What is settled about a cluster before it runs.
 */
import type { ProxyConfig } from './kube-proxy/proxier.ts';
import type { KubeObject } from './object/kind.ts';
import type { Manifest } from './object/manifest.ts';
import type { Pins } from './pin.ts';

/** A machine of the cluster, and the host that stands for it on the network. */
export interface NodeConfig {
  readonly name: string;
  /** Number of the node's host in the network. */
  readonly host: number;
  /** Addresses by which other nodes reach it, at most one a family. */
  readonly ips: readonly string[];
  /** Networks of its pods, at most one a family. */
  readonly podCIDRs: readonly string[];
}

/** How containers of one image behave. */
export interface ImageBehaviour {
  /** From the sandbox to the running container. */
  readonly startDelayNs: number;
  /** From the running container to ready; without a readiness probe. -1: never. */
  readonly readyDelayNs: number;
  /** What SIGTERM does: exit at once, or go on (ready or not) until the grace period is over. */
  readonly onTerm: 'exit' | 'serve' | 'unready';
  /** The container ends by itself so long after its start; -1: never. */
  readonly exitAfterNs: number;
  readonly exitCode: number;
  /** What it listens on, by IP protocol number; absent: as the image is known, or its ports are declared. */
  readonly ports?: readonly { readonly port: number; readonly protocol: number }[];
}

/** When kube-proxy writes its rules. */
export interface SyncTiming {
  readonly minSyncNs: number;
  readonly syncNs: number;
  /** Syncs that may follow one another at once: 2 with the token bucket of older releases, 1 since. */
  readonly burst: number;
  /** `resync`: in full every syncNs (before the canary came); `canary`: every syncNs only when the canary chain is gone. */
  readonly upkeep: 'resync' | 'canary';
}

export interface ClusterConfig {
  /** Seconds since 1970 at t = 0. */
  readonly startSeconds: number;
  /** Kubernetes minor release: 16 for 1.16. */
  readonly minor: number;
  readonly nodes: readonly NodeConfig[];
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly nodePortRange: { readonly first: number; readonly last: number };
  readonly ipam: 'host-local' | 'calico';
  /** By image name without its tag, or with it. */
  readonly images: Readonly<Record<string, ImageBehaviour>>;
  readonly pins: Pins;
  readonly proxy: ProxyConfig;
  readonly syncTiming: SyncTiming;
  /** Whether the cluster's DNS servers watch it. */
  readonly dns?: boolean;
  /** Whether anybody counts what budgets of disruption allow: there are some, or may be. */
  readonly budgets?: boolean;
  /**
   * Objects that stand from before t = 0, in the order of their creation; pods among them run, on their node's network.
   * They are no events: they follow from the inputs of a run, as its hosts do.
   */
  readonly standing?: readonly KubeObject[];
  /** What the first node's folder of static pods holds; their pictures are among the standing objects. */
  readonly staticPods?: readonly { readonly path: string; readonly text: string; readonly manifest: Manifest }[];
}
