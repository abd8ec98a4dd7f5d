/**
 * The plain loop is a ceiling only if it does the work: every hop is recorded, every answer comes back from the service.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainHops, plainRun } from '../../bench/plain-loop.ts';

const test = suite('plain loop');

const RECORD_BYTES = 64;

test('plainRun() moves each packet over three links and writes a record for each', () => {
  const records: Int32Array[] = [];
  const found = plainRun(1_500, 3, (bytes) => {
    records.push(new Int32Array(bytes.slice().buffer));
  });
  assert.is(found.packetHops, plainHops(1_500));
  assert.is(found.recordedBytes, found.packetHops * RECORD_BYTES);
  const rows = records.flatMap((batch) => Array.from({ length: batch.length / 16 }, (_, i) => batch.subarray(i * 16)));
  assert.is(rows.length, found.packetHops);
  const at = rows.map((row) => row[0]! + row[1]! * 2 ** 31);
  assert.ok(at.every((value, i) => i === 0 || value >= at[i - 1]!));
});

test('plainRun() brings every answer back from the address that was asked, and spreads connections', () => {
  const { strangers, byEndpoint } = plainRun(3_000, 3, () => {});
  assert.is(strangers, 0);
  assert.is(
    byEndpoint.reduce((sum, count) => sum + count, 0),
    3_000,
  );
  for (const count of byEndpoint)
    assert.ok(Math.abs(count - 1_000) < 5 * Math.sqrt(3_000 * (2 / 9)), String(byEndpoint));
});

test('plainRun() translates on the first node alone, there and back', () => {
  const translated = new Set<number>();
  plainRun(200, 3, (bytes) => {
    const records = new Int32Array(bytes.slice().buffer);
    for (let at = 0; at < records.length; at += 16) {
      const before = [...records.subarray(at + 6, at + 9)].join();
      if (before !== [...records.subarray(at + 9, at + 12)].join()) translated.add(records[at + 2]!);
    }
  });
  assert.equal([...translated], [1]);
});

test.run();
