/** Each command of the control plane, and the events that it comes to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ClusterCommand,
  ClusterCommandKind as Command,
  startAll,
  stopKubelet,
  WriteVerb,
} from '../../controllers/command.ts';
import type { ClusterConfig } from '../../controllers/config.ts';
import { type ClusterEvent, ClusterEventKind as Kind, ReconcileOutcome, SyncState } from '../../controllers/event.ts';
import { clusterState } from '../../controllers/state.ts';
import { SANDBOX_NS } from '../../controllers/timing.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import { type Specification, specify } from '../specification.ts';
import {
  apply,
  decider,
  deployment,
  nodeObject,
  type SmallWorld,
  service,
  smallConfig,
  smallWorld,
} from './small-cluster.ts';

const test = suite('decision');

const number = Object.fromEntries(
  clusterState(smallConfig()).components.map((component) => [component.name, component.number]),
);

/** A cluster with its nodes, started at 0 with these objects already there. */
function started(objects: readonly object[] = [], overrides: Partial<ClusterConfig> = {}) {
  const config = smallConfig(overrides);
  return specify(decider, () => smallWorld(config)).after(
    apply(0, ...config.nodes.map(nodeObject), ...objects),
    startAll(0),
  );
}

function to(component: string, kind: number, at: number, text = '', epoch = 1): ClusterCommand {
  return { kind, at, component: number[component], epoch, text } as ClusterCommand;
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { nodeName: 'node1', containers: [{ name: 'c', image: 'app' }] },
};

/** The kubelet of node1 looks at its pod until that has run through `times` steps, one a second. */
function steps(from: Specification<SmallWorld, ClusterCommand, ClusterEvent>, times: number, first = 1) {
  const commands: ClusterCommand[] = [];
  for (let i = 0; i < times; i++) {
    commands.push(to('kubelet@node1', Command.QueueKey, (first + i) * SECOND, 'default/p'));
    commands.push(to('kubelet@node1', Command.Reconcile, (first + i) * SECOND));
  }
  return from.after(...commands);
}

test('StartComponent starts what it names, or all that stands', () => {
  const fresh = specify(decider, () => smallWorld(smallConfig()));
  fresh
    .when({ kind: Command.StartComponent, at: 0, text: 'endpoints' })
    .yields({ kind: Kind.ComponentStarted, component: number['endpoints']! });
  assert.is(fresh.when(startAll(0)).events.length, clusterState(smallConfig()).components.length - 2);
  fresh.when({ kind: Command.StartComponent, at: 0, text: 'api-server' }).yields();
});

test('StopComponent stops what runs, once', () => {
  started()
    .when(stopKubelet('node1', 5))
    .yields({ kind: Kind.ComponentStopped, at: 5, component: number['kubelet@node1']! });
  started().after(stopKubelet('node1', 5)).when(stopKubelet('node1', 6)).yields();
});

test('DeliverWatch moves the cursor to all that is old enough', () => {
  const written = started().after(apply(SECOND, service('a')), apply(SECOND + 500_000, service('b')));
  const revision = written.when(apply(2 * SECOND, service('a'))).state.cluster.store.revision;
  const deliver = (at: number) => written.when(to('endpoints', Command.DeliverWatch, at));
  deliver(SECOND + 999_999).yields();
  deliver(SECOND + MILLISECOND).yields({ kind: Kind.WatchDelivered, revision: revision - 1 });
  deliver(SECOND + 2 * MILLISECOND).yields({ kind: Kind.WatchDelivered, revision });
});

test('commands for an earlier life of a component are ignored', () => {
  const restarted = started([deployment('web', 1)]).after(
    { kind: Command.StopComponent, at: 1, text: 'deployment' },
    { kind: Command.StartComponent, at: 2, text: 'deployment' },
  );
  for (const kind of [Command.DeliverWatch, Command.Reconcile, Command.QueueKey, Command.RetryKey]) {
    restarted.when(to('deployment', kind, 3, 'default/other', 1)).yields();
  }
  assert.ok(restarted.when(to('deployment', Command.Reconcile, 3, '', 2)).events.length > 0);
});

