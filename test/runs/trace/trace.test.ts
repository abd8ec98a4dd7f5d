/**
 * Traces tell what the packets did: every step follows from the one before, every rule is one of its host's, and the
 * way back ends where the way there began.
 */
import { stripVTControlCharacters } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../runs/input-error.ts';
import { traceJson } from '../../../runs/trace/json.ts';
import { traceMermaid } from '../../../runs/trace/mermaid.ts';
import { traceRequest } from '../../../runs/trace/request.ts';
import { traceTable } from '../../../runs/trace/table.ts';
import type { Trace, TraceStep } from '../../../runs/trace/trace.ts';
import { deployment, pod, scenario, service } from '../behaviour/stage.ts';

const test = suite('trace');

const OBJECTS =
  deployment('web', 2, 'node2') +
  service('web', 'web', '[{ port: 80, nodePort: 30080 }]', ', type: NodePort') +
  service('empty', 'nobody') +
  pod('client', 'node1');
/** Line of the Service documents in `s.yaml`: each Deployment here has 9 lines and its separator. */
const SERVICE_LINE = 1 + OBJECTS.slice(0, OBJECTS.indexOf('kind: Service')).split('\n').length - 2;

const CNIS = ['routed', 'overlay', 'bridge'] as const;

function world(cni = 'routed', more = '') {
  return scenario(
    OBJECTS,
    `until: 30s\nnodes: 2\nkubernetes: { cni: ${cni} }\nhosts: [{ name: outside, ip: 198.51.100.7 }]\n${more}`,
  );
}

const WAYS = [
  ['pod/client', 'http://web/'],
  ['node/node1', 'http://node/node2:30080/'],
  ['node/node1', 'http://127.0.0.1:30080/'],
  ['host/outside', 'http://node/node1:30080/'],
  ['host/outside', 'http://node/node2:30080/'],
  ['deployment/web', 'http://web/'],
] as const;

const traces = CNIS.flatMap((cni) => {
  const from = world(cni);
  return WAYS.map(([origin, to]) => ({
    name: `${cni}, ${origin} asks ${to}`,
    trace: traceRequest(from, { from: origin, to, at: 10e9 }),
  }));
});

for (const { name, trace } of traces) {
  test(`${name}: answered, and each step takes the tuple on that the one before left`, () => {
    assert.is(trace.outcome, 'answered');
    assert.is(trace.status, 200);
    for (const steps of [trace.hops, trace.reply]) {
      for (const depth of [0, 1]) {
        let last: TraceStep | undefined;
        for (const step of steps.filter((one) => one.depth === depth)) {
          if (last?.packet === step.packet) assert.is(step.before, last.after, `${last.action}, then ${step.action}`);
          if (last !== undefined) assert.ok(step.atNs >= last.atNs);
          last = step;
        }
      }
    }
  });

  test(`${name}: the answer reaches the client's socket under the tuple that it asked`, () => {
    const [source, destination] = trace.request.tuple.split(' > ');
    assert.is(trace.hops[0]!.before, trace.request.tuple);
    assert.is(trace.reply.at(-1)!.after, `${destination} > ${source}`);
    assert.is(trace.reply.at(-1)!.host, trace.hops[0]!.host);
    assert.is(trace.hops.at(-1)!.host, trace.reply[0]!.host);
    assert.is(`${trace.server!.peer}:${trace.server!.peerPort}`, trace.hops.at(-1)!.after.split(' > ')[0]);
    assert.is(trace.server!.host, 'node2');
    assert.match(trace.server!.pod!, /^web-/);
  });

  test(`${name}: rules are told with hook, table, chain and text; tuples change at translations alone`, () => {
    const rules = trace.hops.filter(({ step }) => step === 'rule');
    assert.ok(rules.length > 5);
    for (const { rule, chain, hook, table, examined, action } of rules) {
      assert.match(rule!, new RegExp(`^-[AP] ${chain} `));
      assert.ok(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].includes(hook!));
      assert.ok(['nat', 'filter', 'mangle', 'raw'].includes(table!));
      assert.ok(examined! >= 1);
      assert.ok(rule!.endsWith(action) || rule!.includes(`-j ${action}`), `${action}: ${rule}`);
    }
    for (const { before, after, action, step } of [...trace.hops, ...trace.reply])
      if (before !== after) assert.ok(['DNAT', 'MASQUERADE', 'translated'].includes(action) && step !== 'link', action);
    const dnat = rules.filter(({ action }) => action === 'DNAT');
    assert.is(dnat.length, 1);
    assert.match(dnat[0]!.after, / > 10\.244\.1\.\d+:80$/);
  });

  test(`${name}: rules of the service lead to its manifest's line`, () => {
    const places = trace.hops.flatMap(({ chain, source }) => (/^KUBE-(SVC|SEP)-/.test(chain ?? '') ? [source] : []));
    assert.ok(places.length >= 2);
    assert.equal([...new Set(places)], [`s.yaml:${SERVICE_LINE}`]);
  });

  test(`${name}: the table fits 110 columns and names each host`, () => {
    const table = traceTable(trace);
    for (const line of table.split('\n')) assert.ok(line.length <= 110, line);
    for (const { host } of trace.hops) assert.ok(table.includes(`\n${host}`), host);
    assert.match(table, 'and 5 more there, delivered');
    const colored = traceTable(trace, { color: true });
    assert.is.not(colored, table);
    assert.is(stripVTControlCharacters(colored), table);
  });
}

