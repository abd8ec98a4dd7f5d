/** Looking names up as packets: how many questions, how long silence and refusals last, and what a cluster says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { LookupFailure } from '../../../net/dns/lookup.ts';
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { Outcome } from '../../../net/request.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { traceRequest } from '../../../runs/trace/request.ts';
import type { WorldEvent } from '../../../runs/world/event.ts';
import { kubehop } from '../../checklist/operator.ts';

const test = suite('runs/dns/lookup');

const OBJECTS = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node1, containers: [{ name: client, image: IMAGE }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.7.7, ports: [{ port: 80 }] }
---
`;

/** Sixty endpoints behind one name. */
const PETS = `apiVersion: apps/v1
kind: Deployment
metadata: { name: pets }
spec:
  replicas: 60
  selector: { matchLabels: { app: pets } }
  template:
    metadata: { labels: { app: pets } }
    spec: { containers: [{ name: pet, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: pets }
spec: { clusterIP: None, selector: { app: pets } }
---
`;

interface Seen {
  readonly queries: readonly string[];
  readonly answers: readonly { readonly rcode: number; readonly bytes: number }[];
  readonly ended: NetEventOf<'LookupEnded'>;
  readonly completed: NetEventOf<'RequestCompleted'> | undefined;
  readonly seconds: number;
}

/** One look-up at 20 s. @param spec further lines of the scenario */
function look(to: string, spec = '', image = 'busybox', more = ''): Seen {
  const text = `${OBJECTS.replace('IMAGE', image)}${more}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: look }
spec:
  until: 90s
  nodes: 2
  dns: [{ name: www.example.com, address: 192.0.2.80 }]
${spec}  traffic: [{ name: it, at: 20s, from: pod/client, to: "${to}" }]
`;
  const simulation = new Simulation(
    readScenario([{ name: 'look.yaml', text }], { open: (name) => ({ name, text: '' }) }),
  );
  const events: WorldEvent[] = [];
  simulation.events.subscribe((event) => {
    if (event.kind >= NetEventKind.LookupStarted && event.kind <= NetEventKind.LookupEnded) events.push(event);
    if (event.kind === NetEventKind.RequestCompleted) events.push(event);
  });
  simulation.runUntil(90 * SECOND);
  simulation.check();
  const { dns, requests } = simulation.world.net;
  assert.equal([dns.lookups.size, dns.messages.size, dns.forwards.size, requests.size], [0, 0, 0, 0]);
  const of = <K extends 'QuerySent' | 'QueryAnswered' | 'LookupEnded' | 'RequestCompleted'>(name: K): NetEventOf<K>[] =>
    events.filter(({ kind }) => kind === NetEventKind[name]) as unknown as NetEventOf<K>[];
  const [ended] = of('LookupEnded');
  return {
    queries: of('QuerySent').map((query) => `${Math.round(query.at / SECOND - 20)} ${query.text}`),
    answers: of('QueryAnswered').filter(({ answer }) => answer !== 0),
    ended: ended!,
    completed: of('RequestCompleted')[0],
    seconds: (ended!.at - ended!.startedAt) / SECOND,
  };
}

test('kubernetes.default from a pod is four queries: the first pair denied, the second answered', () => {
  const { queries, answers, ended } = look('dns://kubernetes.default');
  assert.equal(queries, [
    '0 A kubernetes.default.default.svc.cluster.local.',
    '0 AAAA kubernetes.default.default.svc.cluster.local.',
    '0 A kubernetes.default.svc.cluster.local.',
    '0 AAAA kubernetes.default.svc.cluster.local.',
  ]);
  assert.equal(
    answers.map(({ rcode }) => rcode),
    [3, 3, 0, 0],
  );
  assert.is(ended.text, '10.96.0.1');
});

const DARK = '  timeline: [{ at: 15s, on: node/node1, run: iptables -I FORWARD -p udp --dport 53 -j DROP }]\n';

test('udp/53 dropped on the node: glibc waits 5 s twice for each of two names, 20 s in all', () => {
  const { queries, ended, completed, seconds } = look('http://web/', DARK);
  assert.equal(
    queries.filter((line) => !line.includes('AAAA')),
    ['0 A web.default.svc.cluster.local.', '5 A web.default.svc.cluster.local.', '10 A web.', '15 A web.'],
  );
  assert.is(seconds, 20);
  assert.equal([ended.error, ended.text], [LookupFailure.Again, 'Temporary failure in name resolution']);
  assert.is(completed?.outcome, Outcome.Unresolved);
});

