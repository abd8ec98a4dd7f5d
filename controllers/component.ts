/**
 * The parts of the control plane that run, can be stopped, and watch the store.
 */
import type { NodeConfig } from './config.ts';
import type { ProxyRunner } from './kube-proxy/runner.ts';
import type { PodWorker } from './kubelet/pod-worker.ts';
import type { Manifest } from './object/manifest.ts';
import { WorkQueue } from './work-queue.ts';

export type ComponentKind =
  | 'kubectl'
  | 'api-server'
  | 'deployment'
  | 'replica-set'
  | 'scheduler'
  | 'endpoints'
  | 'endpoint-slice'
  | 'garbage-collector'
  | 'node-lifecycle'
  | 'kubelet'
  | 'kube-proxy'
  | 'endpoint-slice-mirroring'
  | 'kubernetes-service'
  | 'coredns'
  | 'daemon-set'
  | 'stateful-set'
  | 'replication-controller'
  | 'job'
  | 'cron-job'
  | 'disruption';

/** A file of a node. */
export interface NodeFile {
  readonly text: string;
  /** What it says, if it can be read: else what it said last. */
  readonly manifest: Manifest | undefined;
}

/** Number of the component that stands for whoever asks from outside. */
export const OUTSIDE = 0;

export interface Component {
  /** Place in the list of components; 0 is whoever asks from outside. */
  readonly number: number;
  readonly kind: ComponentKind;
  /** Name as faults give it: `endpoints`, `kube-proxy@node1`. */
  readonly name: string;
  /** Of a kubelet or kube-proxy. */
  readonly node: NodeConfig | undefined;
  running: boolean;
  /** Starts so far: commands for an earlier life are ignored. */
  epoch: number;
  /** Instant of the last start, in ns. */
  startedAt: number;
  /** There is something that it has not been told of; `cursor` is the revision that it knows. */
  pending: boolean;
  cursor: number;
  /** The event taken in last gave the empty queue its first key, or asked for a sync: a sequel is to be planned. */
  woken: boolean;
  readonly queue: WorkQueue;
  /** A kubelet's pods, by key. */
  readonly workers: Map<string, PodWorker>;
  /** Files on a kubelet's node, by path: those in its folder of static pods are pods. */
  readonly files: Map<string, NodeFile>;
  /** A kube-proxy's timing. */
  readonly runner: ProxyRunner | undefined;
}

/** Controllers of which one runs for the whole cluster, in the order in which they react to the same write. */
const CLUSTER_KINDS: readonly ComponentKind[] = [
  'kubectl',
  'api-server',
  'deployment',
  'replica-set',
  'scheduler',
  'endpoints',
  'endpoint-slice',
  'garbage-collector',
];

/** Controllers that stand behind those of the nodes, so that the numbers of the others don't depend on them. */
const LATER_KINDS: readonly ComponentKind[] = [
  'endpoint-slice-mirroring',
  'kubernetes-service',
  'node-lifecycle',
  'daemon-set',
  'stateful-set',
  'replication-controller',
  'job',
  'cron-job',
];

/** Controllers that live in the one process called kube-controller-manager. */
export const CONTROLLER_MANAGER: ReadonlySet<ComponentKind> = new Set<ComponentKind>([
  'deployment',
  'replica-set',
  'endpoints',
  'endpoint-slice',
  'endpoint-slice-mirroring',
  'daemon-set',
  'stateful-set',
  'replication-controller',
  'job',
  'cron-job',
  'garbage-collector',
  'node-lifecycle',
  'disruption',
]);

/** Release that brought EndpointSlices by default, and the one whose kube-proxy reads them. */
export const SLICES_MINOR = 17;
export const PROXY_SLICES_MINOR = 19;
/** Release that brought the mirroring of Endpoints. */
const MIRRORING_MINOR = 19;

export function components(
  nodes: readonly NodeConfig[],
  minor: number,
  runnerOf: () => ProxyRunner,
  hasDns = false,
  hasBudgets = false,
): readonly Component[] {
  const list: Component[] = [];
  const add = (kind: ComponentKind, node?: NodeConfig): void => {
    list.push({
      number: list.length,
      kind,
      name: node === undefined ? kind : `${kind}@${node.name}`,
      node,
      running: kind === 'kubectl' || kind === 'api-server',
      epoch: 0,
      startedAt: 0,
      pending: false,
      cursor: 0,
      woken: false,
      queue: new WorkQueue(),
      workers: new Map(),
      files: new Map(),
      runner: kind === 'kube-proxy' ? runnerOf() : undefined,
    });
  };
  for (const kind of CLUSTER_KINDS) if (kind !== 'endpoint-slice' || minor >= SLICES_MINOR) add(kind);
  for (const node of nodes) add('kubelet', node);
  for (const node of nodes) add('kube-proxy', node);
  for (const kind of LATER_KINDS) if (kind !== 'endpoint-slice-mirroring' || minor >= MIRRORING_MINOR) add(kind);
  if (hasDns) add('coredns');
  if (hasBudgets) add('disruption');
  return list;
}
