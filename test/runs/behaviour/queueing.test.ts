/**
 * Queues keep to theory: requests that wait for a worker, and packets that wait for a link, wait as long as the textbook
 * says, and as many are turned away. Means stand with their interval of 99 %, from batches, since who waits long is
 * followed by others who do. The table in net/README.md is written by KUBEHOP_RENEW=1.
 *
 * @evidence model: Delay, rate, queue and loss of links
 * @evidence model: Workers of a server, and how long requests wait for one
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND } from '../../../core/time.ts';
import { NetEventKind } from '../../../net/event.ts';
import { Outcome } from '../../../net/request.ts';
import { simulateText } from '../small-scenario.ts';
import { boundedConstantQueue, constantQueue, exponentialQueue, type Queue } from './queue-theory.ts';

const test = suite('queueing');

const PAGE = 'net/README.md';
const BLOCK = /(<!-- queueing -->\n)[\s\S]*?(<!-- \/queueing -->)/;

interface Case {
  readonly name: string;
  /** What stands in the table. */
  readonly system: string;
  readonly load: number;
  /** Requests a second. */
  readonly rate: number;
  readonly serviceMs: number;
  readonly theory: Queue;
  /** Of a server's case: what its image says. */
  readonly image?: string;
}

const SERVICE_MS = 10;

function server(name: string, system: string, load: number, image: string, workers: number, theory: Queue): Case {
  const rate = Math.round((load * workers * 1000) / SERVICE_MS);
  return { name, system, load, rate, serviceMs: SERVICE_MS, theory, image };
}

const mm = (workers: number, places: number, load: number): Queue =>
  exponentialQueue(workers, places, load, SERVICE_MS);

const SERVERS: readonly Case[] = [
  server('mm1-half', 'server, M/M/1', 0.5, 'delay: exponential 10ms, concurrency: 1', 1, mm(1, Infinity, 0.5)),
  server('mm1-busy', 'server, M/M/1', 0.7, 'delay: exponential 10ms, concurrency: 1', 1, mm(1, Infinity, 0.7)),
  server('md1-busy', 'server, M/D/1', 0.8, 'delay: 10ms, concurrency: 1', 1, constantQueue(0.8, SERVICE_MS)),
  server('mmc', 'server, M/M/4', 0.7, 'delay: exponential 10ms, concurrency: 4', 4, mm(4, Infinity, 0.7)),
  server('mmck', 'server, M/M/4/12', 0.9, 'delay: exponential 10ms, concurrency: 4, queue: 8', 4, mm(4, 8, 0.9)),
  server('mmck-over', 'server, M/M/4/12', 1.2, 'delay: exponential 10ms, concurrency: 4, queue: 8', 4, mm(4, 8, 1.2)),
];

/** A datagram of 1,000 bytes with its headers of 28 and Ethernet's 18, at 10 Mbit/s. */
const WIRE_MS = ((1000 + 28 + 18) * 8) / 10_000;

function link(name: string, system: string, load: number, theory: Queue): Case {
  // The rate is a whole number: the load that it comes to is the one that theory is asked about.
  return { name, system, load, rate: Math.round((load * 1000) / WIRE_MS), serviceMs: WIRE_MS, theory };
}

const wireLoad = (load: number): number => (Math.round((load * 1000) / WIRE_MS) / 1000) * WIRE_MS;
const LINKS: readonly Case[] = [0.5, 0.8].map((load) =>
  link(`md1-${load * 10}`, 'link, M/D/1', load, constantQueue(wireLoad(load), WIRE_MS)),
);
const SHORT_LINKS: readonly Case[] = [0.9, 1.2].map((load) =>
  link(`md1k-${load * 10}`, 'link, M/D/1/5', load, boundedConstantQueue(5, wireLoad(load), WIRE_MS)),
);

const REQUESTS = 12_000;
const ROW = `requests: ${REQUESTS}, arrivals: poisson, timeout: 3s`;

function serverScenario(cases: readonly Case[]): string {
  const pods = [{ name: 'idle' }, ...cases]
    .map(
      ({ name }) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: ${name}, image: ${name} }] }
---
`,
    )
    .join('');
  const images = cases.map(({ name, image }) => `${name}: { ${image}, ports: { 9000: udp-echo } }`);
  return `${pods}apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: curl, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: queueing }
spec:
  seed: 1
  nodes: 1
  images: { idle: { ports: { 9000: udp-echo } }, ${images.join(', ')} }
  traffic:
    - { name: idle, at: 20s, from: pod/client, to: "udp://pod/idle:9000", requests: 100, rate: 10/s }
${cases.map(({ name, rate }) => `    - { name: ${name}, at: 20s, from: pod/client, to: "udp://pod/${name}:9000", rate: ${rate}/s, ${ROW} }`).join('\n')}
`;
}

function linkScenario(cases: readonly Case[], more: string): string {
  const names = ['idle', ...cases.map(({ name }) => name)];
  const hosts = names.flatMap((name, i) => [
    `{ name: from-${name}, ip: 198.51.100.${10 + i} }`,
    `{ name: to-${name}, ip: 198.51.100.${110 + i}, serves: [{ port: 9000, protocol: UDP }] }`,
  ]);
  const row = (name: string, rest: string): string =>
    `    - { name: ${name}, at: 20s, from: host/from-${name}, to: "udp://198.51.100.${110 + names.indexOf(name)}:9000", size: 1000, ${rest} }`;
  return `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: queueing }
spec:
  seed: 1
  nodes: 1
  links: { rate: 10Mbit/s${more} }
  hosts: [${hosts.join(', ')}]
  traffic:
