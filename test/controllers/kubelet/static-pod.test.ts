/**
 * Static pods and what stands before a run: no events of their own, and files that decide.
 * @evidence model: the kubelet's handling of files, by its sources
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nodePortRangeIn } from '../../../controllers/kubelet/component-pod.ts';
import { manifestHash, mirroredHash, mirrorManifest } from '../../../controllers/kubelet/static-pod.ts';
import type { Pod } from '../../../controllers/object/pod.ts';
import { ObjectStore } from '../../../controllers/store.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { read } from '../../runs/scenario/sample.ts';

const test = suite('kubelet/static pod');

const FILE = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kube-apiserver', namespace: 'kube-system', labels: { tier: 'control-plane' } },
  spec: {
    hostNetwork: true,
    containers: [{ name: 'a', image: 'x', command: ['a', '--service-node-port-range=31000-31005'] }],
  },
};

test('mirrorManifest() is the file with the node in its name and the hash of its content beside it', () => {
  const mirror = mirrorManifest(FILE, 'Node1') as unknown as Pod;
  assert.is(mirror.metadata.name, 'kube-apiserver-node1');
  assert.is(mirror.spec.nodeName, 'Node1');
  assert.match(mirroredHash(mirror)!, /^[0-9a-f]{32}$/);
  assert.is(mirroredHash(mirror), manifestHash(FILE));
  assert.is.not(manifestHash(FILE), manifestHash({ ...FILE, spec: { ...FILE.spec, hostNetwork: false } }));
  assert.equal(mirror.spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }]);
});

test('nodePortRangeIn() reads the flag of an API server', () => {
  assert.equal(nodePortRangeIn(FILE), { first: 31_000, last: 31_005 });
  assert.is(nodePortRangeIn({ ...FILE, spec: { containers: [] } }), undefined);
});

test('what is seeded into a store is there at every revision, and new to nobody', () => {
  const store = new ObjectStore();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' }, status: {} } as never;
  store.seed(namespace);
  assert.is(store.revision, 0);
  assert.is(store.view(0).list('Namespace').length, 1);
  assert.is(store.view(undefined, 1).list('Namespace').length, 0);
  store.write(1, 0, 0, { ...(namespace as object), metadata: { name: 'a', labels: { b: 'c' } } } as never, false);
  assert.is(store.view(undefined, 1).list('Namespace').length, 1);
});

const SCENARIO = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: standing }
spec: { nodes: 3, until: 15s }
`;

test('the control plane stands without an event, and each node has its kube-proxy', () => {
  const simulation = new Simulation(read(SCENARIO));
  let told = 0;
  simulation.events.subscribe((event) => {
    if ('text' in event && /kube-proxy-|kube-apiserver|"DaemonSet"/.test(event.text)) told++;
  });
  const pods = (): readonly Pod[] => simulation.world.cluster.store.view().list('Pod', 'kube-system');
  const before = pods();
  assert.is(before.length, 7);
  assert.equal(
    before
      .filter(({ metadata }) => metadata.name.startsWith('kube-proxy-'))
      .map(({ spec }) => spec.nodeName)
      .sort(),
    ['node1', 'node2', 'node3'],
  );
  simulation.runUntil(15e9);
  simulation.check();
  assert.is(told, 0);
  assert.equal(pods(), before);
});

test('a kubelet that starts anew finds its standing pods as they are, and writes nothing', () => {
  const simulation = new Simulation(
    read(
      `${SCENARIO}`.replace(
        'until: 15s',
        'until: 15s, timeline: [{ at: 3s, fault: { component: kubelet@node1, state: stopped } }, { at: 5s, fault: { component: kubelet@node1, state: running } }]',
      ),
    ),
  );
  const before = simulation.world.cluster.store.view().list('Pod', 'kube-system');
  simulation.runUntil(15e9);
  assert.equal(simulation.world.cluster.store.view().list('Pod', 'kube-system'), before);
});

test('a cluster that was exported brings its own control plane', () => {
  const given = `apiVersion: v1
kind: Pod
metadata: { name: kube-apiserver-node1, namespace: kube-system, annotations: { kubernetes.io/config.mirror: abc } }
spec: { nodeName: node1, hostNetwork: true, containers: [{ name: kube-apiserver, image: x }] }
---
`;
  const simulation = new Simulation(read(given + SCENARIO));
  simulation.runUntil(10e9);
  const names = simulation.world.cluster.store
    .view()
    .list('Pod', 'kube-system')
    .map(({ metadata }) => metadata.name);
  assert.equal(
    names.filter((name) => !name.startsWith('kube-proxy-')),
    ['kube-apiserver-node1'],
  );
});

test.run();
