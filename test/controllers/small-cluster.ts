/**
 * A cluster of a few nodes without a network: what its nodes would do to one is written down instead.
 */

import type { ClusterCommand } from '../../controllers/command.ts';
import { ClusterCommandKind } from '../../controllers/command.ts';
import type { ClusterConfig } from '../../controllers/config.ts';
import { clusterDecider } from '../../controllers/decider.ts';
import type { ClusterEvent } from '../../controllers/event.ts';
import { clusterEvents } from '../../controllers/event.ts';
import { proxyProfile } from '../../controllers/kube-proxy/profile.ts';
import type { SyncProgram } from '../../controllers/kube-proxy/proxier.ts';
import { DEFAULT_PROXY_CONFIG } from '../../controllers/kube-proxy/proxier.ts';
import type { NodeAgent, PodSandbox } from '../../controllers/node-agent.ts';
import type { ClusterState, ClusterWorld } from '../../controllers/state.ts';
import { clusterState } from '../../controllers/state.ts';
import { Engine } from '../../core/engine.ts';
import { eventCodec } from '../../core/event-kind.ts';
import { Ledger } from '../../core/ledger.ts';
import { keyedDraw } from '../../core/random.ts';
import { SECOND } from '../../core/time.ts';
import { columns } from '../../net/column.ts';

/** What became of the nodes. */
export interface SmallWorld extends ClusterWorld {
  readonly cluster: ClusterState;
  /** Attached pods, `host namespace/name`, with whether their containers run. */
  readonly pods: Map<string, { readonly sandbox: PodSandbox; running: boolean }>;
  /** Programs loaded, by host. */
  readonly programs: Map<number, SyncProgram[]>;
  /** Chains of the mangle table that somebody took away, by host. */
  readonly lost: Set<number>;
}

const agent: NodeAgent<SmallWorld> = {
  attachPod: (world, host, sandbox) => {
    world.pods.set(`${host} ${sandbox.namespace}/${sandbox.name}`, { sandbox, running: false });
  },
  startContainers: (world, host, { namespace, name }) => {
    world.pods.get(`${host} ${namespace}/${name}`)!.running = true;
  },
  stopContainers: (world, host, { namespace, name }) => {
    world.pods.get(`${host} ${namespace}/${name}`)!.running = false;
  },
  detachPod: (world, host, { namespace, name }) => {
    world.pods.delete(`${host} ${namespace}/${name}`);
  },
  loadRules: (world, host, program) => {
    world.programs.set(host, [...(world.programs.get(host) ?? []), program]);
    world.lost.delete(host);
  },
  natChains: () => [],
  hasChain: (world, host) => !world.lost.has(host),
  localAddresses: () => [],
};

export const decider = clusterDecider(agent);

export function smallConfig(overrides: Partial<ClusterConfig> = {}): ClusterConfig {
  const minor = overrides.minor ?? 33;
  const nodes = [1, 2, 3].map((n) => ({
    name: `node${n}`,
    host: n,
    ips: [`198.51.100.${n}`],
    podCIDRs: [`10.244.${n}.0/24`],
  }));
  return {
    startSeconds: 1_704_067_200,
    minor,
    nodes,
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    nodePortRange: { first: 30_000, last: 32_767 },
    ipam: 'host-local',
    images: {},
    pins: {},
    proxy: {
      ...DEFAULT_PROXY_CONFIG,
      detector: { mode: 'ClusterCIDR', cidrs: ['10.244.0.0/16'] },
      profile: proxyProfile(minor),
    },
    syncTiming: {
      minSyncNs: SECOND,
      syncNs: 30 * SECOND,
      burst: minor < 34 ? 2 : 1,
      upkeep: minor < 17 ? 'resync' : 'canary',
    },
    ...overrides,
  };
}

export function smallWorld(config: ClusterConfig): SmallWorld {
  const cluster = clusterState(config);
  const write = cluster.store.write.bind(cluster.store);
  // Whoever changes an object that it was handed throws here.
  cluster.store.write = (revision, at, jitter, object, deleted) =>
    write(revision, at, jitter, deepFreeze(object), deleted);
  return { cluster, pods: new Map(), programs: new Map(), lost: new Set() };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

export interface SmallRun {
  readonly world: SmallWorld;
  readonly engine: Engine<SmallWorld, ClusterCommand, ClusterEvent>;
  readonly events: ClusterEvent[];
  digest(): string;
}

/** A run at t = 0: nodes are registered and everything runs. */
export function smallRun(overrides: Partial<ClusterConfig> = {}, seed = '1'): SmallRun {
  const config = smallConfig(overrides);
  const world = smallWorld(config);
  const ledger = new Ledger(eventCodec(columns, clusterEvents), 'test', () => {});
  const engine = new Engine(decider, world, keyedDraw(seed), ledger);
  const events: ClusterEvent[] = [];
  engine.bus.events.subscribe((event) => events.push(event));
  engine.bus.schedule(apply(0, ...config.nodes.map(nodeObject)));
  engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 0, text: '*' });
  return {
    world,
    engine,
    events,
    digest: () => {
      ledger.flush();
      return ledger.digest;
    },
  };
}

export function nodeObject({ name, ips, podCIDRs }: ClusterConfig['nodes'][number]): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: podCIDRs[0], podCIDRs },
    status: {
      addresses: [{ type: 'InternalIP', address: ips[0] }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

export function apply(at: number, ...objects: readonly object[]): ClusterCommand {
  return { kind: ClusterCommandKind.ApplyObjects, at, text: JSON.stringify(objects) };
}

export function deployment(name: string, replicas: number, spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.25', ports: [{ name: 'http', containerPort: 80 }] }] },
      },
      ...spec,
    },
  };
}

export function service(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  };
}

/** Runs until `seconds`, or until nothing is due. */
export function until(run: SmallRun, seconds: number): void {
  run.engine.step(1_000_000, seconds * SECOND);
}