test('Reconcile writes what the controller wants and takes the key off the queue', () => {
  started([deployment('web', 2)])
    .when(to('deployment', Command.Reconcile, MILLISECOND))
    .yields(
      { kind: Kind.ObjectWritten, created: 1, component: number['deployment']!, text: /"kind":"ReplicaSet"/ },
      { kind: Kind.ObjectWritten, created: 0, text: /"kind":"Deployment"/ },
      { kind: Kind.NoteRecorded, text: /Scaled up replica set web-\w+ from 0 to 2/ },
      { kind: Kind.KeyReconciled, outcome: ReconcileOutcome.Done, requeueAt: 0, text: 'default/web' },
    );
  started()
    .when(to('deployment', Command.Reconcile, MILLISECOND))
    .yields();
});

test('Reconcile waits with a key whose own writes have not come back', () => {
  started([deployment('web', 2)])
    .after(
      to('deployment', Command.Reconcile, MILLISECOND),
      to('deployment', Command.QueueKey, MILLISECOND, 'default/web'),
    )
    .when(to('deployment', Command.Reconcile, MILLISECOND))
    .yields({ kind: Kind.KeyReconciled, outcome: ReconcileOutcome.Waiting, text: 'default/web' });
});

test('QueueKey and RetryKey add a key that is not there', () => {
  for (const kind of [Command.QueueKey, Command.RetryKey]) {
    started()
      .when(to('endpoints', kind, 1, 'default/a'))
      .yields({ kind: Kind.KeyQueued, component: number['endpoints']!, text: 'default/a' });
    started()
      .after(to('endpoints', kind, 1, 'default/a'))
      .when(to('endpoints', kind, 2, 'default/a'))
      .yields();
  }
});

test('a pod that fits nowhere is parked', () => {
  const picky = { ...pod, spec: { containers: pod.spec.containers, nodeSelector: { disk: 'ssd' } } };
  started([picky])
    .when(to('scheduler', Command.Reconcile, 1))
    .yields(
      { kind: Kind.ObjectWritten, text: /"reason":"Unschedulable"/ },
      { kind: Kind.NoteRecorded, text: /FailedScheduling/ },
      { kind: Kind.KeyReconciled, outcome: ReconcileOutcome.Parked },
    );
});

