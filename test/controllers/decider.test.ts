/**
 * The whole control plane at work: convergence, determinism, and what stands still when a part is stopped.
 * @evidence model: Placement of pods, pace of controllers and of watches
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, startAll, WriteVerb } from '../../controllers/command.ts';
import { type ClusterEvent, ClusterEventKind, clusterEvents, ReconcileOutcome } from '../../controllers/event.ts';
import { isPodReady } from '../../controllers/object/pod.ts';
import { Engine } from '../../core/engine.ts';
import { eventCodec } from '../../core/event-kind.ts';
import { type Batch, Ledger } from '../../core/ledger.ts';
import { keyedDraw } from '../../core/random.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import { columns } from '../../net/column.ts';
import {
  apply,
  decider,
  deployment,
  nodeObject,
  type SmallRun,
  service,
  smallConfig,
  smallRun,
  smallWorld,
  until,
} from './small-cluster.ts';

const test = suite('clusterDecider');

const WORKLOAD = [
  deployment('web', 3),
  service('web'),
  deployment('api', 2),
  service('api', { type: 'NodePort' }),
  deployment('db', 1),
  service('db'),
];

function scale(at: number, name: string, replicas: number) {
  const text = JSON.stringify({ kind: 'Deployment', name, replicas });
  return { kind: ClusterCommandKind.WriteObject, at, verb: WriteVerb.Scale, text } as const;
}

function remove(at: number, kind: string, name: string) {
  return {
    kind: ClusterCommandKind.WriteObject,
    at,
    verb: WriteVerb.Delete,
    text: JSON.stringify({ kind, name }),
  } as const;
}

/** Addresses of the ready pods with this label, and of the service's endpoints and slices. */
function addresses(run: SmallRun, app: string) {
  const view = run.world.cluster.store.view();
  const pods = view
    .list('Pod', 'default')
    .filter((pod) => pod.metadata.labels?.['app'] === app && isPodReady(pod) && !pod.metadata.deletionTimestamp)
    .map((pod) => pod.status.podIP as string);
  const endpoints = (view.get('Endpoints', 'default', app)?.subsets ?? []).flatMap((subset) =>
    (subset.addresses ?? []).map(({ ip }) => ip),
  );
  const slices = view
    .listBy('EndpointSlice', 'service', `default/${app}`)
    .flatMap((slice) => slice.endpoints.flatMap((one) => (one.conditions?.ready ? one.addresses : [])));
  return { pods: pods.sort(), endpoints: endpoints.sort(), slices: slices.sort() };
}

function assertConverged(run: SmallRun, app: string, replicas: number): void {
  const { pods, endpoints, slices } = addresses(run, app);
  assert.is(pods.length, replicas, `pods of ${app}`);
  assert.equal(endpoints, pods);
  assert.equal(slices, pods);
  const deployed = run.world.cluster.store.get('Deployment', 'default', app);
  assert.is(deployed?.status.availableReplicas ?? 0, replicas);
  for (const programs of run.world.programs.values()) {
    const rules = programs
      .at(-1)!
      .steps.map((step) => step.input)
      .join('\n');
    assert.match(rules, replicas === 0 ? `default/${app} has no endpoints` : `default/${app} cluster IP`);
  }
}

test('a small cluster converges within three virtual seconds and a few hundred events', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  until(run, 5);
  assertConverged(run, 'web', 3);
  assertConverged(run, 'api', 2);
  assertConverged(run, 'db', 1);
  const upkeep: readonly number[] = [ClusterEventKind.LeaseTried, ClusterEventKind.NodesMonitored];
  const last = run.events.findLast(({ kind }) => !upkeep.includes(kind))!;
  assert.ok(last.at < 3 * SECOND, `last event at ${last.at} ns`);
  assert.ok(run.events.length < 1000, `${run.events.length} events`);
  assert.is(run.world.pods.size, 6);
  assert.ok([...run.world.pods.values()].every(({ running }) => running));
});

test('two runs of one seed have equal digests, and another seed another one', () => {
  const digest = (seed: string): string => {
    const run = smallRun({}, seed);
    run.engine.bus.schedule(apply(0, ...WORKLOAD));
    run.engine.bus.schedule(scale(4 * SECOND, 'web', 5));
    until(run, 10);
    return run.digest();
  };
  const first = digest('1');
  assert.is(digest('1'), first);
  assert.is.not(digest('2'), first);
});