${row('idle', 'requests: 100, rate: 10/s')}
${cases.map(({ name, rate }) => row(name, `rate: ${rate}/s, ${ROW}`)).join('\n')}
`;
}

/** A mean, and half of its interval. */
interface Estimate {
  readonly mean: number;
  readonly half: number;
}

const BATCHES = 20;
/** Student's t for 19 degrees of freedom, two-sided 99 %. */
const T = 2.861;

/** Batch means of what is left once the queue has filled. */
function estimate(values: readonly number[]): Estimate {
  const kept = values.slice(Math.floor(values.length / 20));
  const each = Math.floor(kept.length / BATCHES);
  const means = Array.from({ length: BATCHES }, (_, i) => average(kept.slice(i * each, (i + 1) * each)));
  const mean = average(means);
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, half: T * Math.sqrt(variance / BATCHES) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Measured {
  readonly waitingMs: Estimate;
  readonly lost: Estimate;
}

async function measure(text: string, cases: readonly Case[]): Promise<Map<string, Measured>> {
  const latenciesMs: number[][] = [[], ...cases.map((): number[] => [])];
  const losses: number[][] = [[], ...cases.map((): number[] => [])];
  await simulateText(text, {
    observe({ events }) {
      events.subscribe((event) => {
        if (event.kind !== NetEventKind.RequestCompleted || event.traffic < 0) return;
        const answered = event.outcome === Outcome.Answered;
        // In the order in which they came, not in that of their ends.
        losses[event.traffic]![event.number] = answered ? 0 : 1;
        latenciesMs[event.traffic]![event.number] = answered ? (event.at - event.startedAt) / MILLISECOND : -1;
      });
    },
  });
  // What the way costs when nobody is before us; on a link its own service is in that already.
  const wayMs = latenciesMs[0]!.sort((a, b) => a - b)[50]!;
  return new Map(
    cases.map(({ name, serviceMs, image }, i) => {
      assert.is(losses[i + 1]!.length, REQUESTS, name);
      const sureMs = wayMs + (image === undefined ? 0 : serviceMs);
      return [
        name,
        {
          waitingMs: estimate(latenciesMs[i + 1]!.filter((ms) => ms >= 0).map((ms) => ms - sureMs)),
          lost: estimate(losses[i + 1]!),
        },
      ];
    }),
  );
}

const lines: string[] = [];

function judge({ name, system, load, serviceMs, theory }: Case, { waitingMs, lost }: Measured): void {
  const within = (got: Estimate, wanted: number, what: string): void =>
    assert.ok(
      Math.abs(got.mean - wanted) <= got.half,
      `${name}: ${what} ${got.mean} ± ${got.half}, in theory ${wanted}`,
    );
  within(lost, theory.lost, 'lost');
  within(waitingMs, theory.waiting, 'waiting');
  // An interval that holds everything says nothing.
  assert.ok(waitingMs.half < 0.5 * Math.max(theory.waiting, 0.1 * serviceMs), `${name}: ± ${waitingMs.half}`);
  const ms = (value: number): string => value.toFixed(3);
  const share = (value: number): string => (value * 100).toFixed(2);
  lines.push(
    `| ${system} | ${load.toFixed(1)} | ${ms(theory.waiting)} | ${ms(waitingMs.mean)} ± ${ms(waitingMs.half)} | ${share(theory.lost)} | ${
      theory.lost === 0 ? share(lost.mean) : `${share(lost.mean)} ± ${share(lost.half)}`
    } |`,
  );
}

test('concurrency of an image is a queue like M/M/1, M/M/c/K and, if its delay is constant, M/D/1', async () => {
  const measured = await measure(serverScenario(SERVERS), SERVERS);
  for (const one of SERVERS) judge(one, measured.get(one.name)!);
});

test('the rate of a link makes packets wait like M/D/1', async () => {
  const measured = await measure(linkScenario(LINKS, ''), LINKS);
  for (const one of LINKS) judge(one, measured.get(one.name)!);
});

test('the queue of a link drops as many as M/D/1/K', async () => {
  const measured = await measure(linkScenario(SHORT_LINKS, ', queue: 5'), SHORT_LINKS);
  for (const one of SHORT_LINKS) judge(one, measured.get(one.name)!);
});

test('exponentialQueue() and its kin agree where they meet, and with what is known by heart', () => {
  // Erlang's loss formula of one line, and M/M/1 at half load: as long as one service.
  assert.ok(Math.abs(exponentialQueue(1, 0, 1, 1).lost - 0.5) < 1e-12);
  assert.ok(Math.abs(exponentialQueue(1, Infinity, 0.5, 1).waiting - 1) < 1e-9);
  assert.ok(Math.abs(exponentialQueue(4, 8, 0.9, 1).waiting - exponentialQueue(4, 8, 0.9, 10).waiting / 10) < 1e-12);
  // M/D/1 waits half as long as M/M/1; with many places the bounded one is the unbounded one.
  assert.ok(Math.abs(constantQueue(0.5, 1).waiting - 0.5) < 1e-12);
  assert.ok(Math.abs(boundedConstantQueue(25, 0.5, 1).waiting - 0.5) < 1e-6);
  // One place only: who comes while one is served is lost, however long that takes.
  assert.ok(Math.abs(boundedConstantQueue(1, 1, 1).lost - 0.5) < 1e-12);
});

test('the table in net/README.md is what was measured', () => {
  const table = [
    '| queue | load | waits in theory, ms | waits here, ms | lost in theory, % | lost here, % |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
  const text = readFileSync(PAGE, 'utf8');
  const wanted = text.replace(BLOCK, (_, head: string, tail: string) => `${head}${table}\n${tail}`);
  if (process.env['KUBEHOP_RENEW'] === '1') writeFileSync(PAGE, wanted);
  assert.match(text, BLOCK);
  assert.is(readFileSync(PAGE, 'utf8'), wanted);
});

test.run();
