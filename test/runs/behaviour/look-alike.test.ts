/**
 * Four failures that look alike from afar, and what a server sees of its client: each follows from rules, routes and
 * neighbours, never from a name.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { traceRequest } from '../../../runs/trace/request.ts';
import type { Trace, TraceStep } from '../../../runs/trace/trace.ts';
import { deployment, pod, Stage, scenario, service } from './stage.ts';

const test = suite('look-alikes');

const OBJECTS =
  deployment('web', 1, 'node2') +
  service('web', 'web', '[{ port: 80, nodePort: 30080 }]', ', type: NodePort') +
  service('empty', 'nobody', '[{ port: 80, nodePort: 30081 }]', ', type: NodePort') +
  service('deaf', 'web', '[{ port: 80, targetPort: 81 }]') +
  pod('client', 'node1');

const CNIS = ['routed', 'overlay', 'bridge'] as const;

function cluster(cni: string, timeline = '') {
  return scenario(
    OBJECTS,
    `until: 400s
nodes: 3
kubernetes: { cni: ${cni} }
hosts: [{ name: outside, ip: 198.51.100.7 }]
pins: { services: { web: [10.96.10.10], empty: [10.96.10.11], deaf: [10.96.10.12] } }
timeline: [${timeline}]`,
  );
}

const ask = (cni: string, from: string, to: string, timeline?: string): Trace =>
  traceRequest(cluster(cni, timeline), { from, to, at: 30e9 });

const end = (steps: readonly TraceStep[]): TraceStep => steps.at(-1)!;

for (const cni of CNIS) {
  test(`${cni}: a deleted service is silence: nobody knows its address any more`, () => {
    const trace = ask(cni, 'pod/client', 'http://10.96.10.10/', '{ at: 20s, kubectl: delete service web }');
    assert.is(trace.outcome, 'timeout');
    assert.is(end(trace.hops).host, 'gateway');
    assert.is(end(trace.hops).detail, 'not-forwarding');
    assert.equal(trace.reply, []);
  });

  test(`${cni}: a service without endpoints refuses by a REJECT rule on the client's own node`, () => {
    const trace = ask(cni, 'pod/client', 'http://10.96.10.11/');
    assert.is(trace.outcome, 'refused');
    assert.is(end(trace.hops).host, 'node1');
    assert.is(end(trace.hops).action, 'rejected');
    const rule = trace.hops.findLast(({ step }) => step === 'rule')!;
    assert.is(rule.action, 'REJECT');
    assert.match(rule.source!, /^s\.yaml:\d+$/);
    assert.is(trace.reply[0]!.label, 'ICMP port unreachable');
  });

  test(`${cni}: a pod that doesn't listen refuses by its own RST`, () => {
    const trace = ask(cni, 'pod/client', 'http://10.96.10.12/');
    assert.is(trace.outcome, 'refused');
    assert.match(end(trace.hops).host, 'default/web-');
    assert.is(trace.reply[0]!.label, 'RST ACK');
    // The client must believe that the service itself answers.
    assert.match(end(trace.reply).after, '10.96.10.12:80 >');
  });
}

const DOWN = '{ at: 20s, fault: { node: node2, state: down } }';

for (const cni of ['routed', 'bridge']) {
  test(`${cni}: a dead node is no route to host: its neighbours' questions stay unanswered`, () => {
    const trace = ask(cni, 'pod/client', 'http://10.96.10.10/', DOWN);
    assert.is(trace.outcome, 'unreachable');
    assert.ok(trace.tookNs! > 2.9e9 && trace.tookNs! < 3.3e9, `${trace.tookNs} ns`);
    assert.is(trace.reply[0]!.label, 'ICMP host unreachable');
    assert.is(trace.reply[0]!.host, 'node1');
  });
}

test('overlay: a dead node is silence: only the tunnel learns that nobody is there', () => {
  const trace = ask('overlay', 'pod/client', 'http://10.96.10.10/', DOWN);
  assert.is(trace.outcome, 'timeout');
  const lost = trace.hops.find(({ action }) => action === 'dropped')!;
  assert.equal([lost.host, lost.depth], ['node1', 1]);
  assert.match(lost.detail, 'neighbour-failed');
  assert.equal(trace.reply, []);
});

test('a dead node is no route to host for the node itself too', () => {
  const trace = ask('routed', 'node/node1', 'http://10.96.10.10/', DOWN);
  assert.is(trace.outcome, 'unreachable');
  assert.ok(trace.tookNs! > 2.9e9 && trace.tookNs! < 3.3e9, `${trace.tookNs} ns`);
});

test('UDP to a port that nobody listens on is refused by ICMP, at once', () => {
  const trace = ask('routed', 'pod/client', 'udp://node/node2:5353');
  assert.is(trace.outcome, 'refused');
  assert.is(trace.reply[0]!.label, 'ICMP port unreachable');
});

/** Peer that the server saw, or the outcome. */
const seen = (trace: Trace): string => trace.server?.peer ?? trace.outcome;
const own = (trace: Trace): string => trace.request.tuple.split(':')[0]!;

