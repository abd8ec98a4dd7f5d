/**
 * Rules decide, nobody else: a chain that is flushed behind kube-proxy's back changes where packets go as the rules say,
 * rules that are not rewritten stay what they were, and a stopped controller changes nothing.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import { deployment, pod, Stage, scenario, service } from './stage.ts';

const test = suite('rules decide');

const OBJECTS = deployment('web', 3) + service('web', 'web') + pod('client', 'node1');
const TRAFFIC = `traffic: [{ name: in, at: 10s, from: pod/client, to: "http://web/", requests: 600, rate: 30/s, timeout: 900ms }]`;

function stage(timeline: string, profile = 'current', traffic = TRAFFIC): Stage {
  return new Stage(
    scenario(
      OBJECTS,
      `until: 60s\nnodes: 2\nkubernetes: { profile: "${profile}" }\npins: { services: { web: [10.96.10.10] } }\ntimeline: [${timeline}]\n${traffic}`,
    ),
  );
}

/** Names of the chains, as an undisturbed run has them: the same seed draws the same pods. */
function chainsOf(profile = 'current') {
  const calm = stage('', profile).run(9);
  const chain = calm.chainNamed('node1', 'KUBE-SVC-');
  return { chain, endpoints: calm.endpointChains('node1', chain) };
}

/** More than 6 standard deviations from n * p happen once in a billion. */
function near(count: number, n: number, p: number): boolean {
  return Math.abs(count - n * p) < 6 * Math.sqrt(n * p * (1 - p));
}

/** Packets that each rule of a chain has counted. */
function counted(at: Stage, host: string, chain: string): number[] {
  const { ruleset, counters } = at.net.hostNamed(host)!;
  const [first, end] = ruleset.span(2, chain)!;
  return Array.from({ length: end - first }, (_, i) => counters.packets[first + i]!);
}

test('each of three endpoints gets a third of the connections', () => {
  const calm = stage('').run(60);
  assert.equal(calm.outcomes('in'), { answered: 600 });
  const shares = Object.values(calm.servers('in'));
  assert.is(shares.length, 3);
  for (const share of shares) assert.ok(near(share, 600, 1 / 3), `${share} of 600`);
});

test('an endpoint chain that is flushed returns: its share falls to the rules behind it', () => {
  const { endpoints } = chainsOf();
  const flushed = stage(
    `{ at: 9s, fault: { component: kube-proxy@node1, state: stopped } }, { at: 9500ms, on: node/node1, run: iptables -t nat -F ${endpoints[0]} }`,
  ).run(60);
  assert.equal(flushed.outcomes('in'), { answered: 600 });
  const shares = Object.values(flushed.servers('in'));
  assert.is(shares.length, 2);
  for (const share of shares) assert.ok(near(share, 600, 1 / 2), `${share} of 600`);
});

test('the last endpoint chain flushed: exactly its share is lost, until kube-proxy writes everything again', () => {
  const { chain, endpoints } = chainsOf();
  const at = stage(
    `{ at: 9s, fault: { component: kube-proxy@node1, state: stopped } }, { at: 9500ms, on: node/node1, run: iptables -t nat -F ${endpoints[2]} }, { at: 20s, fault: { component: kube-proxy@node1, state: running } }`,
  ).run(19.999);
  const before = at.outcomes('in', 10, 19);
  assert.equal(Object.keys(before).sort(), ['answered', 'timeout']);
  assert.ok(near(before.timeout!, 270, 1 / 3), `${before.timeout} of 270`);
  // A packet that no rule translated, and only such a one, is lost.
  for (const { outcome, dnat } of at.requests('in', 10, 19)) assert.is(outcome === 1, dnat === 1);
  const jumps = counted(at, 'node1', chain).at(-1)!;
  const lost = at.net.requests.size + at.requests('in').filter(({ outcome }) => outcome !== 1).length;
  assert.is(jumps, lost);
  at.run(60);
  assert.is(Object.keys(at.servers('in', 21)).length, 3);
  // Whoever draws the port of a lost connection again meets its entry, which has no translation.
  const ports = new Set(
    at.requests('in', 0, 21).flatMap((one) => (one.outcome === 1 ? [] : [one.originalPorts >>> 16])),
  );
  for (const { outcome, originalPorts } of at.requests('in', 21))
    assert.is(outcome === 1, !ports.has(originalPorts >>> 16));
});

