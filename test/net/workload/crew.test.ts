/** Workers of a server: who is served when. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind } from '../../../net/event.ts';
import { OUTCOME_NAMES } from '../../../net/request.ts';
import { admit, type Crew, departure, serviceNs } from '../../../net/workload/crew.ts';
import { simulateText } from '../../runs/small-scenario.ts';

const test = suite('crew');

const crew = (workers: number, places: number): Crew => ({ workers, places, exponential: false, leaving: [] });

/** Requests that come one after the other, each with its service time; when they leave. */
function leave(who: Crew, ...requests: readonly (readonly [at: number, service: number])[]): number[] {
  return requests.map(([at, service]) => {
    const due = departure(who, at, service);
    if (due >= 0) admit(who, at, due);
    return due;
  });
}

test('departure() makes one worker serve in the order of arrival', () => {
  assert.equal(leave(crew(1, 10), [0, 10], [1, 10], [2, 10], [50, 10]), [10, 20, 30, 60]);
});

test('departure() gives the next request to the worker who is free first', () => {
  // The second worker is done at 5 and takes the third request; the fourth waits for 8, not for 30.
  assert.equal(leave(crew(2, 10), [0, 30], [0, 5], [1, 3], [2, 4]), [30, 5, 8, 12]);
});

test('departure() turns away who finds neither a worker nor a place, and takes the next one', () => {
  assert.equal(leave(crew(1, 1), [0, 10], [1, 10], [2, 10], [10, 10]), [10, 20, -1, 30]);
  assert.equal(leave(crew(1, 0), [0, 10], [9, 10], [10, 10]), [10, -1, 20]);
});

test('departure() with workers without number makes nobody wait', () => {
  assert.equal(leave(crew(Infinity, 0), [0, 10], [0, 10], [0, 20]), [10, 10, 20]);
});

test('serviceNs() is the mean where it is constant, and 63 in 100 are below it where it is exponential', () => {
  assert.is(serviceNs(crew(1, 0), 1000, 12345), 1000);
  const drawn = Array.from({ length: 1000 }, (_, i) =>
    serviceNs({ ...crew(1, 0), exponential: true }, 1e6, i * 4294967),
  );
  const below = drawn.filter((ns) => ns < 1e6).length;
  assert.ok(Math.abs(below - 632) <= 2, `${below}`);
});

const FULL = `apiVersion: v1
kind: Pod
metadata: { name: server }
spec: { containers: [{ name: server, image: narrow }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: curl, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: full }
spec:
  nodes: 1
  images: { narrow: { delay: 1s, concurrency: 1, queue: 1, ports: { 80: http, 81: tcp-echo, 82: udp-echo } } }
  traffic:
    - { name: http, at: 20s, from: pod/client, to: "http://pod/server:80/", requests: 4, rate: 10/s }
    - { name: tcp, at: 30s, from: pod/client, to: "tcp://pod/server:81", requests: 4, rate: 10/s }
    - { name: udp, at: 40s, from: pod/client, to: "udp://pod/server:82", requests: 4, rate: 10/s, timeout: 5s }
`;

test('a server without a place says 503 to HTTP, closes other connections and lets datagrams go', async () => {
  const told: string[][] = [[], [], []];
  await simulateText(FULL, {
    observe: ({ events }) =>
      events.subscribe((event) => {
        if (event.kind !== NetEventKind.RequestCompleted || event.traffic < 0) return;
        const seconds = Math.round((event.at - event.startedAt) / 1e8) / 10;
        told[event.traffic]![event.number] = `${OUTCOME_NAMES[event.outcome]} ${event.status} ${seconds}s`;
      }),
  });
  assert.equal(told, [
    ['answered 200 1s', 'answered 200 1.9s', 'answered 503 0s', 'answered 503 0s'],
    ['answered 0 1s', 'answered 0 1.9s', 'reset 0 0s', 'reset 0 0s'],
    ['answered 0 1s', 'answered 0 1.9s', 'timeout 0 5s', 'timeout 0 5s'],
  ]);
});

test.run();