test('folding the events into a fresh state gives the live state', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 1));
  run.engine.bus.schedule(remove(6 * SECOND, 'Deployment', 'api'));
  until(run, 20);
  const folded = smallWorld(smallConfig());
  const evolve = decider.evolve as unknown as Record<number, (world: unknown, event: unknown) => void>;
  for (const event of run.events) evolve[event.kind]!(folded, event);
  for (const kind of ['Pod', 'Service', 'Deployment', 'ReplicaSet', 'EndpointSlice', 'Endpoints', 'Node'] as const) {
    assert.equal(folded.cluster.store.view().list(kind), run.world.cluster.store.view().list(kind));
  }
  assert.equal([...folded.pods], [...run.world.pods]);
  assert.equal([...folded.programs], [...run.world.programs]);
  assert.equal(folded.cluster.notes.list(), run.world.cluster.notes.list());
});

test('a run goes on from any prefix of its ledger as if it had never stopped', () => {
  const batches: { cause: number; events: ClusterEvent[] }[] = [];
  const codec = eventCodec(columns, clusterEvents);
  const fresh = (handOver: (batch: Batch) => void = () => {}) => {
    const engine = new Engine(decider, smallWorld(smallConfig()), keyedDraw('1'), new Ledger(codec, '', handOver));
    engine.bus.schedule(apply(0, ...smallConfig().nodes.map(nodeObject)));
    engine.bus.schedule(startAll(0));
    engine.bus.schedule(apply(0, ...WORKLOAD));
    engine.bus.schedule(scale(4 * SECOND, 'web', 1));
    return engine;
  };
  const live = fresh(({ columns: table, rows }) => {
    for (let row = 0; row < rows; row++) {
      const cause = table.cause[row]!;
      if (batches.at(-1)?.cause !== cause) batches.push({ cause, events: [] });
      batches.at(-1)!.events.push(codec.read(table, row) as ClusterEvent);
    }
  });
  live.step(1_000_000, 20 * SECOND);
  live.finish(20 * SECOND);
  const all = batches.flatMap(({ events }) => events);
  for (const cut of [1, 17, Math.floor(batches.length / 2), batches.length - 2]) {
    const resumed = fresh();
    const rest: ClusterEvent[] = [];
    for (const { cause, events } of batches.slice(0, cut)) resumed.fold(events, cause);
    resumed.bus.events.subscribe((event) => rest.push(event));
    resumed.step(1_000_000, 20 * SECOND);
    const done = batches.slice(0, cut).reduce((n, { events }) => n + events.length, 0);
    assert.equal(rest, all.slice(done), `cut after ${cut} decisions`);
  }
});

test('any delays of watch deliveries lead to the same end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 0, max: 4 }),
      (delaysMs, replicas) => {
        const run = smallRun();
        const { bus } = run.engine;
        const schedule = bus.schedule.bind(bus);
        let n = 0;
        bus.schedule = (command, at = command.at) => {
          const late = command.kind === ClusterCommandKind.DeliverWatch ? delaysMs[n++ % delaysMs.length]! : 0;
          return schedule({ ...command, at: at + late * MILLISECOND });
        };
        bus.schedule(apply(0, ...WORKLOAD));
        bus.schedule(scale(SECOND, 'web', replicas));
        bus.schedule(scale(2 * SECOND, 'api', 4));
        until(run, 100);
        assertConverged(run, 'web', replicas);
        assertConverged(run, 'api', 4);
        assertConverged(run, 'db', 1);
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test('a command of a stopped plane decides nothing', () => {
  const run = smallRun();
  run.engine.responders.reconcile.unsubscribe();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  until(run, 5);
  assert.is(run.world.cluster.store.view().list('Pod').length, 0);
  assert.is(run.world.cluster.store.view().list('Deployment').length, 3);
});

test('scaling up and down moves pods, endpoints and slices', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 6));
  until(run, 8);
  assertConverged(run, 'web', 6);
  run.engine.bus.schedule(scale(8 * SECOND, 'web', 2));
  until(run, 12);
  assertConverged(run, 'web', 2);
  assert.is(run.world.pods.size, 5);
});

test('deleting a Deployment takes its ReplicaSet and its pods along, its Service stays without endpoints', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  run.engine.bus.schedule(remove(4 * SECOND, 'Deployment', 'web'));
  until(run, 10);
  const view = run.world.cluster.store.view();
  assert.equal(
    view.list('ReplicaSet').map(({ metadata }) => metadata.ownerReferences?.[0]?.name),
    ['api', 'db'],
  );
  assert.equal(addresses(run, 'web'), { pods: [], endpoints: [], slices: [] });
  assert.is(run.world.pods.size, 3);
  assert.ok(view.get('Endpoints', 'default', 'web'));
});