for (const cni of CNIS) {
  test(`${cni}: a pod that asks its own service meets itself under its node's address`, () => {
    const trace = ask(cni, 'deployment/web', 'http://10.96.10.10/');
    assert.is(trace.outcome, 'answered');
    assert.is(trace.hops[0]!.host, trace.hops.at(-1)!.host);
    assert.is(seen(trace), cni === 'routed' ? '10.0.0.12' : '10.244.1.1');
    assert.ok(trace.hops.some(({ action }) => action === 'MASQUERADE'));
    assert.is(trace.ttlHops, cni === 'routed' ? 1 : 0);
  });

  test(`${cni}: between pods the client's address is kept, through the service and beside it`, () => {
    const trace = ask(cni, 'pod/client', 'http://10.96.10.10/');
    assert.is(seen(trace), own(trace));
    assert.ok(trace.hops.some(({ action }) => action === 'DNAT'));
    assert.not(trace.hops.some(({ action }) => action === 'MASQUERADE'));
    assert.is(trace.packetHops, 3);
  });

  test(`${cni}: through a node port the outside client's address is lost, with the pod here or elsewhere`, () => {
    // The node lends the address of the interface that it sends by.
    const beside: Record<string, string> = { routed: '10.0.0.11', overlay: '10.244.0.0', bridge: '10.0.0.11' };
    const here: Record<string, string> = { routed: '10.0.0.12', overlay: '10.244.1.1', bridge: '10.244.1.1' };
    const elsewhere = ask(cni, 'host/outside', 'http://node/node1:30080/');
    const local = ask(cni, 'host/outside', 'http://node/node2:30080/');
    assert.is(seen(elsewhere), beside[cni]);
    assert.is(seen(local), here[cni]);
    assert.equal([elsewhere.packetHops, local.packetHops], [3, 2]);
  });

  test(`${cni}: a node reaches the service by its cluster IP and by its own 127.0.0.1`, () => {
    const byIp = ask(cni, 'node/node1', 'http://10.96.10.10/');
    const byLoopback = ask(cni, 'node/node1', 'http://127.0.0.1:30080/');
    assert.is(byIp.outcome, 'answered');
    assert.is(byLoopback.outcome, 'answered');
    assert.is(own(byIp), '10.0.0.11');
    assert.is(own(byLoopback), '127.0.0.1');
    assert.is.not(seen(byLoopback), '127.0.0.1');
    assert.match(end(byLoopback.reply).after, /^127\.0\.0\.1:30080 > 127\.0\.0\.1:/);
  });
}

test('the same seed traces the same way, port by port', () => {
  assert.equal(ask('routed', 'pod/client', 'http://web/'), ask('routed', 'pod/client', 'http://web/'));
});

test('a stage tells the same outcomes as a trace', () => {
  const stage = new Stage(
    scenario(
      OBJECTS,
      'until: 20s\nnodes: 3\ntraffic: [{ name: in, at: 10s, from: pod/client, to: "http://web/" }, { name: no, at: 10s, from: pod/client, to: "http://empty/" }]',
    ),
  ).run(20);
  assert.equal(stage.outcomes('in'), { answered: 1 });
  assert.equal(stage.outcomes('no'), { refused: 1 });
});

test.run();
