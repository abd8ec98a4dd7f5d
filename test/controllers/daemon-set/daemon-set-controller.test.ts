/** DaemonSets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { apply, nodeObject, type SmallRun, smallConfig, smallRun, until } from '../small-cluster.ts';
import { podsOf, workload } from '../workload-sample.ts';

const test = suite('daemon-set-controller');

function started(spec: object = {}, pod: object = {}, ...nodes: readonly object[]): SmallRun {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, ...nodes, workload('DaemonSet', 'agent', spec, pod)));
  until(run, 10);
  return run;
}

const nodesOf = (run: SmallRun): readonly (string | undefined)[] =>
  podsOf(run)
    .map(({ spec }) => spec.nodeName)
    .sort();
const [one, two] = smallConfig().nodes;

test('each node has one pod, also one that comes later', () => {
  const run = started();
  assert.equal(nodesOf(run), ['node1', 'node2', 'node3']);
  const { status } = run.world.cluster.store.get('DaemonSet', 'default', 'agent')!;
  assert.equal(status, {
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
  });
  run.engine.bus.schedule(
    apply(10e9, nodeObject({ name: 'node4', host: 4, ips: ['198.51.100.4'], podCIDRs: ['10.244.4.0/24'] })),
  );
  until(run, 20);
  assert.equal(nodesOf(run), ['node1', 'node2', 'node3', 'node4']);
});

test('a taint keeps the pods away, unless they bear it', () => {
  const taints = [{ key: 'role', value: 'control', effect: 'NoSchedule' }];
  const tainted = { ...nodeObject(one!), spec: { taints } };
  assert.equal(nodesOf(started({}, {}, tainted)), ['node2', 'node3']);
  const tolerations = [{ key: 'role', operator: 'Exists' }];
  assert.equal(nodesOf(started({}, { tolerations }, tainted)), ['node1', 'node2', 'node3']);
});

test('a cordoned node has its pod all the same', () => {
  const cordoned = { ...nodeObject(one!), spec: { unschedulable: true } };
  assert.equal(nodesOf(started({}, {}, cordoned)), ['node1', 'node2', 'node3']);
});

test('a nodeSelector and a node affinity choose nodes; a node that no longer matches loses its pod', () => {
  const marked = { ...nodeObject(two!), metadata: { name: 'node2', labels: { disk: 'ssd' } } };
  const run = started({}, { nodeSelector: { disk: 'ssd' } }, marked);
  assert.equal(nodesOf(run), ['node2']);
  const terms = [{ matchExpressions: [{ key: 'disk', operator: 'NotIn', values: ['ssd'] }] }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
  assert.equal(nodesOf(started({}, { affinity }, marked)), ['node1', 'node3']);
  const body = { kind: 'Node', name: 'node2', patch: { metadata: { labels: { disk: null } } } };
  run.engine.bus.schedule({ kind: 65, at: 10e9, verb: 5, text: JSON.stringify(body) });
  until(run, 30);
  assert.equal(nodesOf(run), []);
});

test('a pod that is deleted comes back on its node', () => {
  const run = started();
  const { name } = podsOf(run).find(({ spec }) => spec.nodeName === 'node2')!.metadata;
  const body = { kind: 'Pod', namespace: 'default', name };
  run.engine.bus.schedule({ kind: 65, at: 10e9, verb: 3, text: JSON.stringify(body) });
  until(run, 60);
  assert.equal(nodesOf(run), ['node1', 'node2', 'node3']);
  assert.not.ok(podsOf(run).some(({ metadata }) => metadata.name === name));
});

test('a rolling update replaces one pod after the other', () => {
  const run = started();
  const before = podsOf(run).map(({ metadata }) => metadata.uid);
  const containers = [{ name: 'web', image: 'nginx:1.26' }];
  run.engine.bus.schedule(apply(10e9, workload('DaemonSet', 'agent', {}, { containers })));
  let least = 3;
  for (let seconds = 10; seconds < 60; seconds += 0.5) {
    until(run, seconds);
    least = Math.min(
      least,
      podsOf(run).filter(({ status }) =>
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      ).length,
    );
  }
  assert.is(least, 2);
  const after = podsOf(run);
  assert.equal(
    after.map(({ spec }) => spec.containers[0]!.image),
    ['nginx:1.26', 'nginx:1.26', 'nginx:1.26'],
  );
  assert.not.ok(after.some(({ metadata }) => before.includes(metadata.uid)));
});

test.run();