test('the kubelet goes step by step through the life of a pod', () => {
  const kubelet = { component: number['kubelet@node1']!, host: 1 };
  const fresh = started([pod]);
  const reconcile = (at: number) => to('kubelet@node1', Command.Reconcile, at);
  fresh
    .when(reconcile(SECOND))
    .yields(
      { kind: Kind.PodAccepted, ...kubelet, dueAt: SECOND + SANDBOX_NS, text: /"name":"p"/ },
      { kind: Kind.ObjectWritten, text: /ContainerCreating/ },
      { kind: Kind.KeyReconciled, requeueAt: SECOND + SANDBOX_NS },
    );
  const queued = (from: typeof fresh, at: number) => from.after(to('kubelet@node1', Command.QueueKey, at, 'default/p'));
  const deliver = (at: number) => to('kubelet@node1', Command.DeliverWatch, at);
  const accepted = fresh.after(reconcile(SECOND), deliver(1.2 * SECOND));
  accepted.when(reconcile(1.3 * SECOND)).yields({ kind: Kind.KeyReconciled, requeueAt: SECOND + SANDBOX_NS });
  const created = accepted.after(reconcile(1.3 * SECOND));
  queued(created, 2 * SECOND)
    .when(reconcile(2 * SECOND))
    .yields(
      { kind: Kind.PodSandboxCreated, ...kubelet, text: /"ips":\["10\.244\.1\.2"\]/ },
      { kind: Kind.ObjectWritten, text: /"podIP":"10\.244\.1\.2"/ },
      { kind: Kind.KeyReconciled },
    );
  const sandboxed = queued(created, 2 * SECOND).after(
    reconcile(2 * SECOND),
    deliver(2.1 * SECOND),
    reconcile(2.2 * SECOND),
  );
  const running = queued(sandboxed, 3 * SECOND);
  assert.equal(
    running.when(reconcile(3 * SECOND)).events.map(({ kind }) => kind),
    [
      Kind.ContainersStarted,
      Kind.ObjectWritten,
      // Pulling, Pulled, Created, Started.
      ...new Array<number>(4).fill(Kind.NoteRecorded),
      Kind.KeyReconciled,
    ],
  );
  const ready = running.after(reconcile(3 * SECOND), deliver(3.1 * SECOND), reconcile(3.2 * SECOND));
  ready
    .when({ kind: Command.CrashPod, at: 4 * SECOND, text: 'default/p' })
    .yields(
      { kind: Kind.ContainersExited, ...kubelet, exitCode: 1, restarts: 1, dueAt: 4 * SECOND },
      { kind: Kind.KeyQueued },
    );
  const text = JSON.stringify({ kind: 'Pod', name: 'p' });
  const doomed = ready.after(
    { kind: Command.WriteObject, at: 4 * SECOND, verb: WriteVerb.Delete, text },
    deliver(4.1 * SECOND),
  );
  doomed
    .when(reconcile(4.2 * SECOND))
    .yields(
      { kind: Kind.ContainersStopping, ...kubelet, dueAt: 4.2 * SECOND },
      { kind: Kind.NoteRecorded },
      { kind: Kind.KeyReconciled },
    );
  steps(doomed.after(reconcile(4.2 * SECOND)), 1, 5)
    // It has read what it wrote itself: that the pod has ended.
    .after(deliver(5.1 * SECOND), to('kubelet@node1', Command.QueueKey, 6 * SECOND, 'default/p'))
    .when(reconcile(6 * SECOND))
    .yields({ kind: Kind.PodSandboxRemoved, ...kubelet }, { kind: Kind.ObjectDeleted }, { kind: Kind.KeyReconciled });
});

test('SyncProxy writes the rules when a sync is due', () => {
  const asked = started([service('a')]);
  const proxy = { component: number['kube-proxy@node1']!, host: 1 };
  asked
    .when(to('kube-proxy@node1', Command.SyncProxy, 0))
    .yields({ kind: Kind.ProxyRulesSynced, ...proxy, state: SyncState.Full, text: /^[0-9a-f]{16}$/ });
  asked
    .after(to('kube-proxy@node1', Command.SyncProxy, 0))
    .when(to('kube-proxy@node1', Command.SyncProxy, 1))
    .yields();
});

test('ResyncProxy writes everything; CheckCanary only where the canary is gone', () => {
  const synced = started([service('a')]).after(to('kube-proxy@node1', Command.SyncProxy, 0));
  synced
    .when(to('kube-proxy@node1', Command.ResyncProxy, SECOND))
    .yields({ kind: Kind.ProxyRulesSynced, state: SyncState.Full | SyncState.Regular });
  synced.when(to('kube-proxy@node1', Command.CheckCanary, SECOND)).yields();
  const check = synced.when(to('kube-proxy@node1', Command.CheckCanary, SECOND));
  check.state.lost.add(1);
  const events: ClusterEvent[] = [];
  decider.decide[Command.CheckCanary](
    check.state,
    { kind: Command.CheckCanary, at: SECOND, component: number['kube-proxy@node1']!, epoch: 1 },
    () => 0,
    (event) => events.push(event),
  );
  assert.equal(
    events.map(({ kind }) => kind),
    [Kind.ProxyRulesSynced],
  );
});

test.run();
