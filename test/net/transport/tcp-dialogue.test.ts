/**
 * Dialogues that were captured on Linux 6.18 (two namespaces, a veth, gso_max_segs 1, CUBIC, HZ 250), losses made by raw-table
 * rules at the receiver. Each side must send the same segments in the same order; times may differ by what a tick and the
 * phase of the timer wheel allow: 12 ms and an eighth. What comes from the server was stamped on arrival.
 * @evidence kernel: TCP: handshake, ACKs, retransmissions, ends, as captured on Linux 6.18
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND } from '../../../core/time.ts';
import { type Row, rowsOf, rowText } from './dialogue.ts';
import { FAR, FAR_DIALOGUES } from './far-dialogues.ts';
import { NEAR_DIALOGUES } from './near-dialogues.ts';

const test = suite('tcp dialogues as captured');

function parse(rows: string): Row[] {
  return rows
    .trim()
    .split('\n')
    .map((line) => {
      const [ms, direction, flags, sequence, acknowledgement, payloadBytes, headerBytes] = line.trim().split(' ');
      return {
        atNs: Number(ms) * MILLISECOND,
        direction: direction as '>' | '<',
        flags: flags!,
        sequence: Number(sequence),
        acknowledgement: Number(acknowledgement),
        payloadBytes: Number(payloadBytes),
        headerBytes: Number(headerBytes),
      };
    });
}

/** Segments of one side only: two that cross on the wire have no order. */
function sideOf(rows: readonly Row[], direction: string): Row[] {
  return rows.filter((row) => row.direction === direction);
}

for (const { name, dialogue, rows } of [...NEAR_DIALOGUES, ...FAR_DIALOGUES]) {
  test(`nextSegment() sends what Linux sends: ${name}`, () => {
    const modelled = rowsOf(dialogue);
    const captured = parse(rows);
    for (const direction of ['>', '<']) {
      const ours = sideOf(modelled, direction);
      const theirs = sideOf(captured, direction);
      assert.equal(ours.map(rowText), theirs.map(rowText));
      for (const [index, row] of ours.entries()) {
        const expected = theirs[index]!.atNs;
        assert.ok(
          Math.abs(row.atNs - expected) <= 12 * MILLISECOND + (dialogue.oneWayNs ?? 0) + expected / 8,
          `${rowText(row)} at ${row.atNs / MILLISECOND} ms, captured at ${expected / MILLISECOND} ms`,
        );
      }
    }
  });
}

test('transmitted() opens the window as captured: 400 kB in rounds of 10, 20, 40, 80 and the rest', () => {
  const rounds = new Map<number, number>();
  for (const row of rowsOf({ oneWayNs: FAR, answerBytes: 400_000 })) {
    if (row.direction === '<' && row.payloadBytes > 0) rounds.set(row.atNs, (rounds.get(row.atNs) ?? 0) + 1);
  }
  const perTrip = new Map<number, number>();
  for (const [atNs, count] of rounds) {
    const trip = Math.floor(atNs / (2 * FAR));
    perTrip.set(trip, (perTrip.get(trip) ?? 0) + count);
  }
  assert.equal([...perTrip.values()], [10, 20, 40, 80, 127]);
});

test.run();
