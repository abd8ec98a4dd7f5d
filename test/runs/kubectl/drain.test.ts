/** Budgets of disruption: what they count, and how evictions and drains heed them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pod } from '../../../controllers/object/pod.ts';
import { SECOND } from '../../../core/time.ts';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('kubectl/drain');

/** Three pods that take 3 s to start, all on node2 where it is said so. */
function operatorOf(budget: string, timeline = '', version = '1.33'): Operator {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "slow:1" }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { selector: { matchLabels: { app: web } }, ${budget} }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: drain }
spec:
  until: 300s
  nodes: 2
  kubernetes: { version: "${version}" }
  images: { slow: { startDelay: 3s } }
  pins: { pods: [{ of: web, suffix: aaaaa, node: node2 }, { of: web, suffix: bbbbb, node: node2 }, { of: web, suffix: ccccc, node: node1 }] }
  timeline: [${timeline}]
`;
  return new Operator(read(text));
}

const isHere = ({ spec, metadata }: Pod): boolean =>
  spec.nodeName === 'node2' && metadata.deletionTimestamp === undefined;

/** The names without the template's hash. */
const plain = (text: string): string => text.replaceAll(/web-[a-z0-9]+-([a-z]{5})/g, 'web-$1');

test('get and describe tell how many pods of a budget may go', () => {
  const operator = operatorOf('minAvailable: 2').at(10);
  assert.equal(operator.table('kubectl get pdb'), [
    'NAME  MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS  AGE',
    'web  2  N/A  1  10s',
  ]);
  assert.is(
    operator.run('kubectl describe pdb web').stdout,
    `Name:           web
Namespace:      default
Min available:  2
Selector:       app=web
Status:
    Allowed disruptions:  1
    Current:              3
    Desired:              2
    Total:                3
Events:                   <none>
`,
  );
});

for (const [budget, allowed] of [
  ['minAvailable: 3', 0],
  ['minAvailable: 50%', 1],
  ['maxUnavailable: 1', 1],
  ['maxUnavailable: 50%', 2],
  ['maxUnavailable: 0', 0],
] as const) {
  test(`of three pods ${budget} lets ${allowed} go`, () => {
    const operator = operatorOf(budget).at(10);
    const { status } = operator.simulation.world.cluster.store.get('PodDisruptionBudget', 'default', 'web')!;
    assert.is(status.disruptionsAllowed, allowed);
  });
}

test('drain evicts one pod at a time where the budget says so, and asks again every five seconds', () => {
  const operator = operatorOf('minAvailable: 2').at(10);
  const { stdout, stderr, exitCode } = operator.run('kubectl drain node2 --ignore-daemonsets');
  assert.is(exitCode, 0, stderr);
  const [first = '', second = ''] = [...plain(stdout).matchAll(/evicting pod default\/(web-\w+)/g)].map(
    ([, name]) => name!,
  );
  assert.is(
    plain(stdout),
    `node/node2 cordoned
evicting pod default/${first}
evicting pod default/${second}
pod/${first} evicted
evicting pod default/${second}
pod/${second} evicted
node/node2 drained
`,
  );
  assert.match(stderr, /^Warning: ignoring DaemonSet-managed Pods: kube-system\/kube-proxy-\w+\n/);
  assert.is(
    plain(stderr.slice(stderr.indexOf('\n') + 1)),
    `error when evicting pods/"${second}" -n "default" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n`,
  );
  // The replacement was ready 3 s and a bit after the first left.
  const { nowNs } = operator.simulation;
  assert.ok(nowNs > 15 * SECOND && nowNs < 17 * SECOND, `${nowNs}`);
});

test('drain gives up when its time is over, and says which pods are left', () => {
  const operator = operatorOf('minAvailable: 3').at(10);
  const { stderr, exitCode } = operator.run('kubectl drain node2 --ignore-daemonsets --timeout=12s');
  assert.is(exitCode, 1);
  assert.is([...stderr.matchAll(/will retry after 5s/g)].length, 2 * 3);
  assert.match(
    stderr,
    /error: unable to drain node "node2" due to error: \[error when evicting pods\/"web-\w+-\w+" -n "default": global timeout reached: 12s, /,
  );
  assert.match(stderr, /There are pending nodes to be drained:\n node2\n/);
  assert.is(operator.simulation.world.cluster.store.view().list('Pod', 'default').filter(isHere).length, 2);
});

test('drain --disable-eviction deletes, whatever the budget says; so does delete', () => {
  const operator = operatorOf('minAvailable: 3').at(10);
  const { stdout, stderr, exitCode } = operator.run('kubectl drain node2 --ignore-daemonsets --disable-eviction');
  assert.is(exitCode, 0, stderr);
  assert.match(
    plain(stdout),
    /^node\/node2 cordoned\npod\/web-\w+ deleted\npod\/web-\w+ deleted\nnode\/node2 drained\n$/,
  );
});

test('a drain in a timeline goes on asking by itself, and a pod that is not ready may go where enough are', () => {
  const operator = operatorOf('minAvailable: 2', '{ at: 10s, kubectl: drain node2 --ignore-daemonsets }').at(14);
  const left = (): number =>
    operator.simulation.world.cluster.store.view().list('Pod', 'default').filter(isHere).length;
  assert.is(left(), 1);
  operator.at(20);
  assert.is(left(), 0);
  const { status } = operator.simulation.world.cluster.store.get('PodDisruptionBudget', 'default', 'web')!;
  assert.equal(
    status.conditions?.map(({ type, reason }) => `${type} ${reason}`),
    ['DisruptionAllowed SufficientPods'],
  );
});

test('two budgets of one pod let nobody evict it', () => {
  const operator = operatorOf(
    'minAvailable: 1 }\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: all }\nspec: { selector: {}, minAvailable: 1',
  );
  operator.at(10);
  const { stdout, stderr, exitCode } = operator.run('kubectl drain node2 --ignore-daemonsets');
  assert.is(exitCode, 1);
  assert.not.match(stdout, 'drained');
  const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  const each = `error when evicting pods/"web-X" -n "default": ${why}`;
  assert.is(
    stderr.slice(stderr.indexOf('\n') + 1).replaceAll(/web-\w+-\w+/g, 'web-X'),
    `error: unable to drain node "node2" due to error: [${each}, ${each}], continuing command...
There are pending nodes to be drained:
 node2
${each}
${each}
`,
  );
});

test.run();