test('deleting a Service takes its Endpoints and slices along and frees its node port', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  until(run, 4);
  const port = run.world.cluster.store.get('Service', 'default', 'api')!.spec.ports![0]!.nodePort!;
  assert.ok(run.world.cluster.serviceAddresses.hasNodePort(port));
  run.engine.bus.schedule(remove(4 * SECOND, 'Service', 'api'));
  until(run, 8);
  assert.is(run.world.cluster.serviceAddresses.hasNodePort(port), false);
  assert.is(run.world.cluster.store.get('Endpoints', 'default', 'api'), undefined);
  assert.is(run.world.cluster.store.view().listBy('EndpointSlice', 'service', 'default/api').length, 0);
  assert.not.match(run.world.programs.get(1)!.at(-1)!.steps[0]!.input, 'default/api');
});

for (const [component, frozen, moving] of [
  ['endpoints', 'endpoints', 'slices'],
  ['endpoint-slice', 'slices', 'endpoints'],
] as const) {
  test(`stopping ${component} freezes its objects until it is started again`, () => {
    const run = smallRun();
    run.engine.bus.schedule(apply(0, ...WORKLOAD));
    run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 4 * SECOND, text: component });
    run.engine.bus.schedule(scale(4 * SECOND, 'web', 5));
    until(run, 8);
    const stopped = addresses(run, 'web');
    assert.is(stopped.pods.length, 5);
    assert.is(stopped[frozen].length, 3);
    assert.equal(stopped[moving], stopped.pods);
    run.engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 8 * SECOND, text: component });
    until(run, 12);
    assertConverged(run, 'web', 5);
  });
}

test('stopping kube-proxy of one node leaves that node alone with its rules', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  until(run, 4);
  const before = run.world.programs.get(1)!.length;
  run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 4 * SECOND, text: 'kube-proxy@node1' });
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 5));
  until(run, 8);
  assert.is(run.world.programs.get(1)!.length, before);
  assert.ok(run.world.programs.get(2)!.length > before);
  run.engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 8 * SECOND, text: 'kube-proxy@node1' });
  until(run, 9);
  assert.is(run.world.programs.get(1)!.length, before + 1);
  assert.is(run.world.programs.get(1)!.at(-1)!.full, true);
});

test('nothing is written while the API server is stopped, and controllers catch up afterwards', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...WORKLOAD));
  until(run, 4);
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 5));
  run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 4 * SECOND, text: 'api-server' });
  until(run, 6);
  const { revision } = run.world.cluster.store;
  assert.ok(
    run.events.some(
      (event) => event.kind === ClusterEventKind.KeyReconciled && event.outcome === ReconcileOutcome.Unavailable,
    ),
  );
  run.engine.bus.schedule(scale(6 * SECOND, 'web', 1));
  until(run, 7);
  assert.is(run.world.cluster.store.revision, revision);
  assert.ok(run.events.some((event) => event.kind === ClusterEventKind.RequestRefused && event.code === 503));
  run.engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 7 * SECOND, text: 'api-server' });
  until(run, 20);
  assertConverged(run, 'web', 5);
});

test('a kubelet that is stopped starts no pods and ends none', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 3)));
  until(run, 4);
  run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 4 * SECOND, text: 'kubelet@node1' });
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 0));
  until(run, 10);
  const left = run.world.cluster.store.view().list('Pod');
  assert.equal(
    left.map(({ spec }) => spec.nodeName),
    ['node1'],
  );
  assert.ok(left[0]!.metadata.deletionTimestamp);
  assert.is(run.world.pods.size, 1);
  run.engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 10 * SECOND, text: 'kubelet@node1' });
  until(run, 12);
  assert.is(run.world.cluster.store.view().list('Pod').length, 0);
  assert.is(run.world.pods.size, 0);
});

test('a change of the object behind a controller is a conflict, tried again after 5 ms', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 2)));
  run.engine.bus.schedule(scale(4 * SECOND, 'web', 3));
  // The controller learns of the first change between 1 and 1.5 ms after it: just then the object changes again.
  run.engine.bus.schedule(scale(4 * SECOND + MILLISECOND, 'web', 4));
  until(run, 20);
  const conflicts = run.events.flatMap((event) =>
    event.kind === ClusterEventKind.KeyReconciled && event.outcome === ReconcileOutcome.Conflict ? [event] : [],
  );
  assert.ok(conflicts.length > 0, 'no conflict');
  assert.is(conflicts[0]!.text, 'default/web');
  assert.is(conflicts[0]!.requeueAt, conflicts[0]!.at + 5 * MILLISECOND);
  assert.is(run.world.cluster.store.get('Deployment', 'default', 'web')?.status.availableReplicas, 4);
});

test.run();
