/**
 * Sandboxes by name, also where one was left behind on a node that nobody hears of.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addPodHost, podHost } from '../../../controllers/cni/pod-host.ts';
import { Network } from '../../../net/network.ts';
import { addHost, removeHost } from '../../../net/wiring.ts';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../../runs/scenario/sample.ts';

const test = suite('pod-host');

const POD = { namespace: 'default', name: 'web-1' };

test('addPodHost() gives the name to the newest, and podHost() finds each on its node', () => {
  const net = new Network();
  const [a, b] = ['a', 'b'].map((name) => addHost(net, name, { role: 'node' }).id) as [number, number];
  const first = addPodHost(net, a, POD);
  assert.is(podHost(net, a, POD), first);
  assert.is(podHost(net, b, POD), undefined);
  const second = addPodHost(net, b, POD);
  assert.is(net.hostNamed('default/web-1'), second);
  assert.is(podHost(net, a, POD), first);
  assert.is(podHost(net, b, POD), second);
  assert.is(first.name, 'default/web-1@a');
  removeHost(net, second);
  assert.is(podHost(net, a, POD), first);
  assert.is(podHost(net, b, POD), undefined);
});

const SCENARIO = `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 1
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: nginx }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: left-behind }
spec:
  nodes: 2
  until: 60s
  timeline:
    - { at: 10s, fault: { component: "kubelet@node1", state: stopped } }
    - { at: 10s, fault: { component: "kubelet@node2", state: stopped } }
    - { at: 12s, fault: { component: "kubelet@OTHER", state: running } }
    - { at: 30s, fault: { component: "kubelet@OWN", state: running } }
`;

test('a pod whose kubelet is silent comes up elsewhere after a force deletion, and its old sandbox goes later', () => {
  const nodeOf = (operator: Operator): string =>
    operator.lines('kubectl get pod db-0 -o jsonpath=\'{.spec.nodeName}{"\\n"}\'')[0]!;
  const own = nodeOf(new Operator(read(SCENARIO.replace('OTHER', 'node1').replace('OWN', 'node2'))).at(8));
  const other = own === 'node1' ? 'node2' : 'node1';
  const operator = new Operator(read(SCENARIO.replace('OTHER', other).replace('OWN', own))).at(13);
  const { net } = operator.simulation.world;
  const pods = (): string[] => net.hosts.flatMap((host) => (host?.role === 'pod' ? [host.name] : []));
  operator.run(`kubectl cordon ${own}; kubectl delete pod db-0 --force --grace-period=0`);
  operator.at(20);
  assert.is(nodeOf(operator), other);
  assert.equal(pods(), [`default/db-0@${own}`, 'default/db-0']);
  operator.at(32);
  assert.equal(pods(), ['default/db-0']);
  assert.is(net.host(net.hostNamed('default/db-0')!.node).name, other);
});

test.run();