test('traceJson() begins with request, outcome, status, server, hops and reply', () => {
  const { trace } = traces[0]!;
  const value = JSON.parse(traceJson(trace)) as Trace;
  assert.equal(Object.keys(value).slice(0, 6), ['request', 'outcome', 'status', 'server', 'hops', 'reply']);
  assert.equal(value, trace);
});

test('overlay: what the tunnel carries is told inside it', () => {
  const { trace } = traces.find(({ name }) => name.startsWith('overlay, pod'))!;
  const at = trace.hops.findIndex(({ action }) => action === 'encapsulated');
  const outer = trace.hops.slice(at + 1).filter(({ depth }) => depth === 1);
  assert.is(trace.hops[at + 1]!.depth, 1);
  assert.match(outer[0]!.before, /^10\.0\.0\.11:\d+ > 10\.0\.0\.12:8472$/);
  assert.is(outer.at(-1)!.action, 'delivered');
  const inside = trace.hops.slice(at + 1 + outer.length);
  assert.is(inside[0]!.before, trace.hops[at]!.after);
  assert.match(inside[0]!.detail, 'flannel.1');
});

test('the counts of rules looked at are those of the chains that were walked', () => {
  const { trace } = traces[0]!;
  const nat = trace.hops.filter(
    ({ host, hook, table }) => host === 'node1' && hook === 'PREROUTING' && table === 'nat',
  );
  // PREROUTING 1; KUBE-SERVICES up to the service; its chain: mark, then endpoints; the endpoint: mark, DNAT.
  const total = nat.reduce((sum, { examined }) => sum + examined!, 0);
  assert.is(nat[0]!.examined, 1);
  assert.is(nat.at(-1)!.action, 'DNAT');
  assert.is(nat.at(-1)!.examined, 2);
  assert.ok(total >= 6 && total <= 8, `${total}`);
});

test('a refused request tells the rule and its comment in one sentence', () => {
  const trace = traceRequest(world(), { from: 'pod/client', to: 'http://empty/', at: 10e9 });
  assert.match(trace.summary, 'Refused: node1 says ICMP port unreachable: default/empty has no endpoints (s.yaml:');
  const table = traceTable(trace);
  assert.match(table, 'REJECT --reject-with icmp-port-unreachable');
  assert.match(table, 'rejected        netfilter-reject');
});

