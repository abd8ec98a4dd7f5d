/**
 * All that the control plane is at an instant, folded from its events.
 */
import { invariant } from '../core/error.ts';
import { BirthRegister } from './birth.ts';
import type { Component, ComponentKind } from './component.ts';
import { components, PROXY_SLICES_MINOR } from './component.ts';
import type { ClusterConfig } from './config.ts';
import { ServiceLinks } from './environment/service-links.ts';
import { proxyRunner } from './kube-proxy/runner.ts';
import type { ProbeTable } from './kubelet/prober.ts';
import { standingPod, standingWorker } from './kubelet/standing-pod.ts';
import { mirroredHash } from './kubelet/static-pod.ts';
import { type NodeHealth, nodeHealth } from './node-lifecycle/node-health.ts';
import { NodeLoads } from './node-load.ts';
import { NoteLog } from './note.ts';
import type { Kind, KubeObject } from './object/kind.ts';
import { keyOf } from './object-key.ts';
import { PinLedger } from './pin.ts';
import { PodAddresses } from './pod-address.ts';
import { ServiceAddresses } from './service-address.ts';
import { ObjectStore } from './store.ts';
import type { ObjectView } from './view.ts';

/** Changed by `evolve` alone. */
export interface ClusterState {
  readonly config: ClusterConfig;
  readonly store: ObjectStore;
  readonly components: readonly Component[];
  readonly apiServer: Component;
  /** With which flags the API server was started last. */
  readonly apiFlags: { nodePortRange: ClusterConfig['nodePortRange'] };
  /** Components by the kinds that they may watch, but for those of which each node has one: these by their node. */
  readonly watchers: ReadonlyMap<Kind, readonly Component[]>;
  readonly kubelets: ReadonlyMap<string, Component>;
  readonly proxies: ReadonlyMap<string, Component>;
  /** Where kube-proxies read endpoints from. */
  readonly proxyReads: 'EndpointSlice' | 'Endpoints';
  /** Running kube-proxies that were told of everything and have written rules from it. */
  readonly restingProxies: Set<Component>;
  /** Components for which the write taken in last is the first that they have not been told of. */
  readonly announced: Component[];
  /** Components that have not been told of everything: what the store must keep for them. */
  readonly behind: Set<Component>;
  readonly pins: PinLedger;
  readonly births: BirthRegister;
  readonly serviceAddresses: ServiceAddresses;
  readonly podAddresses: PodAddresses;
  readonly nodeLoads: NodeLoads;
  readonly serviceLinks: ServiceLinks;
  readonly notes: NoteLog;
  readonly probes: ProbeTable;
  /** What is known of each node's life, by its name. */
  readonly nodeHealth: NodeHealth;
}

/** What the handlers of the control plane need of a world. */
export interface ClusterWorld {
  readonly cluster: ClusterState;
}

const WATCHED: Readonly<Partial<Record<ComponentKind, readonly Kind[]>>> = {
  deployment: ['Deployment', 'ReplicaSet', 'Pod'],
  'replica-set': ['ReplicaSet', 'Pod'],
  scheduler: ['Pod', 'Node'],
  endpoints: ['Service', 'Pod', 'Endpoints'],
  'endpoint-slice': ['Service', 'Pod', 'EndpointSlice', 'Node'],
  'node-lifecycle': ['Node', 'Pod'],
  'garbage-collector': [
    'ReplicaSet',
    'Pod',
    'EndpointSlice',
    'Deployment',
    'Service',
    'DaemonSet',
    'StatefulSet',
    'ReplicationController',
    'Job',
    'CronJob',
  ],
  'endpoint-slice-mirroring': ['Service', 'Endpoints', 'EndpointSlice'],
  'kubernetes-service': ['Service', 'Endpoints'],
  'daemon-set': ['DaemonSet', 'Pod', 'Node'],
  'stateful-set': ['StatefulSet', 'Pod'],
  'replication-controller': ['ReplicationController', 'Pod'],
  job: ['Job', 'Pod'],
  'cron-job': ['CronJob', 'Job'],
  disruption: ['PodDisruptionBudget', 'Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'],
};

/** Nothing but the API server runs yet, and what stood before. @see startAll */
export function clusterState(config: ClusterConfig): ClusterState {
  const reads = config.minor < PROXY_SLICES_MINOR ? 'Endpoints' : 'EndpointSlice';
  const runner = () => proxyRunner(config.syncTiming, reads);
  const list = components(config.nodes, config.minor, runner, config.dns === true, config.budgets === true);
  const watchers = new Map<Kind, Component[]>();
  const kubelets = new Map<string, Component>();
  const proxies = new Map<string, Component>();
  for (const component of list) {
    if (component.kind === 'kubelet') kubelets.set(component.node!.name, component);
    if (component.kind === 'kube-proxy') proxies.set(component.node!.name, component);
    const watched = component.kind === 'coredns' ? (['Namespace', 'Service', reads] as const) : WATCHED[component.kind];
    for (const kind of watched ?? []) watchers.set(kind, [...(watchers.get(kind) ?? []), component]);
  }
  const state: ClusterState = {
    config,
    store: new ObjectStore(),
    components: list,
    apiFlags: { nodePortRange: config.nodePortRange },
    apiServer: list.find((component) => component.kind === 'api-server')!,
    watchers,
    kubelets,
    proxies,
    proxyReads: reads,
    restingProxies: new Set(),
    announced: [],
    behind: new Set(),
    pins: new PinLedger(config.pins),
    births: new BirthRegister(),
    serviceAddresses: new ServiceAddresses(),
    podAddresses: new PodAddresses(config),
    nodeLoads: new NodeLoads(),
    serviceLinks: new ServiceLinks(),
    notes: new NoteLog(),
    probes: { next: 1, pending: new Map() },
    nodeHealth: nodeHealth(),
  };
  for (const { path, ...file } of config.staticPods ?? []) kubelets.get(config.nodes[0]!.name)?.files.set(path, file);
  for (const object of config.standing ?? []) furnish(state, object);
  return state;
}

/** Takes in an object that stood before the run. */
function furnish({ store, pins, births, nodeLoads, kubelets, config }: ClusterState, object: KubeObject): void {
  let stored = object;
  if (object.kind === 'Pod') {
    const kubelet = kubelets.get(object.spec.nodeName ?? '');
    invariant(kubelet?.node !== undefined, `A standing pod on no node: ${keyOf(object)}`);
    const worker = standingWorker(object, mirroredHash(object) ?? object.metadata.uid ?? '', kubelet.node, config);
    kubelet.workers.set(keyOf(object), worker);
    stored = standingPod(object, worker, kubelet.node, config, pins.object(object)?.restarts ?? 0);
  }
  pins.stood(stored, store);
  births.created(stored);
  store.seed(stored);
  nodeLoads.replace(undefined, stored);
}

/** What a component knows: the store as of its cursor, or as it is when nothing new concerns it. */
export function viewOf(state: ClusterState, component: Readonly<Component>): ObjectView {
  return state.store.view(component.pending ? component.cursor : state.store.revision);
}

/** The component of that name (`endpoints`, `kube-proxy@node1`), or `undefined`. */
export function componentNamed(state: ClusterState, name: string): Component | undefined {
  return state.components.find((component) => component.name === name);
}
