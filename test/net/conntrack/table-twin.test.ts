/** The connection table and its plain twin, under any order of calls: at the limit, expiring, clashing, evicting. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { type ConntrackDraft, type TrackedPacket, tupleOf } from '../../../net/conntrack/entry.ts';
import { conntrackSettings } from '../../../net/conntrack/settings.ts';
import { Status } from '../../../net/conntrack/status.ts';
import { ConntrackTable } from '../../../net/conntrack/table.ts';
import { invert } from '../../../net/conntrack/tuple.ts';
import type { FiveTuple } from '../../../net/five-tuple.ts';
import { PlainTable } from './plain-table.ts';

const test = suite('conntrack/table-twin');

const SYN = 2;
const ACK = 16;
const FLAGS = [SYN, SYN | ACK, ACK, ACK, ACK | 1, 4];

interface Call {
  readonly call: string;
  readonly tcp: boolean;
  readonly source: number;
  readonly port: number;
  /** The port that the source is bound to; 0: none of its own. */
  readonly bound: number;
  readonly flags: number;
  readonly answers: boolean;
  readonly clash: boolean;
  readonly stepNs: number;
}

const CALLS = ['insert', 'insert', 'insert', 'advance', 'advance', 'advance', 'close', 'remove', 'look', 'ahead'];

function calls(ports: number, maxLength: number): fc.Arbitrary<Call[]> {
  const call = fc.record({
    call: fc.oneof(
      { weight: 400, arbitrary: fc.constantFrom(...CALLS) },
      { weight: 1, arbitrary: fc.constant('flush') },
    ),
    tcp: fc.boolean(),
    source: fc.integer({ min: -1, max: 2 }),
    port: fc.integer({ min: 1, max: ports }),
    bound: fc.integer({ min: 0, max: 3 }),
    flags: fc.constantFrom(...FLAGS),
    answers: fc.boolean(),
    clash: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    stepNs: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, SECOND / 2, SECOND) },
      { weight: 1, arbitrary: fc.constantFrom(10 * SECOND, 120 * SECOND) },
    ),
  });
  return fc.array(call, { maxLength, size: 'max' });
}

function packetOf({ tcp, source, port, flags }: Call): TrackedPacket {
  const ends = { source, sourcePort: port, destination: 100, destinationPort: 53, icmp: 0 };
  const counted = { sequence: 0, acknowledgement: 0, payloadBytes: 0, sizeBytes: 40 };
  return { protocol: tcp ? 6 : 17, ...ends, flags: tcp ? flags : 0, ...counted };
}

function draftOf(call: Call): ConntrackDraft {
  const original = tupleOf(packetOf(call));
  const reply = { ...invert(original)!, ...(call.bound > 0 && { destinationPort: 60_000 + call.bound }) };
  const clash = call.clash ? Status.NatClash : 0;
  return { flow: 1, original, reply, status: (call.port & 1 ? Status.SrcNatDone : 0) | clash, mark: 0 };
}

/** Makes one call of both tables and holds what they say against each other. */
function step(table: ConntrackTable, plain: PlainTable, call: Call, nowNs: number): void {
  const draft = draftOf(call);
  const tuple = call.answers ? draft.reply : draft.original;
  const reference = table.findTuple(tuple, nowNs);
  assert.is(reference, plain.findTuple(tuple, nowNs));
  const known = reference >= 0;
  if (call.call === 'insert') {
    assert.equal(table.victims(draft.original, nowNs), plain.victims(draft.original, nowNs));
    const admitted = table.admits(draft.original, nowNs);
    assert.is(admitted, plain.admits(draft.original, nowNs));
    // Of known tuples too: a table must not lose its way when two entries have one.
    const first = { ...packetOf(call), flags: call.tcp ? SYN : 0 };
    if (admitted) assert.is(table.insert(draft, first, nowNs), plain.insert(draft, first, nowNs));
  } else if (call.call === 'advance' && known) {
    assert.is(table.advance(reference, packetOf(call), nowNs), plain.advance(reference, packetOf(call), nowNs));
  } else if (call.call === 'close' && known) {
    table.close(reference, nowNs);
    plain.close(reference, nowNs);
  } else if (call.call === 'remove' && known) {
    table.remove(reference);
    plain.remove(reference);
  } else if (call.call === 'flush') {
    table.flush();
    plain.flush();
  } else if (call.call === 'look') compare(table, plain, draft.original, nowNs);
  else if (call.call === 'ahead') compare(table, plain, draft.original, nowNs + 60 * SECOND);
}

function compare(table: ConntrackTable, plain: PlainTable, tuple: FiveTuple, nowNs: number): void {
  assert.is(table.count(nowNs), plain.count(nowNs));
  assert.equal(table.list(nowNs), plain.list(nowNs));
  assert.equal([...table.sameSource(tuple, nowNs)], plain.sameSource(tuple, nowNs));
  for (const [index, entry] of plain.places.entries()) {
    assert.is(table.holds(index << 1), entry !== undefined);
    if (entry !== undefined) assert.is(table.referenceOf(entry.id), index << 1);
  }
}

/** @returns times that a table was full when a connection came */
function agree(max: number, buckets: number, list: readonly Call[]): number {
  const settings = conntrackSettings({ nf_conntrack_max: max, nf_conntrack_buckets: buckets });
  const table = new ConntrackTable(settings);
  const plain = new PlainTable(settings);
  let nowNs = 0;
  let full = 0;
  for (const call of list) {
    nowNs += call.stepNs;
    if (call.call === 'insert' && max > 0 && plain.count(nowNs) >= max) full++;
    step(table, plain, call, nowNs);
  }
  compare(table, plain, draftOf({ ...list[0]!, source: 1 }).original, nowNs);
  return full;
}

for (const [max, buckets] of [
  [0, 64],
  [4, 1],
  [12, 7],
  [24, 4096],
] as const) {
  test(`ConntrackTable agrees with its twin at nf_conntrack_max ${max}, ${buckets} buckets`, () => {
    let full = 0;
    fc.assert(
      fc.property(calls(30, 400), (list) => {
        if (list.length > 0) full += agree(max, buckets, list);
      }),
      { numRuns: 60, seed: 24 },
    );
    assert.is(full > 0, max > 0, 'the limit is met');
  });
}

test.run();
