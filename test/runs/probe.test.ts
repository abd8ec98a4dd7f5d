/** Probes as packets, and what follows from their answers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterEventKind } from '../../controllers/event.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { isPodReady } from '../../controllers/object/pod.ts';
import { SECOND } from '../../core/time.ts';
import { NetEventKind } from '../../net/event.ts';
import { Simulation } from '../../runs/simulation.ts';
import type { WorldEvent } from '../../runs/world/event.ts';
import { read } from './scenario/sample.ts';

const test = suite('probes');

interface Options {
  readonly container?: string;
  readonly spec?: string;
  readonly images?: string;
  readonly timeline?: string;
  readonly version?: string;
  readonly traffic?: string;
}

function simulationOf({ container = '', spec = '', images = '', timeline = '', version, traffic = '' }: Options): {
  readonly simulation: Simulation;
  readonly events: WorldEvent[];
} {
  const text = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: node1
${spec}  containers:
    - name: web
      image: shop
      ports: [{ name: http, containerPort: 80 }]
${container}---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node2, containers: [{ name: curl, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: probes }
spec:
  until: 900s
  nodes: 2
  ${version === undefined ? '' : `kubernetes: { version: "${version}" }`}
  images: { shop: { ${images} } }
  timeline: [${timeline}]
  traffic: [${traffic}]
`;
  const simulation = new Simulation(read(text));
  const events: WorldEvent[] = [];
  simulation.events.subscribe((event) => events.push(event));
  return { simulation, events };
}

const podOf = (simulation: Simulation): Pod => simulation.world.cluster.store.get('Pod', 'default', 'web')!;
const restartsOf = (simulation: Simulation) => podOf(simulation).status.containerStatuses![0]!.restartCount;
const notesOf = (simulation: Simulation) =>
  simulation.world.cluster.notes
    .about('Pod', 'default', 'web')
    .map(({ reason, message, count }) => ({ reason, message, count }));
const aboutWeb = (events: readonly WorldEvent[]): readonly WorldEvent[] =>
  events.filter((event) => 'text' in event && event.text.includes('"web"'));
const startedAt = (events: readonly WorldEvent[]) =>
  aboutWeb(events)
    .filter(({ kind }) => kind === ClusterEventKind.ContainersStarted)
    .at(-1)!.at;
const sentAt = (events: readonly WorldEvent[]) =>
  events.filter(({ kind }) => kind === ClusterEventKind.ProbeSent).map(({ at }) => at);

const http = (type: string, more = '') => `      ${type}Probe: { httpGet: { port: http, path: /healthz }${more} }\n`;

test('a readiness probe is packets from the node to the pod, and a pod is ready once it is answered', () => {
  const { simulation, events } = simulationOf({ container: http('readiness') });
  simulation.runUntil(20 * SECOND);
  assert.ok(isPodReady(podOf(simulation)));
  const flow = events.find((event) => event.kind === NetEventKind.RequestStarted && event.traffic === -2);
  assert.is(flow?.kind === NetEventKind.RequestStarted && flow.ports & 0xffff, 80);
  const node = simulation.world.net.hostNamed('node1')!;
  const packets = events.filter(
    (event) =>
      event.kind === NetEventKind.PacketSent && flow !== undefined && 'flow' in flow && event.flow === flow.flow,
  );
  assert.ok(packets.some((event) => 'host' in event && event.host === node.id));
  assert.ok(packets.length >= 6, `${packets.length} packets`);
  // Asked as soon as it runs, and every ten seconds from then on.
  const [first, second] = sentAt(events) as [number, number];
  assert.is(first, startedAt(events));
  assert.is(second - first, 10 * SECOND);
});

test('a rule that keeps the probe out keeps the pod from becoming ready', () => {
  const { simulation } = simulationOf({
    container: http('readiness', ', periodSeconds: 2'),
    timeline: '{ at: 0s, on: node/node1, run: iptables -A OUTPUT -p tcp --dport 80 -j DROP }',
  });
  simulation.runUntil(10 * SECOND);
  assert.not.ok(isPodReady(podOf(simulation)));
  const [note] = notesOf(simulation).filter(({ reason }) => reason === 'Unhealthy');
  assert.is(
    note!.message,
    'Readiness probe failed: Get "http://10.244.0.2:80/healthz": dial tcp 10.244.0.2:80: i/o timeout (Client.Timeout exceeded while awaiting headers)',
  );
});

test('before 1.22 the first question waits for its tick, whose place in the period is drawn', () => {
  const { simulation, events } = simulationOf({ container: http('readiness'), version: '1.16' });
  simulation.runUntil(30 * SECOND);
  const [first, second] = sentAt(events) as [number, number];
  assert.ok(first > startedAt(events) && first < 12 * SECOND, `${first}`);
  assert.is(second - first, 10 * SECOND);
});

test('an application that is not ready yet answers 503, three answers in a row make a ready pod unready', () => {
  const { simulation, events } = simulationOf({
    container: http('readiness', ', periodSeconds: 1'),
    images: 'ready: after 4s',
    timeline: '{ at: 20s, fault: { pod: web, state: hang } }, { at: 40s, fault: { pod: web, state: running } }',
  });
  let ready = false;
  const changes: [number, boolean][] = [];
  simulation.events.subscribe(({ at }) => {
    const pod = simulation.world.cluster.store.get('Pod', 'default', 'web');
    const now = pod !== undefined && isPodReady(pod);
    if (now !== ready) changes.push([at / SECOND, now]);
    ready = now;
  });
  simulation.runUntil(60 * SECOND);
  const started = startedAt(events) / SECOND;
  const notes = notesOf(simulation).filter(({ reason }) => reason === 'Unhealthy');
  assert.is(notes[0]!.message, 'Readiness probe failed: HTTP probe failed with statuscode: 503');
  assert.is(notes[0]!.count, 4);
  const waiting = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  assert.is(notes[1]!.message, `Readiness probe failed: Get "http://10.244.0.2:80/healthz": ${waiting}`);
  assert.equal(
    changes.map(([, now]) => now),
    [true, false, true],
  );
  assert.ok(Math.abs(changes[0]![0] - started - 4) < 0.01, `${changes[0]![0]}`);
  // The third question without an answer in time: two periods and a time-out after the first.
  assert.ok(changes[1]![0] > 22.9 && changes[1]![0] < 24.1, `${changes[1]![0]}`);
  assert.ok(changes[2]![0] > 40 && changes[2]![0] < 41.1, `${changes[2]![0]}`);
});

test('a liveness probe without an answer restarts the container, a startup probe holds the others back', () => {
  const { simulation, events } = simulationOf({
    container: `${http('liveness', ', periodSeconds: 2')}${http('startup', ', periodSeconds: 1, failureThreshold: 30')}`,
    images: 'ready: after 6s',
    timeline: '{ at: 30s, fault: { pod: web, state: hang } }',
  });
  simulation.runUntil(29 * SECOND);
  const started = startedAt(events);
  const kinds = events.flatMap((event) =>
    event.kind === ClusterEventKind.ProbeSent
      ? [[(JSON.parse(event.text) as { type: string }).type, event.at] as const]
      : [],
  );
  const firstLiveness = kinds.find(([type]) => type === 'liveness')![1];
  assert.ok(firstLiveness >= started + 6 * SECOND, `${firstLiveness - started}`);
  assert.ok(kinds.filter(([type]) => type === 'startup').length >= 6);
  assert.is(restartsOf(simulation), 0);
  simulation.runUntil(60 * SECOND);
  assert.is(restartsOf(simulation), 1);
  const notes = notesOf(simulation).map(({ message }) => message);
  assert.ok(notes.includes('Container web failed liveness probe, will be restarted'));
  assert.ok(
    notes.some((text) => text.startsWith('Liveness probe failed: Get "http://10.244.0.2:80/healthz": context')),
  );
});

test('a startup probe that never succeeds restarts the container again and again: CrashLoopBackOff', () => {
  const { simulation } = simulationOf({
    container: http('startup', ', periodSeconds: 1, failureThreshold: 3'),
    images: 'ready: false',
  });
  simulation.runUntil(60 * SECOND);
  const [status] = podOf(simulation).status.containerStatuses!;
  assert.is(status!.started, false);
  assert.ok(status!.restartCount >= 2 && status!.restartCount <= 4, `${status!.restartCount}`);
  const { uid } = podOf(simulation).metadata;
  const notes = notesOf(simulation).map(({ message }) => message);
  assert.ok(notes.includes(`Back-off restarting failed container web in pod web_default(${uid})`), notes.join('\n'));
});

test('a probe of a port succeeds where something listens and is refused where nothing does', () => {
  const probe = (port: number) => `      readinessProbe: { tcpSocket: { port: ${port} }, periodSeconds: 2 }\n`;
  const good = simulationOf({ container: probe(80) });
  good.simulation.runUntil(5 * SECOND);
  assert.ok(isPodReady(podOf(good.simulation)));
  const bad = simulationOf({ container: probe(81), version: '1.28' });
  bad.simulation.runUntil(8 * SECOND);
  assert.not.ok(isPodReady(podOf(bad.simulation)));
  const [note] = notesOf(bad.simulation).filter(({ reason }) => reason === 'Unhealthy');
  assert.is(note!.message, 'Readiness probe failed: dial tcp 10.244.0.2:81: connect: connection refused');
});

test('init containers run one after the other before the others start', () => {
  const { simulation, events } = simulationOf({
    spec: '  initContainers: [{ name: a, image: shop-init }, { name: b, image: shop-init }]\n',
    images: '}, shop-init: { exitAfter: 2s',
  });
  simulation.runUntil(3 * SECOND);
  const [a, b] = podOf(simulation).status.initContainerStatuses!;
  assert.is(a!.state!.terminated!.reason, 'Completed');
  assert.ok(b!.state!.running !== undefined);
  assert.is(podOf(simulation).status.conditions!.find(({ type }) => type === 'Initialized')!.status, 'False');
  simulation.runUntil(10 * SECOND);
  assert.ok(isPodReady(podOf(simulation)));
  assert.ok(startedAt(events) >= 4.5 * SECOND);
});

const idle = '{ name: long, at: 5s, from: pod/client, to: "http://web/", requests: 400, rate: 20/s }';

function outcomesOf(events: readonly WorldEvent[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const event of events)
    if (event.kind === NetEventKind.RequestCompleted && event.traffic === 0)
      counts[event.outcome] = (counts[event.outcome] ?? 0) + 1;
  return counts;
}

test('preStop holds SIGTERM back while the endpoint terminates and serves; then whatever lasts too long is killed', () => {
  const { simulation, events } = simulationOf({
    spec: '  terminationGracePeriodSeconds: 8\n',
    container: '      lifecycle: { preStop: { exec: { command: [sh, -c, "sleep 5"] } } }\n',
    images: 'onTerm: serve',
    timeline: '{ at: 10s, kubectl: delete pod web }',
    traffic: idle,
  });
  simulation.runUntil(12 * SECOND);
  const [slice] = simulation.world.cluster.store.view().listBy('EndpointSlice', 'service', 'default/web');
  assert.equal(slice!.endpoints[0]!.conditions, { ready: false, serving: true, terminating: true });
  // Nobody else is there: new connections still go to the pod that terminates and serves.
  simulation.runUntil(17 * SECOND);
  assert.equal(outcomesOf(events), { 1: 240 });
  simulation.runUntil(30 * SECOND);
  const stopping = events.find(({ kind }) => kind === ClusterEventKind.ContainersStopping)!.at;
  const exited = events.find(({ kind }) => kind === ClusterEventKind.ContainersExited)!.at;
  assert.ok(Math.abs(stopping - 15 * SECOND) < SECOND / 100, `${stopping}`);
  assert.ok(Math.abs(exited - 18 * SECOND) < SECOND / 100, `${exited}`);
  assert.is(simulation.world.cluster.store.get('Pod', 'default', 'web'), undefined);
});

test('a connection that is open when the program exits is closed by the kernel, without an answer', () => {
  const { simulation, events } = simulationOf({
    images: 'delay: 3s',
    timeline: '{ at: 10s, kubectl: delete pod web }',
    traffic: '{ name: slow, at: 9s, from: pod/client, to: "http://web/" }',
  });
  simulation.runUntil(20 * SECOND);
  const completed = events.find((event) => event.kind === NetEventKind.RequestCompleted && event.traffic === 0)!;
  assert.equal(outcomesOf(events), { 3: 1 });
  assert.ok(completed.at > 10 * SECOND && completed.at < 10.01 * SECOND, `${completed.at}`);
});

test.run();