test('udp/53 dropped on the node: musl asks twice and gives up after 5 s', () => {
  const { queries, ended, seconds } = look('http://web/', DARK, 'alpine');
  assert.is(queries.length, 4);
  assert.is(seconds, 5);
  assert.equal([ended.error, ended.text], [LookupFailure.Again, 'Try again']);
});

const NOBODY = '  timeline: [{ at: 5s, kubectl: scale deployment/coredns -n kube-system --replicas=0 }]\n';

test('CoreDNS at 0 replicas: the service refuses, and glibc gives up at once', () => {
  const { queries, ended, seconds } = look('http://web/', NOBODY);
  assert.is(queries.length, 4);
  assert.ok(seconds < 0.01, `${seconds} s`);
  assert.equal([ended.error, ended.text], [LookupFailure.Again, 'Temporary failure in name resolution']);
});

test('CoreDNS at 0 replicas: musl hears no refusal and waits its 5 s', () => {
  assert.is(look('http://web/', NOBODY, 'alpine').seconds, 5);
});

test('a name from outside is five times as many queries as the same with a dot behind it', () => {
  assert.is(look('dns://www.example.com').queries.length, 8);
  const rooted = look('dns://www.example.com.');
  assert.is(rooted.queries.length, 2);
  assert.is(rooted.ended.text, '192.0.2.80');
});

test('an answer too large for a datagram is asked for again over TCP by glibc, and used as it is by musl', () => {
  const glibc = look('dns://pets', '', 'busybox', PETS);
  assert.ok(glibc.answers[0]!.bytes <= 512);
  assert.is(glibc.ended.text.split(' ').length, 60);
  assert.ok(glibc.answers.some(({ bytes }) => bytes > 60 * 16));
  const musl = look('dns://pets', '', 'alpine', PETS);
  const held = musl.ended.text.split(' ').length;
  assert.ok(held > 20 && held < 60, `${held} of 60`);
  assert.ok(musl.answers.every(({ bytes }) => bytes <= 512));
});

test('a request counts from its look-up on, and goes to what was found', () => {
  const { ended, completed } = look('tcp://web:80');
  assert.is(completed?.startedAt, ended.startedAt);
  assert.is(completed?.startedAt, 20 * SECOND);
  assert.is(completed?.outcome, Outcome.Refused);
});

test('an answer is a datagram of its real size: names in full as long as they fit', () => {
  const { answers } = look('dns://web.default.svc.cluster.local.');
  // Header, question, and one record with its owner in full: 12 + (31 + 4) + (31 + 10 + 4).
  assert.is(answers[0]?.bytes, 92);
});

test('run tells of a row of look-ups how long they took, and neither way nor source nor server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-look-up-'));
  try {
    const file = join(folder, 'look-up.yaml');
    writeFileSync(
      file,
      `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: look-up }
spec:
  until: 20s
  nodes: 1
  kubernetes: { dns: coredns }
  dns: [{ name: www.example.com, address: 192.0.2.80 }]
  traffic: [{ name: look, at: 10s, from: node/node1, to: "dns://www.example.com", requests: 4, rate: 5/s }]
`,
    );
    const lines = (await kubehop(['run', file, '--out', folder])).split('\n');
    const own = lines.slice(
      lines.findIndex((line) => line.startsWith('look ')),
      lines.findIndex((line) => line.startsWith('packets')),
    );
    assert.equal(
      own.map((line) => line.trim().split(/\s+/)[0]),
      ['look', 'answered', 'latency', ''],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a trace tells a question that was refused from one that nobody answered', () => {
  const text = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: client, image: nginx }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: refused }
spec:
  until: 40s
  nodes: 2
  kubernetes: { dns: coredns }
  timeline:
    - { at: 5s, kubectl: scale deployment/coredns -n kube-system --replicas=0 }
    - { at: 30s, run: "iptables -I OUTPUT -p icmp -j DROP", on: node/node1 }
    - { at: 30s, run: "iptables -I OUTPUT -p icmp -j DROP", on: node/node2 }
`;
  const open = (name: string) => ({ name, text: '' });
  const scenario = readScenario([{ name: 'refused.yaml', text }], { open });
  const answers = (at: number): string[] =>
    (traceRequest(scenario, { from: 'pod/client', to: 'http://web/', at }).lookups ?? []).map(({ answer }) => answer);
  assert.is(answers(20 * SECOND)[0], 'refused (ICMP)');
  assert.equal([...new Set(answers(32 * SECOND))], ['']);
});

test.run();
