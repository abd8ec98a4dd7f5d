/** Cluster life as an operator sees it: events, cordon, drain, crash loops, init containers, the words of each release. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

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

function simulationOf(timeline = '', version = '1.33'): Simulation {
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
  const open = () => {
    throw new Error('no file is named');
  };
  return new Simulation(readScenario([{ name: 'life.yaml', text }], { open }));
}

function typed(simulation: Simulation, line: string): { stdout: string; stderr: string; exitCode: number } {
  return exec(simulation, { argv: ['kubectl', ...line.split(' ')] });
}

const collapsed = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, '  '));

test('get pods tells crash loops with their restarts, and how far init containers are', () => {
  const simulation = simulationOf();
  simulation.runUntil(30 * SECOND);
  const lines = collapsed(typed(simulation, 'get pods').stdout);
  assert.is(lines[1], 'crasher  0/1  CrashLoopBackOff  2 (17s ago)  30s');
  assert.is(lines[2], 'slow  0/1  Init:1/2  0  30s');
  simulation.runUntil(60 * SECOND);
  assert.is(collapsed(typed(simulation, 'get pod slow').stdout)[1], 'slow  1/1  Running  0  60s');
});

test('get events lists what components noted, describe the same of one object', () => {
  const simulation = simulationOf();
  simulation.runUntil(30 * SECOND);
  const { uid } = simulation.world.cluster.store.get('Pod', 'default', 'crasher')!.metadata;
  const lines = collapsed(typed(simulation, 'get events --field-selector involvedObject.name=crasher').stdout);
  assert.equal(lines, [
    'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE',
    '18s  Normal  Pulled  pod/crasher  Container image "crash:1" already present on machine',
    '18s  Normal  Created  pod/crasher  Created container: c',
    '18s  Normal  Started  pod/crasher  Started container c',
    `17s  Warning  BackOff  pod/crasher  Back-off restarting failed container c in pod crasher_default(${uid})`,
  ]);
  const all = typed(simulation, 'get events').stdout;
  assert.match(all, /replicaset\/web-\w+ +Created pod: web-/);
  assert.match(all, /deployment\/web +Scaled up replica set web-\w+ (to 2|from 0 to 2)/);
  assert.match(typed(simulation, 'events --for pod/crasher').stdout, /18s \(x3 over 30s\) +Normal +Started/);
  const old = simulationOf('', '1.16');
  old.runUntil(30 * SECOND);
  const words = typed(old, 'describe pod crasher').stdout;
  assert.match(words, /Created container c\n/);
  assert.match(words, /Back-off restarting failed container\n/);
});

test('drain cordons, evicts and says so; uncordon takes it back', () => {
  const simulation = simulationOf();
  simulation.runUntil(10 * SECOND);
  const pod = simulation.world.cluster.store
    .view()
    .list('Pod')
    .find(({ metadata }) => metadata.name.startsWith('web-'))!;
  const node = pod.spec.nodeName!;
  assert.is.not(node, 'node1');
  const refused = typed(simulation, `drain ${node}`);
  assert.is(refused.exitCode, 1);
  const [, daemon] = /cannot delete DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\): (\S+),/.exec(
    refused.stderr,
  )!;
  assert.match(daemon!, /^kube-system\/kube-proxy-\w{5}$/);
  typed(simulation, `uncordon ${node}`);
  const { stdout, stderr, exitCode } = typed(simulation, `drain ${node} --ignore-daemonsets`);
  assert.is(exitCode, 0, stderr);
  assert.is(stderr, `Warning: ignoring DaemonSet-managed Pods: ${daemon}\n`);
  const { name } = pod.metadata;
  assert.is(stdout, `node/${node} cordoned\nevicting pod default/${name}\npod/${name} evicted\nnode/${node} drained\n`);
  assert.match(typed(simulation, 'get nodes').stdout, new RegExp(`${node} +Ready,SchedulingDisabled`));
  simulation.runUntil(20 * SECOND);
  const pods = simulation.world.cluster.store.view().listBy('Pod', 'node', node);
  assert.equal(
    pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    [daemon],
  );
  const { taints } = simulation.world.cluster.store.get('Node', undefined, node)!.spec;
  assert.is(taints![0]!.key, 'node.kubernetes.io/unschedulable');
  assert.is(typed(simulation, `uncordon ${node}`).stdout, `node/${node} uncordoned\n`);
  assert.is(typed(simulation, `uncordon ${node}`).stdout, `node/${node} already uncordoned\n`);
  simulation.runUntil(21 * SECOND);
  assert.is(simulation.world.cluster.store.get('Node', undefined, node)!.spec.taints, undefined);
  const bare = typed(simulation, 'drain node1 --ignore-daemonsets');
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
    const simulation = simulationOf('{ at: 33s, fault: { node: node2, state: down } }', version);
    const { store } = simulation.world.cluster;
    let lostAt = -1;
    let goneAt = -1;
    simulation.events.subscribe(({ at }) => {
      const ready = store.get('Node', undefined, 'node2')?.status.conditions?.find(({ type }) => type === 'Ready');
      if (lostAt < 0 && ready?.status === 'Unknown') lostAt = at / SECOND;
      const leaving = store
        .view()
        .listBy('Pod', 'node', 'node2')
        .filter(({ metadata }) => metadata.deletionTimestamp);
      if (goneAt < 0 && leaving.length > 0) goneAt = at / SECOND;
    });
    simulation.runUntil(400 * SECOND);
    // Its last lease was renewed at 20 to 31 s and seen at the next look, each five seconds.
    assert.ok(lostAt >= 20 + graceSeconds && lostAt <= 35 + graceSeconds && lostAt % 5 === 0, `${lostAt}`);
    assert.ok(goneAt - lostAt >= 300 && goneAt - lostAt < 301, `${goneAt}`);
    const notes = typed(simulation, 'get events').stdout;
    assert.match(notes, /NodeNotReady +node\/node2 +Node node2 status is now: NodeNotReady/);
    assert.match(notes, /Warning +NodeNotReady +pod\/web-\S+ +Node is not ready/);
    assert.match(notes, /TaintManagerEviction +pod\/web-\S+ +Marking for deletion Pod default\/web-/);
    const pods = typed(simulation, 'get pods -l app=web -o wide').stdout;
    assert.match(pods, /Terminating .* node2/);
    assert.is(pods.split('\n').filter((line) => / Running /.test(line)).length, 2);
    assert.match(typed(simulation, 'get nodes').stdout, /node2 +NotReady/);
  });
}

test('a node that comes back is ready again, and its pods take part', () => {
  const simulation = simulationOf(
    '{ at: 30s, fault: { node: node2, state: partitioned } }, { at: 120s, fault: { node: node2, state: up } }',
  );
  simulation.runUntil(110 * SECOND);
  assert.match(typed(simulation, 'get nodes').stdout, /node2 +NotReady/);
  simulation.runUntil(130 * SECOND);
  assert.match(typed(simulation, 'get nodes').stdout, /node2 +Ready/);
  assert.is(simulation.world.cluster.store.get('Node', undefined, 'node2')!.spec.taints, undefined);
  assert.match(typed(simulation, 'get events').stdout, /NodeReady +node\/node2 +Node node2 status is now: NodeReady/);
  assert.is(typed(simulation, 'get pods -l app=web').stdout.match(/1\/1 +Running/g)!.length, 2);
});

test('rollout restart makes new pods, rollout status tells when it is done', () => {
  const simulation = simulationOf();
  simulation.runUntil(10 * SECOND);
  assert.is(typed(simulation, 'rollout restart deployment/web').stdout, 'deployment.apps/web restarted\n');
  const { stdout } = typed(simulation, 'rollout status deployment web');
  assert.match(stdout, /^Waiting for deployment/);
  assert.match(stdout, /deployment "web" successfully rolled out\n$/);
});

test.run();
