/**
 * Figures of a run held against a second count over the same events, and what is said of it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind, PassageState } from '../../../net/event.ts';
import { InterfaceKind } from '../../../net/interface.ts';
import type { Finding } from '../../../runs/report/finding.ts';
import { type Simulated, simulate } from '../../../runs/simulate.ts';
import { SMALL, scenarioFolder } from '../small-scenario.ts';

const test = suite('run-figures');
const place = scenarioFolder();
test.after(() => place.remove());

const ends = new Map<number, string[]>();
const made = new Set<number>();
let crossings = 0;
let run: Simulated;

test.before(async () => {
  const names: Readonly<Record<number, string>> = {
    [NetEventKind.PacketDelivered]: 'delivered',
    [NetEventKind.PacketRejected]: 'rejected',
    [NetEventKind.PacketDropped]: 'dropped',
    [NetEventKind.PacketUnknown]: 'unknown',
  };
  run = await simulate(place.path, {
    observe({ events, world }) {
      // Crossings are counted where they begin here, and where they end by the measure.
      const onWire = new Map<number, boolean>();
      const leaves = (packet: number, device: number, target: number): void => {
        const { kind } = world.net.interface(device);
        onWire.set(packet, target !== 0 && kind !== InterfaceKind.Loopback && kind !== InterfaceKind.Vxlan);
      };
      events.subscribe((event) => {
        if (event.kind === NetEventKind.PacketReleased) {
          leaves(event.packet, event.outInterface, event.target);
          return;
        }
        const isPassage = event.kind === NetEventKind.PacketSent || event.kind === NetEventKind.PacketForwarded;
        if (!isPassage && names[event.kind] === undefined) return;
        const passage = event as Extract<typeof event, { readonly entry: number; readonly inInterface: number }>;
        made.add(passage.packet);
        if (onWire.get(passage.packet)) crossings++;
        onWire.delete(passage.packet);
        if (isPassage) leaves(passage.packet, passage.outInterface, passage.target);
        else if ((passage.state & PassageState.Carried) === 0 || names[event.kind] === 'dropped')
          ends.set(passage.packet, [...(ends.get(passage.packet) ?? []), names[event.kind]!]);
      });
    },
  });
});

test('every packet ends once, and the sums balance', () => {
  const { packets } = run.summary;
  for (const [packet, fates] of ends) assert.is(fates.length, 1, `packet ${packet}: ${fates.join(', ')}`);
  const count = (fate: string): number => [...ends.values()].filter(([only]) => only === fate).length;
  assert.is(packets.sent, made.size);
  assert.is(packets.delivered, count('delivered'));
  assert.is(packets.rejected, count('rejected'));
  assert.is(packets.dropped, count('dropped'));
  assert.is(packets.inFlight, made.size - ends.size);
  assert.is(packets.sent, packets.delivered + packets.rejected + packets.dropped + packets.unknown + packets.inFlight);
  assert.ok(packets.dropped > 0 && packets.rejected > 0 && packets.inFlight > 0);
});

test('drops add up to the packets that no socket took, with the rule that ended them', () => {
  const { drops, packets } = run.summary;
  const total = drops.reduce((sum, { count }) => sum + count, 0);
  assert.is(total, packets.dropped + packets.rejected + packets.unknown);
  const dark = drops.find(({ reason }) => reason === 'netfilter-drop')!;
  assert.is(dark.host, 'node1');
  assert.is(dark.rule, 'filter -A FORWARD -p tcp -m tcp --dport 80 -j DROP');
});

test('packetHops counts each crossing of a link once', () => {
  assert.is(run.summary.packetHops, crossings);
});

test('a row counts each request under one outcome, and its answers under one source, backend and way', () => {
  for (const row of run.summary.traffic) {
    const { answered, failed, inFlight, requests, sourceIP } = row;
    const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
    assert.is(requests, answered + failures + inFlight, row.name);
    assert.is(answered, sourceIP.preserved + sourceIP.rewritten);
    assert.is(
      Object.values(row.lostWays).reduce((sum, count) => sum + count, 0),
      failures + inFlight,
    );
    for (const counts of [sourceIP.seen, row.backends, row.ways, row.indirections])
      assert.is(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        answered,
      );
  }
});

test('rows tell apart who keeps the source, who is refused, who hears nothing, and who is still waiting', () => {
  const row = (name: string) => run.summary.traffic.find((one) => one.name === name)!;
  assert.is(row('inside').sourceIP.preserved, 30);
  assert.equal(Object.keys(row('outside').sourceIP.seen), ['10.0.0.11']);
  assert.equal(row('outside').indirections, { 'kube-proxy@node1': 60 });
  assert.is(row('outside').translations.snat, 60);
  assert.is(row('empty').failed.refused, 3);
  assert.is(row('wrong').failed.refused, 3);
  assert.equal(row('empty').refusedBy, { rst: 0, icmp: 3 });
  assert.equal(row('wrong').refusedBy, { rst: 3, icmp: 0 });
  assert.is(row('dark').failed.timeout, 3);
  assert.is(row('late').inFlight, 1);
  assert.is(row('dark').latencySeconds, null);
  // A firewall on node1 takes what it would have forwarded.
  assert.equal(row('dark').lostWays, { 'client > node1': 3 });
  for (const way of Object.keys(row('outside').ways)) assert.match(way, /^client > node1 (> node2 )?> pod$/);
});

test('findings name what happened and the line that it comes from', () => {
  const byKind = (kind: Finding['kind']): Finding => {
    const found = run.summary.findings.find((finding) => finding.kind === kind);
    assert.ok(found, `no ${kind} in ${run.summary.findings.map((finding) => finding.kind).join(', ')}`);
    return found!;
  };
  const line = (text: string): string => String(SMALL.split('\n').findIndex((one) => one.includes(text)) + 1);
  assert.match(byKind('source-lost').text, /10\.0\.0\.11 \(node1\).*198\.51\.100\.7/);
  assert.match(byKind('source-lost').where!, new RegExp(`small\\.yaml:${line('nodePort: 30080')}:`));
  assert.match(byKind('second-hop').text, /^outside: \d+ of 60/);
  assert.match(byKind('no-endpoints').text, /default\/empty had no endpoints: node\d turned 3 packets away/);
  assert.match(byKind('no-endpoints').where!, new RegExp(`small\\.yaml:${line('app: nobody')}:`));
  assert.match(byKind('port-mismatch').text, /default\/wrong sends to port 8080/);
  assert.match(byKind('port-mismatch').where!, new RegExp(`small\\.yaml:${line('targetPort: 8080')}:`));
});

/** What a scenario expects, and whether it holds. */
async function verdicts(expectations: readonly string[]): Promise<string[]> {
  const path = join(place.folder, 'expecting.yaml');
  writeFileSync(path, `${SMALL}  expect:\n${expectations.map((text) => `    - ${text}\n`).join('')}`);
  const { summary } = await simulate(path);
  return summary.expectations.map(({ passed, text, got }) => `${passed ? 'holds' : 'fails'}: ${text} (${got})`);
}

