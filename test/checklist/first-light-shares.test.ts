/**
 * What the founding document claims of services without a transcript, shown by counting: who answers how often, what a
 * pod that asks itself looks like, who is an endpoint at all.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind, type NetEventOf } from '../../net/event.ts';
import { deployment, pod, Stage, scenario, service } from '../runs/behaviour/stage.ts';
import { Operator } from './operator.ts';

const test = suite('first light: shares');

const CLUSTER = `kubernetes: { profile: k8s-1.16-calico-3.9 }
nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]`;

/** Requests of the draw that row 20 judges. */
const DRAWS = 3000;
/** Chi-square with two degrees of freedom: one in a thousand is above, one in a thousand is below. */
const UNEVEN = 13.816;
const TOO_EVEN = 0.002;

test(`row 20: ${DRAWS} connections over three endpoints pass a chi-square test at 0.001`, () => {
  const objects = deployment('deploy1', 3) + service('deploy1', 'deploy1');
  const row = `{ name: many, at: 10s, from: node/k8smaster, to: "http://10.100.200.199/", requests: ${DRAWS}, rate: 200/s }`;
  const pins = 'pins: { services: { deploy1: [10.100.200.199] } }';
  const stage = new Stage(scenario(objects, `${CLUSTER}\n${pins}\ntraffic: [${row}]`)).run(30);
  assert.equal(stage.outcomes('many'), { answered: DRAWS });
  const shares = Object.values(stage.servers('many'));
  assert.is(shares.length, 3);
  const expected = DRAWS / 3;
  const square = shares.reduce((sum, share) => sum + (share - expected) ** 2 / expected, 0);
  assert.ok(square < UNEVEN && square > TOO_EVEN, `chi-square ${square} of ${shares}`);
});

test('row 20: what one connection draws holds for all of its packets, and the next one draws anew', () => {
  const objects = deployment('deploy1', 3) + service('deploy1', 'deploy1');
  const row = '{ name: apart, at: 10s, from: node/k8smaster, to: "http://10.100.200.199/", requests: 60, rate: 20/s }';
  const pins = 'pins: { services: { deploy1: [10.100.200.199] } }';
  const stage = new Stage(scenario(objects, `${CLUSTER}\n${pins}\ntraffic: [${row}]`)).run(30);
  assert.is(Object.keys(stage.servers('apart')).length, 3);
  /** Pods that a flow's packets came to. */
  const pods = new Map<number, number[]>();
  for (const event of stage.events) {
    if (event.kind !== NetEventKind.PacketDelivered) continue;
    const { flow, host } = event as NetEventOf<'PacketDelivered'>;
    if (stage.net.hosts[host]?.role === 'pod') pods.set(flow, [...(pods.get(flow) ?? []), host]);
  }
  assert.is(pods.size, 60);
  for (const hosts of pods.values()) {
    assert.ok(hosts.length >= 4, 'SYN, ACK, request, FIN');
    assert.is(new Set(hosts).size, 1);
  }
});

/** One pod behind a service, and another one beside it that asks too. */
function alone(cni: string): Stage {
  const objects = deployment('deploy1', 1) + service('deploy1', 'deploy1') + pod('other', 'k8smaster');
  const row = (name: string, from: string) =>
    `{ name: ${name}, at: 10s, from: ${from}, to: "http://10.100.200.199/", requests: 10, rate: 10/s }`;
  const spec = `kubernetes: { profile: k8s-1.16-calico-3.9, cni: ${cni} }
nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
pins: { services: { deploy1: [10.100.200.199] } }
traffic: [${row('itself', 'deployment/deploy1')}, ${row('another', 'pod/other')}]`;
  return new Stage(scenario(objects, spec)).run(20);
}

/** Who asked and whom the server saw asking, each pair once. */
function sources(stage: Stage, row: string): string[] {
  const { addresses } = stage.net;
  const pairs = stage.requests(row).map(({ source, seen }) => `${addresses.text(source)} as ${addresses.text(seen)}`);
  return [...new Set(pairs)];
}

const KUBE_MARK = 'KUBE-MARK-MASQ';

for (const [cni, node] of [
  ['routed', '10.0.2.15'],
  ['bridge', '192.168.0.1'],
] as const) {
  test(`row 21: a pod that asks its own service sees the node's ${node} ask (${cni})`, () => {
    const stage = alone(cni);
    assert.equal(stage.outcomes('itself'), { answered: 10 });
    const [server = ''] = Object.keys(stage.servers('itself'));
    const ip = stage.simulation.world.cluster.store.get('Pod', 'default', server.split('/')[1]!)!.status.podIP!;
    assert.equal(sources(stage, 'itself'), [`${ip} as ${node}`]);
    // The rule that marks it is the endpoint's own; who isn't that endpoint is not marked.
    const [chain = ''] = stage.endpointChains('k8smaster', stage.chainNamed('k8smaster', 'KUBE-SVC-'));
    const [mark = ''] = stage.natRules('k8smaster', chain);
    assert.is(mark, `-A ${chain} -s ${ip}/32 -j ${KUBE_MARK}`);
    assert.equal(stage.outcomes('another'), { answered: 10 });
    const other = stage.simulation.world.cluster.store.get('Pod', 'default', 'other')!.status.podIP!;
    assert.equal(sources(stage, 'another'), [`${other} as ${other}`]);
  });
}

const BARE_PODS = ['fits', 'slow', 'foreign']
  .map((name) => {
    const app = name === 'foreign' ? 'else' : 'shop';
    const image = name === 'slow' ? 'late' : 'nginx';
    return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${app} } }
spec: { containers: [{ name: c, image: ${image}, ports: [{ containerPort: 80 }] }] }
---
`;
  })
  .join('');

test('row 22: an endpoint is who has the labels and is ready, as long as both hold', () => {
  const spec = `${CLUSTER}\nimages: { late: { answers: page, ready: after 30s } }`;
  const at = new Operator(scenario(BARE_PODS + service('shop', 'shop'), spec));
  const endpoints = (): string =>
    at.run("k get ep shop -o jsonpath='{.subsets[*].addresses[*].targetRef.name}'").stdout;
  const rules = (): number =>
    at.lines('iptables-save -t nat | grep -e "--to-destination"').filter((rule) => rule.endsWith(':80')).length;
  const look = (seconds: number): [string, number] => {
    at.at(seconds);
    return [endpoints(), rules()];
  };
  assert.equal(look(10), ['fits', 1], 'one has other labels, one is not ready');
  assert.match(at.run('k get pod slow --no-headers').stdout, /^slow +0\/1 +Running /);
  assert.equal(look(40), ['fits slow', 2], 'the late one is ready');
  assert.is(at.run('k label pod foreign app=shop --overwrite').exitCode, 0);
  assert.equal(look(50), ['fits foreign slow', 3], 'the third one has got the label');
  assert.is(at.run('k label pod fits app-').exitCode, 0);
  assert.equal(look(60), ['foreign slow', 2], 'the first one has lost it');
  assert.is(at.run('k delete pod foreign').exitCode, 0);
  assert.equal(look(100), ['slow', 1], 'one has gone');
});

test.run();
