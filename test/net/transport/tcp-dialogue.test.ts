/**
 * Dialogues that were captured on Linux 6.18 (two namespaces, a veth, gso_max_segs 1, CUBIC, HZ 250), losses made by raw-table
 * rules at the receiver. Each side must send the same segments in the same order; times may differ by what a tick and the
 * phase of the timer wheel allow: 12 ms and an eighth. What comes from the server was stamped on arrival.
 * @evidence kernel: TCP: handshake, ACKs, retransmissions, ends, as captured on Linux 6.18
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND } from '../../../core/time.ts';
import type { Dialogue, Row } from './dialogue.ts';
import { rowsOf, rowText } from './dialogue.ts';

/** One way on the delayed wire. */
const FAR = 10 * MILLISECOND;

const test = suite('tcp dialogues as captured');

interface Captured {
  readonly name: string;
  readonly dialogue: Dialogue;
  /** `ms direction flags seq ack len header`, as captured at the client. */
  readonly rows: string;
}

type Matcher = (row: Row) => boolean;

/** The `n`-th segment (from 0) that matches is lost. */
function nth(matches: Matcher, n: number): Matcher {
  let seen = 0;
  return (row) => matches(row) && seen++ === n;
}

/** Of each three that match, the first is lost: `-m statistic --mode nth --every 3 --packet 0`. */
function everyThird(matches: Matcher): Matcher {
  let seen = 0;
  return (row) => matches(row) && seen++ % 3 === 0;
}

const sends =
  (direction: string, flags: string): Matcher =>
  (row) =>
    row.direction === direction && row.flags === flags;
const either =
  (one: Matcher, other: Matcher): Matcher =>
  (row) => {
    const first = one(row);
    return other(row) || first;
  };
const answerData: Matcher = (row) => row.direction === '<' && row.payloadBytes > 0;

