/** Whom a question about a neighbour comes from, and who doesn't answer it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { NetEventKind } from '../../../net/event.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';
import type { WorldEvent } from '../../../runs/world/event.ts';

/** One datagram from each of some addresses, half a second apart, to a neighbour that is not known yet. */
function neighbourEvents(sources: readonly (string | undefined)[], sysctls: string): number[] {
  const rows = sources.map(
    (source, i) =>
      `    - { at: ${10 + i / 2}s, from: node/node1, to: "udp://198.51.100.7:9"${source === undefined ? '' : `, source: ${source}`} }\n`,
  );
  const text = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: questions }
spec:
  until: 20s
  nodes: [{ name: node1, ips: [10.0.0.11, 172.16.0.11/24], sysctls: { net.ipv4.conf.all.route_localnet: 1 } }]
  hosts: [{ name: outside, ip: 198.51.100.7, sysctls: ${sysctls} }]
  traffic:
${rows.join('')}`;
  const simulation = new Simulation(readScenario([{ name: 'q.yaml', text }], { open: (name) => ({ name, text: '' }) }));
  const kinds: number[] = [];
  const asked = simulation.world.net.addresses.intern('198.51.100.7');
  simulation.events.subscribe((event: WorldEvent) => {
    if (event.kind !== NetEventKind.NeighbourLearned && event.kind !== NetEventKind.NeighbourFailed) return;
    if ((event as { address?: number }).address === asked) kinds.push(event.kind);
  });
  simulation.runUntil(20 * SECOND);
  simulation.check();
  return kinds;
}

const test = suite('stack/resolve');

// As Linux 6.18 has it: "who-has 198.51.100.7 tell 127.0.0.1", three times, and nobody answers.
test('answerNeighbour() gives no answer to a loopback address', () => {
  assert.equal(neighbourEvents(['127.0.0.1'], '{}'), [NetEventKind.NeighbourFailed]);
});

test('answerNeighbour() answers one where route_localnet lets it in, unless it is the own one', () => {
  const open = '{ net.ipv4.conf.all.route_localnet: 1 }';
  assert.equal(neighbourEvents(['127.0.0.2'], open), [NetEventKind.NeighbourLearned]);
  assert.equal(neighbourEvents(['127.0.0.1'], open), [NetEventKind.NeighbourFailed]);
});

test('askingAddress() is the source of the packet that came last', () => {
  assert.equal(neighbourEvents(['127.0.0.1', undefined], '{}'), [NetEventKind.NeighbourLearned]);
  assert.equal(neighbourEvents([undefined], '{}'), [NetEventKind.NeighbourLearned]);
});

test('releasePacket() that loses a packet leaves nobody waiting for the neighbour', () => {
  const text = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: lost }
spec:
  until: 20s
  nodes: [{ name: node1, ip: 10.0.0.11 }]
  hosts: [{ name: outside, ip: 198.51.100.7 }]
  timeline: [{ at: 9s, fault: { drop: { from: node1, to: outside, count: 1 } } }]
  traffic: [{ at: 10s, from: node/node1, to: "udp://198.51.100.7:9", timeout: 1s }]
`;
  const simulation = new Simulation(readScenario([{ name: 'q.yaml', text }], { open: (name) => ({ name, text: '' }) }));
  let struck = 0;
  simulation.events.subscribe(({ kind }: WorldEvent) => {
    if (kind === NetEventKind.FaultStruck) struck++;
  });
  simulation.runUntil(20 * SECOND);
  simulation.check();
  const { net } = simulation.world;
  assert.is(struck, 1);
  assert.equal(
    net
      .hostNamed('node1')!
      .neighbours.list()
      .flatMap(({ waiting }) => waiting),
    [],
  );
});

test.run();
