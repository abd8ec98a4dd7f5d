/**
 * Where pods are put, and what is said when there is no place.
 * @evidence model: Placement of pods, pace of controllers and of watches
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import type { Node } from '../../../controllers/object/node.ts';
import type { Pod } from '../../../controllers/object/pod.ts';
import { unschedulableMessage } from '../../../controllers/scheduler/obstacle-text.ts';
import { obstacle as obstacleIn } from '../../../controllers/scheduler/placement.ts';
import { SECOND } from '../../../core/time.ts';
import { apply, deployment, smallConfig, smallRun, until } from '../small-cluster.ts';

const test = suite('scheduler');

const node = (spec: object = {}, labels: object = {}) =>
  ({ metadata: { name: 'n', labels }, spec, status: {} }) as unknown as Node;
const pod = (spec: object = {}) =>
  ({ metadata: { name: 'p' }, spec: { containers: [], ...spec }, status: { phase: 'Pending' } }) as unknown as Pod;

const obstacle = (who: Pod, where: Node, neighbours: readonly Pod[], minor = 33) =>
  obstacleIn(who, where, neighbours, minor);

test('obstacle() heeds cordons, taints, selectors and host ports', () => {
  assert.is(obstacle(pod(), node(), []), undefined);
  assert.is(obstacle(pod(), node({ unschedulable: true }), []), 'node(s) were unschedulable');
  const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
  assert.is(obstacle(pod(), node({ taints }), []), 'node(s) had untolerated taint {k: v}');
  assert.is(obstacle(pod({ tolerations: [{ key: 'k', operator: 'Exists' }] }), node({ taints }), []), undefined);
  assert.is(
    obstacle(pod({ tolerations: [{ key: 'k', value: 'w' }] }), node({ taints }), []),
    'node(s) had untolerated taint {k: v}',
  );
  assert.is(obstacle(pod(), node({ taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }), []), undefined);
  assert.match(
    obstacle(pod({ nodeSelector: { disk: 'ssd' } }), node(), [])!,
    "didn't match Pod's node affinity/selector",
  );
  assert.is(obstacle(pod({ nodeSelector: { disk: 'ssd' } }), node({}, { disk: 'ssd' }), []), undefined);
});

test('obstacle() tells host ports apart by protocol and address', () => {
  const onPort = (port: object) => pod({ containers: [{ ports: [{ protocol: 'TCP', hostPort: 80, ...port }] }] });
  const clash = "node(s) didn't have free ports for the requested pod ports";
  assert.is(obstacle(onPort({}), node(), [onPort({})]), clash);
  assert.is(obstacle(onPort({}), node(), [onPort({ protocol: 'UDP' })]), undefined);
  assert.is(obstacle(onPort({ hostIP: '192.0.2.1' }), node(), [onPort({ hostIP: '192.0.2.2' })]), undefined);
  assert.is(obstacle(onPort({ hostIP: '192.0.2.1' }), node(), [onPort({})]), clash);
});

test('obstacle() speaks of taints and of labels as its release does', () => {
  const tainted = node({ taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] });
  for (const [minor, text] of [
    [17, "node(s) had taints that the pod didn't tolerate"],
    [18, "node(s) had taint {gpu: yes}, that the pod didn't tolerate"],
    [23, "node(s) had taint {gpu: yes}, that the pod didn't tolerate"],
    [24, 'node(s) had untolerated taint {gpu: yes}'],
    [33, 'node(s) had untolerated taint {gpu: yes}'],
    [34, 'node(s) had untolerated taint(s)'],
  ] as const)
    assert.is(obstacle(pod(), tainted, [], minor), text);
  const picky = pod({ nodeSelector: { disk: 'ssd' } });
  for (const [minor, text] of [
    [16, "node(s) didn't match node selector"],
    [20, "node(s) didn't match Pod's node affinity"],
    [21, "node(s) didn't match Pod's node affinity/selector"],
  ] as const)
    assert.is(obstacle(picky, node(), [], minor), text);
  // Of two reasons the one is told that is looked at first.
  assert.match(obstacle(picky, tainted, [], 16)!, 'node selector');
  assert.match(obstacle(picky, tainted, [], 33)!, 'taint');
});

test('unschedulableMessage() counts equal reasons, sorts by text, and tells what evictions would bring since 1.24', () => {
  const clash = "node(s) didn't have free ports for the requested pod ports";
  const cordoned = 'node(s) were unschedulable';
  assert.is(unschedulableMessage([clash], 16), `0/1 nodes are available: 1 ${clash}.`);
  const counted = `0/3 nodes are available: 1 ${cordoned}, 2 ${clash}.`;
  const vain =
    'preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.';
  assert.is(unschedulableMessage([cordoned, clash, clash], 23), counted);
  assert.is(unschedulableMessage([cordoned, clash, clash], 24), `${counted} ${vain}`);
  assert.is(unschedulableMessage([cordoned, clash, clash], 27), `${counted} ${vain}.`);
  assert.is(unschedulableMessage([cordoned, clash, clash], 33), `${counted} ${vain}`);
  assert.is(unschedulableMessage([cordoned, clash, clash], 35), `${counted} no new claims to deallocate, ${vain}`);
  assert.is(unschedulableMessage([], 33), 'no nodes available to schedule pods');
});

test('pods are spread over the nodes by their number', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 7)));
  until(run, 5);
  const view = run.world.cluster.store.view();
  const counts = smallConfig().nodes.map(({ name }) => view.listBy('Pod', 'node', name).length);
  assert.equal(counts.sort(), [2, 2, 3]);
});

test('ties fall by the seed', () => {
  const nodeOf = (seed: string): string => {
    const run = smallRun({}, seed);
    run.engine.bus.schedule(apply(0, deployment('web', 1)));
    until(run, 1);
    return run.world.cluster.store.view().list('Pod')[0]!.spec.nodeName!;
  };
  assert.is(new Set(Array.from({ length: 12 }, (_, i) => nodeOf(`${i}`))).size, 3);
});

test('a pod without a place waits, and gets one when a node changes', () => {
  const run = smallRun();
  const picky = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'picky' },
    spec: { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'nginx' }] },
  };
  run.engine.bus.schedule(apply(0, picky));
  until(run, 3);
  const { store, notes } = run.world.cluster;
  const waiting = store.get('Pod', 'default', 'picky')!;
  assert.is(waiting.status.phase, 'Pending');
  assert.is(waiting.status.conditions?.find(({ type }) => type === 'PodScheduled')?.reason, 'Unschedulable');
  const [note] = notes.about('Pod', 'default', 'picky');
  assert.is(note?.reason, 'FailedScheduling');
  assert.is(
    note?.message,
    "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  );
  const text = JSON.stringify({ kind: 'Node', name: 'node2', patch: { metadata: { labels: { disk: 'ssd' } } } });
  run.engine.bus.schedule({ kind: ClusterCommandKind.WriteObject, at: 3 * SECOND, verb: WriteVerb.Patch, text });
  until(run, 6);
  assert.is(store.get('Pod', 'default', 'picky')!.spec.nodeName, 'node2');
});

test('a pod that names its node is left alone', () => {
  const run = smallRun();
  const placed = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { nodeName: 'node3', containers: [{ name: 'c', image: 'nginx' }] },
  };
  run.engine.bus.schedule(apply(0, placed));
  run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 0, text: 'scheduler' });
  until(run, 3);
  assert.is(run.world.cluster.store.get('Pod', 'default', 'p')?.status.phase, 'Running');
});

test.run();