const CAPTURED: readonly Captured[] = [
  {
    name: 'a request, an answer, the client closes',
    dialogue: {},
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      1 > A 80 855 0 32
    `,
  },
  {
    name: 'the server closes after its answer',
    dialogue: { closes: 'server' },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 < FA 854 79 0 32
      1 > FA 79 855 0 32
      1 < A 855 80 0 32
    `,
  },
  {
    name: 'an answer that takes 5 ms',
    dialogue: { serverDelayNs: 5 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      6 < PA 1 79 853 32
      6 > A 79 854 0 32
      6 > FA 79 854 0 32
      6 < FA 854 80 0 32
      6 > A 80 855 0 32
    `,
  },
  {
    name: 'an answer that takes 100 ms',
    dialogue: { serverDelayNs: 100 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      101 < PA 1 79 853 32
      101 > A 79 854 0 32
      101 > FA 79 854 0 32
      101 < FA 854 80 0 32
      101 > A 80 855 0 32
    `,
  },
  {
    name: 'four requests on one connection',
    dialogue: { requests: 4 },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      3 < PA 1 79 853 32
      4 > A 79 854 0 32
      4 > PA 79 854 78 32
      4 < PA 854 157 853 32
      4 > PA 157 1707 78 32
      4 < PA 1707 235 853 32
      4 > PA 235 2560 78 32
      4 < PA 2560 313 853 32
      4 > FA 313 3413 0 32
      7 < FA 3413 314 0 32
      7 > A 314 3414 0 32
    `,
  },
  {
    name: 'three slow requests on one connection',
    dialogue: { requests: 3, serverDelayNs: 100 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      102 < PA 1 79 853 32
      102 > A 79 854 0 32
      102 > PA 79 854 78 32
      102 < A 854 157 0 32
      210 < PA 854 157 853 32
      210 > PA 157 1707 78 32
      210 < A 1707 235 0 32
      311 < PA 1707 235 853 32
      311 > FA 235 2560 0 32
      311 < FA 2560 236 0 32
      311 > A 236 2561 0 32
    `,
  },
  {
    name: 'the SYN is lost',
    dialogue: { lost: nth(sends('>', 'S'), 0) },
    rows: `
      0 > S 0 0 0 40
      1006 > S 0 0 0 40
      1006 < SA 0 1 0 40
      1006 > A 1 1 0 32
      1006 > PA 1 1 78 32
      1006 < A 1 79 0 32
      1007 < PA 1 79 853 32
      1007 > A 79 854 0 32
      1007 > FA 79 854 0 32
      1007 < FA 854 80 0 32
      1007 > A 80 855 0 32
    `,
  },
  {
    name: 'the SYN-ACK is lost',
    dialogue: { clientDelayNs: 200_000, lost: nth(sends('<', 'SA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      1005 > S 0 0 0 40
      1005 < SA 0 1 0 40
      1005 > A 1 1 0 32
      1005 < SA 0 1 0 40
      1005 > A 1 1 0 32
      1006 > PA 1 1 78 32
      1006 < A 1 79 0 32
      1006 < PA 1 79 853 32
      1006 > A 79 854 0 32
      1006 > FA 79 854 0 32
      1006 < FA 854 80 0 32
      1006 > A 80 855 0 32
    `,
  },
  {
    name: 'the request is lost',
    dialogue: { lost: nth(sends('>', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      208 > PA 1 1 78 32
      208 < A 1 79 0 32
      208 < PA 1 79 853 32
      208 > A 79 854 0 32
      208 > FA 79 854 0 32
      208 < FA 854 80 0 32
      208 > A 80 855 0 32
    `,
  },
  {
    name: 'the answer is lost',
    dialogue: { lost: nth(sends('<', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      206 < PA 1 79 853 32
      206 > A 79 854 0 32
      206 > FA 79 854 0 32
      210 < FA 854 80 0 32
      210 > A 80 855 0 32
    `,
  },
  {
    name: "the client's FIN is lost",
    dialogue: { lost: nth(sends('>', 'FA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      209 > FA 79 854 0 32
      209 < FA 854 80 0 32
      209 > A 80 855 0 32
    `,
  },
  {
    name: "the server's FIN is lost",
    dialogue: { lost: nth(sends('<', 'FA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      207 > FA 79 854 0 32
      207 < FA 854 80 0 32
      207 > A 80 855 0 32
      207 < A 855 80 0 44
    `,
  },
  {
    name: 'the last ACK is lost',
    dialogue: { lost: nth(sends('>', 'A'), 2) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      1 > A 80 855 0 32
      206 < FA 854 80 0 32
      206 > A 80 855 0 32
    `,
  },
  {
    name: 'every third request segment is lost',
    dialogue: { requests: 8, lost: everyThird(sends('>', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      207 > PA 1 1 78 32
      207 < A 1 79 0 32
      207 < PA 1 79 853 32
      207 > A 79 854 0 32
      207 > PA 79 854 78 32
      207 < PA 854 157 853 32
      207 > PA 157 1707 78 32
      415 > PA 157 1707 78 32
      415 < PA 854 157 853 32
      415 > A 235 1707 0 44
      416 < PA 1707 235 853 32
      416 > A 235 2560 0 32
      416 > PA 235 2560 78 32
      416 < PA 2560 313 853 32
      416 > PA 313 3413 78 32
      623 > PA 313 3413 78 32
      623 < PA 3413 391 853 32
      623 > PA 391 4266 78 32
      624 < PA 4266 469 853 32
      624 > PA 469 5119 78 32
      831 > PA 469 5119 78 32
      831 < PA 5119 547 853 32
      831 > PA 547 5972 78 32
      831 < PA 5972 625 853 32
      832 > FA 625 6825 0 32
      832 < FA 6825 626 0 32
      832 > A 626 6826 0 32
    `,
  },
  {
    name: 'every third answer segment is lost',
    dialogue: { requests: 8, lost: everyThird(sends('<', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      207 < PA 1 79 853 32
      207 > A 79 854 0 32
      207 > PA 79 854 78 32
      207 < PA 854 157 853 32
      207 > PA 157 1707 78 32
      207 < PA 1707 235 853 32
      415 > PA 157 1707 78 32
      415 < PA 1707 235 853 32
      415 < A 2560 235 0 44
      415 > PA 235 2560 78 32
      415 < A 2560 313 0 32
      415 < PA 2560 313 853 32
      415 > PA 313 3413 78 32
      415 < PA 3413 391 853 32
      623 < PA 3413 391 853 32
      623 > PA 391 4266 78 32
      623 < PA 4266 469 853 32
      623 > PA 469 5119 78 32
      623 < PA 5119 547 853 32
      831 < PA 5119 547 853 32
      831 > PA 547 5972 78 32
      831 < PA 5972 625 853 32
      831 > FA 625 6825 0 32
      831 < FA 6825 626 0 32
      831 > A 626 6826 0 32
    `,
  },
  {
    name: 'the first of four data segments is lost',
    dialogue: { answerBytes: 5_000, lost: nth(answerData, 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < A 1 79 1448 32
      1 < A 1449 79 1448 32
      1 > A 79 1 0 44
      1 < A 2897 79 1448 32
      1 > A 79 1 0 44
      1 < PA 4345 79 656 32
      1 > A 79 1 0 44
      1 < A 1 79 1448 32
      1 > A 79 5001 0 32
      1 > FA 79 5001 0 32
      1 < FA 5001 80 0 32
      1 > A 80 5002 0 32
    `,
  },
  {
    name: 'the last of four data segments is lost',
    dialogue: { answerBytes: 5_000, lost: nth(answerData, 3) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < A 1 79 1448 32
      1 > A 79 1449 0 32
      1 < A 1449 79 1448 32
      1 > A 79 2897 0 32
      1 < A 2897 79 1448 32
      1 > A 79 4345 0 32
      1 < PA 4345 79 656 32
      207 < PA 4345 79 656 32
      207 > A 79 5001 0 32
      207 > FA 79 5001 0 32
      208 < FA 5001 80 0 32
      208 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: two requests',
    dialogue: { requests: 2, oneWayNs: FAR },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      42 < A 1 79 0 32
      42 < PA 1 79 853 32
      42 > A 79 854 0 32
      42 > PA 79 854 78 32
      63 < PA 854 157 853 32
      63 > FA 157 1707 0 32
      87 < FA 1707 158 0 32
      87 > A 158 1708 0 32
    `,
  },
  {
    name: 'a delayed wire: the request is lost',
    dialogue: { oneWayNs: FAR, lost: nth(sends('>', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      247 > PA 1 1 78 32
      268 < A 1 79 0 32
      268 < PA 1 79 853 32
      268 > A 79 854 0 32
      268 > FA 79 854 0 32
      292 < FA 854 80 0 32
      292 > A 80 855 0 32
    `,
  },
  {
    name: 'a delayed wire: the second of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 1) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 < A 2897 79 1448 32
      42 > A 79 1449 0 44
      42 < PA 4345 79 656 32
      42 > A 79 1449 0 44
      73 < A 1449 79 1448 32
      73 > A 79 5001 0 32
      73 > FA 79 5001 0 32
      101 < FA 5001 80 0 32
      101 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the third of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 2) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 > A 79 2897 0 32
      42 < A 2897 79 1448 32
      42 < PA 4345 79 656 32
      42 > A 79 2897 0 44
      74 < A 2897 79 1448 32
      74 > A 79 5001 0 32
      74 > FA 79 5001 0 32
      96 < FA 5001 80 0 32
      96 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the last of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 3) },
    rows: `
      0 > S 0 0 0 40
      20 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 > A 79 2897 0 32
      42 < A 2897 79 1448 32
      42 < PA 4345 79 656 32
      42 > A 79 4345 0 32
      288 < PA 4345 79 656 32
      288 > A 79 5001 0 32
      288 > FA 79 5001 0 32
      316 < FA 5001 80 0 32
      316 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the last two of four data segments are lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: either(nth(answerData, 2), nth(answerData, 3)) },
    rows: `
      0 > S 0 0 0 40
      23 < SA 0 1 0 40
      23 > A 1 1 0 32
      23 > PA 1 1 78 32
      43 < A 1 79 0 32
      44 < A 1 79 1448 32
      44 > A 79 1449 0 32
      44 < A 1449 79 1448 32
      44 > A 79 2897 0 32
      44 < A 2897 79 1448 32
      44 < PA 4345 79 656 32
      111 < PA 4345 79 656 32
      111 > A 79 2897 0 44
      131 < A 2897 79 1448 32
      131 > A 79 5001 0 32
      131 > FA 79 5001 0 32
      153 < FA 5001 80 0 32
      153 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: every third request segment is lost',
    dialogue: { requests: 8, oneWayNs: FAR, lost: everyThird(sends('>', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      248 > PA 1 1 78 32
      268 < A 1 79 0 32
      268 < PA 1 79 853 32
      268 > A 79 854 0 32
      268 > PA 79 854 78 32
      289 < PA 854 157 853 32
      289 > PA 157 1707 78 32
      514 < PA 854 157 853 32
      514 > A 235 1707 0 44
      516 > PA 157 1707 78 32
      536 < PA 1707 235 853 32
      536 > A 235 2560 0 32
      536 > PA 235 2560 78 32
      557 < PA 2560 313 853 32
      557 > PA 313 3413 78 32
      782 < PA 2560 313 853 32
      782 > A 391 3413 0 44
      784 > PA 313 3413 78 32
      804 < PA 3413 391 853 32
      804 > A 391 4266 0 32
      804 > PA 391 4266 78 32
      825 < PA 4266 469 853 32
      825 > PA 469 5119 78 32
      1050 < PA 4266 469 853 32
      1050 > A 547 5119 0 44
      1052 > PA 469 5119 78 32
      1072 < PA 5119 547 853 32
      1072 > A 547 5972 0 32
      1072 > PA 547 5972 78 32
      1093 < PA 5972 625 853 32
      1093 > FA 625 6825 0 32
      1118 < FA 6825 626 0 32
      1118 > A 626 6826 0 32
    `,
  },
];

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

for (const { name, dialogue, rows } of CAPTURED) {
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