test('expectations hold or fail by what the run has shown', async () => {
  const got = await verdicts([
    '{ traffic: inside, answered: 1.0, status: 200, sourceIP: preserved, hops: { max: 3 }, ttlHops: { min: 1, max: 2 } }',
    '{ traffic: outside, answered: "= 60", sourceIP: preserved, seen: [node/node1], backends: { distinct: 4 } }',
    '{ traffic: outside, answered: ">= 0.99", backends: { only: [web-1], spread: { maxOverMean: 3, chiSquare: 0.0001 } } }',
    '{ traffic: empty, outcome: refused }',
    '{ traffic: dark, outcome: refused, latency: { p99: "< 50ms" } }',
    '{ traffic: late, outcome: inFlight, answered: ">= 1" }',
  ]);
  assert.equal(
    got.map((line) => line.replace(/ \(.*/, '')),
    [
      'holds: inside: answered = 1',
      'holds: inside: status 200',
      'holds: inside: source IP preserved',
      'holds: inside: hops max 3',
      'holds: inside: ttlHops min 1, max 2',
      'holds: outside: answered = 60',
      'holds: outside: 4 distinct backends',
      'fails: outside: source IP preserved',
      'holds: outside: seen node/node1',
      'holds: outside: answered >= 0.99',
      'fails: outside: backends only web-1',
      'holds: outside: max over mean at most 3',
      'holds: outside: chi-square p at least 0.0001',
      'holds: empty: outcome refused',
      'fails: dark: outcome refused',
      'fails: dark: latency p99 < 50ms',
      'holds: late: outcome inFlight',
      'fails: late: answered >= 1',
    ],
  );
  assert.ok(got.includes('fails: dark: outcome refused (timeout 3)'));
  assert.ok(got.includes('fails: outside: source IP preserved (preserved 0, rewritten 60)'));
});

test('what an observer throws ends the run', async () => {
  let message = '';
  try {
    await simulate(place.path, {
      observe: ({ events }) => {
        events.subscribe(() => {
          throw new Error('a probe that fails');
        });
      },
    });
  } catch (error) {
    message = (error as Error).message;
  }
  assert.is(message, 'a probe that fails');
});

test.run();