test('kube-proxy of 1.16 writes everything every 30 s: a flushed chain heals by itself', () => {
  const { endpoints } = chainsOf('1.16');
  const at = stage(`{ at: 12s, on: node/node1, run: iptables -t nat -F ${endpoints[2]} }`, '1.16').run(60);
  const hurt = at.outcomes('in', 12, 29);
  assert.ok((hurt.timeout ?? 0) > 0, JSON.stringify(hurt));
  const syncs = at.events.filter(({ kind }) => kind === 90);
  assert.ok(syncs.some((event) => event.at > 29e9 && event.at < 45e9));
  assert.is(at.endpointChains('node1', at.chainNamed('node1', 'KUBE-SVC-')).length, 3);
  assert.is(at.natRules('node1', endpoints[2]!).length, 2);
});

test('kube-proxy of today writes only what has changed: a flushed chain stays empty while nothing changes', () => {
  const { endpoints } = chainsOf();
  const at = stage(`{ at: 12s, on: node/node1, run: iptables -t nat -F ${endpoints[2]} }`).run(59);
  assert.equal(at.natRules('node1', endpoints[2]!), []);
});

test('kube-proxy stopped: objects change, packets follow the stale rules', () => {
  const at = stage(
    `{ at: 9s, fault: { component: kube-proxy, state: stopped } }, { at: 9500ms, kubectl: delete service web }, { at: 9600ms, kubectl: scale deployment/web --replicas=5 }`,
    'current',
    TRAFFIC.replace('http://web/', 'http://10.96.10.10/'),
  ).run(60);
  const view = at.simulation.world.cluster.store.view();
  assert.is(view.get('Service', 'default', 'web'), undefined);
  assert.equal(at.outcomes('in'), { answered: 600 });
  assert.is(Object.keys(at.servers('in')).length, 3);
});

test('kube-proxy stopped: rules that name a pod that has gone still send it packets', () => {
  const at = stage(
    `{ at: 9s, fault: { component: kube-proxy, state: stopped } }, { at: 9500ms, kubectl: scale deployment/web --replicas=1 }`,
    'current',
    TRAFFIC.replace('at: 10s', 'at: 45s').replace('600', '300'),
  ).run(60);
  const outcomes = at.outcomes('in');
  assert.is(Object.keys(at.servers('in')).length, 1);
  assert.ok(near(outcomes.answered!, 300, 1 / 3), JSON.stringify(outcomes));
});

test('endpoint-slice controller stopped: endpoints freeze, new pods get nothing', () => {
  const at = stage(
    `{ at: 9s, fault: { component: endpoint-slice, state: stopped } }, { at: 9500ms, kubectl: scale deployment/web --replicas=6 }`,
  ).run(60);
  const view = at.simulation.world.cluster.store.view();
  const pods = view
    .list('Pod')
    .filter(({ metadata, status }) => metadata.name.startsWith('web-') && status?.phase === 'Running');
  const slices = view.listBy('EndpointSlice', 'service', 'default/web') as EndpointSlice[];
  assert.is(pods.length, 6);
  assert.is(slices.flatMap(({ endpoints }) => endpoints ?? []).length, 3);
  assert.is(Object.keys(at.servers('in')).length, 3);
  assert.equal(at.outcomes('in'), { answered: 600 });
});

test('every third data segment dropped by a raw rule: each comes again, and the rule counts them', () => {
  const at = stage(
    `{ at: 9s, on: node/node1, run: "iptables -t raw -A PREROUTING -p tcp --tcp-flags PSH,ACK PSH,ACK -m statistic --mode nth --every 3 --packet 0 -j DROP" }`,
    'current',
    'traffic: [{ name: in, at: 10s, from: pod/client, to: "http://web/", requests: 60, rate: 2/s }]',
  ).run(60);
  assert.equal(at.outcomes('in'), { answered: 60 });
  const { ruleset, counters } = at.net.hostNamed('node1')!;
  const dropped = at.events.filter((event) => event.kind === 4 && event.state >>> 16 === 1);
  assert.ok(dropped.length >= 20, `${dropped.length}`);
  const [rule] = ruleset.span(0, 'PREROUTING')!;
  assert.is(counters.packets[rule], dropped.length);
  assert.is(
    counters.bytes[rule],
    dropped.reduce((sum, event) => sum + (event as { sizeBytes: number }).sizeBytes, 0),
  );
});

test('objects scaled up get their share, scaled down none', () => {
  const at = stage(
    `{ at: 20s, kubectl: scale deployment/web --replicas=6 }, { at: 25s, kubectl: scale deployment/web --replicas=2 }`,
  ).run(60);
  assert.is(Object.keys(at.servers('in', 10, 20)).length, 3);
  assert.is(Object.keys(at.servers('in', 22, 25)).length, 6);
  assert.is(Object.keys(at.servers('in', 27)).length, 2);
  assert.equal(at.outcomes('in', 27), { answered: at.requests('in', 27).length });
});

test.run();
