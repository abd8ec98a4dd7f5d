/** Cluster life as an operator sees it: events, cordon, drain, crash loops, init containers, the words of each release. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('kubectl/cluster life');

const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.25", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: crasher }
spec: { nodeName: node1, containers: [{ name: c, image: "crash:1" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: slow }
spec: { nodeName: node1, initContainers: [{ name: a, image: "wait:1" }, { name: b, image: "wait:1" }], containers: [{ name: c, image: "nginx:1.25" }] }
---
`;

function operatorOf(timeline = '', version = '1.33'): Operator {
  const text = `${MANIFESTS}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: life }
spec:
  until: 900s
  nodes: 3
  kubernetes: { version: "${version}" }
  images: { crash: { exitAfter: 1s, exitCode: 3 }, wait: { exitAfter: 20s } }
  timeline: [${timeline}]
`;
  return new Operator(read(text));
}

test('get pods tells crash loops with their restarts, and how far init containers are', () => {
  const operator = operatorOf().at(30);
  const lines = operator.table('kubectl get pods');
  assert.is(lines[1], 'crasher  0/1  CrashLoopBackOff  2 (17s ago)  30s');
  assert.is(lines[2], 'slow  0/1  Init:1/2  0  30s');
  operator.at(60);
  assert.is(operator.table('kubectl get pod slow')[1], 'slow  1/1  Running  0  60s');
});

test('get events lists what components noted, describe the same of one object', () => {
  const operator = operatorOf().at(30);
  const { uid } = operator.simulation.world.cluster.store.get('Pod', 'default', 'crasher')!.metadata;
  const lines = operator.table('kubectl get events --field-selector involvedObject.name=crasher');
  assert.equal(lines, [
    'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE',
    '18s  Normal  Pulled  pod/crasher  Container image "crash:1" already present on machine',
    '18s  Normal  Created  pod/crasher  Created container: c',
    '18s  Normal  Started  pod/crasher  Started container c',
    `17s  Warning  BackOff  pod/crasher  Back-off restarting failed container c in pod crasher_default(${uid})`,
  ]);
  const all = operator.run('kubectl get events').stdout;
  assert.match(all, /replicaset\/web-\w+ +Created pod: web-/);
  assert.match(all, /deployment\/web +Scaled up replica set web-\w+ (to 2|from 0 to 2)/);
  assert.match(operator.run('kubectl events --for pod/crasher').stdout, /18s \(x3 over 30s\) +Normal +Started/);
  const old = operatorOf('', '1.16').at(30);
  const words = old.run('kubectl describe pod crasher').stdout;
  assert.match(words, /Created container c\n/);
  assert.match(words, /Back-off restarting failed container\n/);
});

test('drain cordons, evicts and says so; uncordon takes it back', () => {
  const operator = operatorOf().at(10);
  const pod = operator.simulation.world.cluster.store
    .view()
    .list('Pod')
    .find(({ metadata }) => metadata.name.startsWith('web-'))!;
  const node = pod.spec.nodeName!;
  assert.is.not(node, 'node1');
  const refused = operator.run(`kubectl drain ${node}`);
  assert.is(refused.exitCode, 1);
  const [, daemon] = /cannot delete DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\): (\S+),/.exec(
    refused.stderr,
  )!;
  assert.match(daemon!, /^kube-system\/kube-proxy-\w{5}$/);
  operator.run(`kubectl uncordon ${node}`);
  const { stdout, stderr, exitCode } = operator.run(`kubectl drain ${node} --ignore-daemonsets`);
  assert.is(exitCode, 0, stderr);
  assert.is(stderr, `Warning: ignoring DaemonSet-managed Pods: ${daemon}\n`);
  const { name } = pod.metadata;
  assert.is(stdout, `node/${node} cordoned\nevicting pod default/${name}\npod/${name} evicted\nnode/${node} drained\n`);
  assert.match(operator.run('kubectl get nodes').stdout, new RegExp(`${node} +Ready,SchedulingDisabled`));
  operator.at(20);
  const pods = operator.simulation.world.cluster.store.view().listBy('Pod', 'node', node);
  assert.equal(
    pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    [daemon],
  );
  const { taints } = operator.simulation.world.cluster.store.get('Node', undefined, node)!.spec;
  assert.is(taints![0]!.key, 'node.kubernetes.io/unschedulable');
  assert.is(operator.run(`kubectl uncordon ${node}`).stdout, `node/${node} uncordoned\n`);
  assert.is(operator.run(`kubectl uncordon ${node}`).stdout, `node/${node} already uncordoned\n`);
  operator.at(21);
  assert.is(operator.simulation.world.cluster.store.get('Node', undefined, node)!.spec.taints, undefined);
  const bare = operator.run('kubectl drain node1 --ignore-daemonsets');
  assert.is(bare.exitCode, 1);
  assert.match(
    bare.stderr,
    /cannot delete Pods that declare no controller \(use --force to override\): default\/crasher, default\/slow/,
  );
});

for (const [version, graceSeconds] of [
  ['1.33', 50],
  ['1.16', 40],
] as const) {
  test(`a node of ${version} that dies is NotReady after ${graceSeconds} s, and emptied five minutes later`, () => {
    const operator = operatorOf('{ at: 33s, fault: { node: node2, state: down } }', version);
    const { store } = operator.simulation.world.cluster;
    let lostAt = -1;
    let goneAt = -1;
    operator.simulation.events.subscribe(({ at }) => {
      const ready = store.get('Node', undefined, 'node2')?.status.conditions?.find(({ type }) => type === 'Ready');
      if (lostAt < 0 && ready?.status === 'Unknown') lostAt = at / SECOND;
      const leaving = store
        .view()
        .listBy('Pod', 'node', 'node2')
        .filter(({ metadata }) => metadata.deletionTimestamp);
      if (goneAt < 0 && leaving.length > 0) goneAt = at / SECOND;
    });
    operator.at(400);
    // Its last lease was renewed at 20 to 31 s and seen at the next look, each five seconds.
    assert.ok(lostAt >= 20 + graceSeconds && lostAt <= 35 + graceSeconds && lostAt % 5 === 0, `${lostAt}`);
    assert.ok(goneAt - lostAt >= 300 && goneAt - lostAt < 301, `${goneAt}`);
    const notes = operator.run('kubectl get events').stdout;
    assert.match(notes, /NodeNotReady +node\/node2 +Node node2 status is now: NodeNotReady/);
    assert.match(notes, /Warning +NodeNotReady +pod\/web-\S+ +Node is not ready/);
    assert.match(notes, /TaintManagerEviction +pod\/web-\S+ +Marking for deletion Pod default\/web-/);
    const pods = operator.run('kubectl get pods -l app=web -o wide').stdout;
    assert.match(pods, /Terminating .* node2/);
    assert.is(pods.split('\n').filter((line) => / Running /.test(line)).length, 2);
    assert.match(operator.run('kubectl get nodes').stdout, /node2 +NotReady/);
  });
}

test('who watches the nodes lives in the controller manager: while it is stopped no node is found dead', () => {
  const operator = operatorOf(
    '{ at: 30s, fault: { component: controller-manager, state: stopped } }, { at: 33s, fault: { node: node2, state: down } }, { at: 200s, fault: { component: controller-manager, state: running } }',
  );
  operator.at(199);
  assert.match(operator.run('kubectl get nodes').stdout, /node2 +Ready/);
  operator.at(270);
  assert.match(operator.run('kubectl get nodes').stdout, /node2 +NotReady/);
});

test('a node that comes back is ready again, and its pods take part', () => {
  const operator = operatorOf(
    '{ at: 30s, fault: { node: node2, state: partitioned } }, { at: 120s, fault: { node: node2, state: up } }',
  );
  operator.at(110);
  assert.match(operator.run('kubectl get nodes').stdout, /node2 +NotReady/);
  operator.at(130);
  assert.match(operator.run('kubectl get nodes').stdout, /node2 +Ready/);
  assert.is(operator.simulation.world.cluster.store.get('Node', undefined, 'node2')!.spec.taints, undefined);
  assert.match(
    operator.run('kubectl get events').stdout,
    /NodeReady +node\/node2 +Node node2 status is now: NodeReady/,
  );
  assert.is(operator.run('kubectl get pods -l app=web').stdout.match(/1\/1 +Running/g)!.length, 2);
});

test('rollout restart makes new pods, rollout status tells when it is done', () => {
  const operator = operatorOf().at(10);
  assert.is(operator.run('kubectl rollout restart deployment/web').stdout, 'deployment.apps/web restarted\n');
  const { stdout } = operator.run('kubectl rollout status deployment web');
  assert.match(stdout, /^Waiting for deployment/);
  assert.match(stdout, /deployment "web" successfully rolled out\n$/);
});

test.run();
