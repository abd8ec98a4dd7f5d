/**
 * A ledger file gives back what was written, to us and to other readers of Arrow.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kinded } from '../../../core/decider.ts';
import { BATCH_ROWS, Ledger } from '../../../core/ledger.ts';
import { decisions, recordedEvents } from '../../../runs/ledger-file/decision.ts';
import { LedgerReader } from '../../../runs/ledger-file/reader.ts';
import { LedgerWriter } from '../../../runs/ledger-file/writer.ts';
import { CODEC, HEADER, type TestEvent, writeLedger } from './sample.ts';

const test = suite('ledger file: round trip');
const folder = mkdtempSync(join(tmpdir(), 'kubehop-ledger-'));
test.after(() => rmSync(folder, { recursive: true }));
let files = 0;
const nextPath = () => join(folder, `${files++}.arrow`);

const PLAIN = { noNullPrototype: true };
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'grapheme' });
const at = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const event: fc.Arbitrary<TestEvent> = fc.oneof(
  fc.record({ kind: fc.constant(1 as const), at, host: int32, delay: fc.double({ noNaN: true }) }, PLAIN),
  fc.record({ kind: fc.constant(3 as const), at, host: int32, body: text, note: text }, PLAIN),
);

test('LedgerReader gives back the decisions that LedgerWriter took', () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { minLength: 1, maxLength: 5 }), { maxLength: 30 }), (groups) => {
      const path = nextPath();
      const digest = writeLedger(path, groups, 7);
      const reader = new LedgerReader(path, CODEC);
      const read = [...decisions(reader.batches(), CODEC)];
      reader.close();
      assert.equal(
        read,
        groups.map((events, index) => ({ cause: index + 1, events })),
      );
      assert.is(reader.digest, digest);
      assert.is(reader.torn, false);
      assert.equal(reader.header, HEADER);
    }),
    { numRuns: 60 },
  );
});

test('a decision is never parted by the end of a batch', () => {
  const path = nextPath();
  const groups: TestEvent[][] = Array.from({ length: 5_000 }, (_, i) =>
    Array.from({ length: (i % 7) + 1 }, (_, j) => ({ kind: 1, at: i, host: j, delay: 0 })),
  );
  writeLedger(path, groups);
  const reader = new LedgerReader(path, CODEC);
  let batches = 0;
  let next = 0;
  for (const batch of reader.batches()) {
    batches++;
    assert.ok(batch.rows >= BATCH_ROWS || batch.first + batch.rows === groups.flat().length);
    for (const { cause, events } of decisions([batch], CODEC)) {
      assert.is(cause, ++next);
      assert.is(events.length, groups[next - 1]!.length);
    }
  }
  reader.close();
  assert.is(next, groups.length);
  assert.is(batches, 2);
});

test('equal runs write equal bytes', () => {
  const groups: TestEvent[][] = [
    [{ kind: 3, at: 1, host: 1, body: 'a', note: 'b' }],
    [{ kind: 1, at: 2, host: 2, delay: 3 }],
  ];
  const [one, two] = [nextPath(), nextPath()];
  writeLedger(one, groups);
  writeLedger(two, groups);
  assert.ok(readFileSync(one).equals(readFileSync(two)));
});

test('recordedEvents() numbers events through', () => {
  const path = nextPath();
  writeLedger(path, [[{ kind: 1, at: 1, host: 1, delay: 0 }], [{ kind: 1, at: 2, host: 1, delay: 0 }]], 1);
  const reader = new LedgerReader(path, CODEC);
  assert.equal(
    [...recordedEvents(reader.batches(), CODEC)].map(({ sequence, cause }) => [sequence, cause]),
    [
      [0, 1],
      [1, 2],
    ],
  );
  reader.close();
});

test('a ledger without events is whole', () => {
  const path = nextPath();
  const digest = writeLedger(path, []);
  const reader = new LedgerReader(path, CODEC);
  assert.equal([...reader.batches()], []);
  assert.is(reader.torn, false);
  assert.is(reader.digest, digest);
  assert.is(reader.digest, reader.headerDigest);
  reader.close();
});

test('one batch is in memory at a time', () => {
  const path = nextPath();
  const writer = new LedgerWriter(path, CODEC, HEADER);
  const ledger = new Ledger(CODEC, writer.headerDigest, (batch) => writer.write(batch));
  const moving = { kind: 1, at: 0, host: 7, delay: 0.5 };
  for (let i = 0; i < 1_000_000; i++) {
    moving.at = i;
    ledger.append(moving as Kinded, i);
    ledger.endDecision();
  }
  ledger.flush();
  writer.close();
  const before = process.memoryUsage();
  let events = 0;
  let most = 0;
  const reader = new LedgerReader(path, CODEC);
  for (const batch of reader.batches()) {
    events += batch.rows;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers);
  }
  reader.close();
  assert.is(events, 1_000_000);
  // The file is 45 MB; what the collector has not yet taken of earlier batches counts too.
  assert.ok(most < 40e6, `${most} bytes of batches were alive at once`);
});

test('apache-arrow reads the stream as a table, kinds by name', () => {
  const path = nextPath();
  writeLedger(
    path,
    [[{ kind: 3, at: 5, host: 9, body: 'Grüße', note: '' }], [{ kind: 1, at: 6, host: -1, delay: 0.25 }]],
    1,
  );
  const table = tableFromIPC(readFileSync(path));
  assert.equal(
    table.toArray().map((row) => row.toJSON()),
    [
      { at: 5, kind: 'ThingSaid', cause: 1, host: 9, delay: 0, body: 'Grüße', note: '' },
      { at: 6, kind: 'ThingMoved', cause: 2, host: -1, delay: 0.25, body: null, note: null },
    ],
  );
});

// Where KUBEHOP_PYTHON names a Python that has pyarrow: no Debian package does.
const python = process.env.KUBEHOP_PYTHON;
const testWithPython = python === undefined ? () => {} : test;
testWithPython('pyarrow reads the stream as a table, kinds by name', () => {
  const path = nextPath();
  writeLedger(
    path,
    [[{ kind: 3, at: 5, host: 9, body: 'Grüße', note: '' }], [{ kind: 1, at: 6, host: -1, delay: 0.25 }]],
    1,
  );
  const script =
    'import sys, json, pyarrow as pa; t = pa.ipc.open_stream(sys.argv[1]).read_all(); t.validate(full=True); print(json.dumps(t.to_pylist()))';
  const { stdout, stderr } = spawnSync(python!, ['-c', script, path], { encoding: 'utf8' });
  assert.is(stderr, '');
  assert.equal(JSON.parse(stdout), [
    { at: 5, kind: 'ThingSaid', cause: 1, host: 9, delay: 0, body: 'Grüße', note: '' },
    { at: 6, kind: 'ThingMoved', cause: 2, host: -1, delay: 0.25, body: null, note: null },
  ]);
});

test.run();