test('lost packets are folded with the times of their next tries', () => {
  const lossy = world(
    'routed',
    'timeline: [{ at: 9s, fault: { drop: { from: pod/client, to: node/node1, flags: SYN, count: 2 } } }]',
  );
  const trace = traceRequest(lossy, { from: 'pod/client', to: 'tcp://node/node1:22', at: 10e9 });
  assert.match(traceTable(trace), 'and 1 more there: SYN, dropped: fault at default/client; sent at +1.0');
  assert.match(traceTable(trace), ' THERE AGAIN ');
  assert.match(traceTable(trace, { packets: true }), 'default/client: dropped: fault');
});

test('a name that leads nowhere is unresolved, with a line for each query', () => {
  const trace = traceRequest(world(), { from: 'pod/client', to: 'http://nobody/', at: 10e9 });
  assert.equal([trace.outcome, trace.hops.length, trace.server], ['unresolved', 0, null]);
  assert.match(traceTable(trace), 'The name leads nowhere: 8 queries');
  assert.match(traceTable(trace), '  A nobody.default.svc.cluster.local. > 10.96.0.10:53: NXDOMAIN in ');
  assert.match(traceMermaid(trace), 'participant h1 as pod/client');
});

test('traceRequest() without an instant asks at the end of the scenario', () => {
  assert.is(traceRequest(world(), { from: 'pod/client', to: 'http://web/' }).request.atNs, 30e9);
});

test('traceRequest() refuses what is no host and no URL in one line', () => {
  for (const [from, to, line] of [
    ['client', 'http://web/', /^--from client: wanted is host\/NAME/],
    ['pod/nobody', 'http://web/', /^--from pod\/nobody: There is no pod "nobody" in namespace default/],
    ['node/nod1', 'http://web/', /^--from node\/nod1: There is no node "nod1"; did you mean "node1"\?$/],
    [
      'pod/client',
      'http://node/nod1:80/',
      /^--to http:\/\/node\/nod1:80\/: There is no node "nod1"; did you mean "node1"\?$/,
    ],
    ['pod/client', 'web', /^--to web: wanted is a URL/],
    ['pod/client', 'https://web/', /^--to https:\/\/web\/: https is not modelled yet/],
  ] as const) {
    try {
      traceRequest(world(), { from, to, at: 10e9 });
      assert.unreachable(`${from} asked ${to}`);
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, line);
    }
  }
});

test('ping and UDP are traced there and back', () => {
  const ping = traceRequest(world(), { from: 'host/outside', to: 'icmp://node/node1', at: 10e9 });
  assert.is(ping.outcome, 'answered');
  assert.equal([ping.hops[0]!.label, ping.reply[0]!.label], ['echo request', 'echo reply']);
});

test('a pod on the host network is named, and the node that it runs on', () => {
  const onHost = `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec: { nodeName: node2, hostNetwork: true, containers: [{ name: web, image: nginx, ports: [{ containerPort: 80 }] }] }
---
`;
  const from = scenario(onHost + pod('client', 'node1'), 'until: 30s\nnodes: 2');
  const trace = traceRequest(from, { from: 'pod/client', to: 'http://node/node2/', at: 10e9 });
  assert.equal([trace.server?.host, trace.server?.pod], ['node2', 'agent']);
});

test('traceMermaid() draws one participant a host, one arrow a link, one note a translation', () => {
  const { trace } = traces[0]!;
  const diagram = traceMermaid(trace);
  const lines = diagram.split('\n');
  assert.is(lines[0], 'sequenceDiagram');
  const hosts = new Set([...trace.hops, ...trace.reply].map(({ host }) => host));
  assert.is(lines.filter((line) => line.startsWith('  participant')).length, hosts.size);
  assert.is(lines.filter((line) => line.includes('->>')).length, 6);
  assert.is(lines.filter((line) => line.includes('DNAT<br/>')).length, 1);
  // A bare semicolon would end the statement.
  assert.not.match(diagram, /(?<!#\d\d);/);
});

test.run();
