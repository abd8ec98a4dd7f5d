/**
 * What a ledger file says of itself when it isn't as it was written: a cut loses its end and no more, damage is an
 * error that names the batch, and no event is ever given back that was not written.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventCodec } from '../../../core/event-kind.ts';
import { InputError } from '../../../runs/input-error.ts';
import { LedgerReader } from '../../../runs/ledger-file/reader.ts';
import { LedgerWriter } from '../../../runs/ledger-file/writer.ts';
import { CODEC, HEADER, type TestEvent, writeLedger } from './sample.ts';

const test = suite('ledger file: damage');
const folder = mkdtempSync(join(tmpdir(), 'kubehop-damage-'));
test.after(() => rmSync(folder, { recursive: true }));

const GROUPS: TestEvent[][] = Array.from({ length: 40 }, (_, i) => [
  { kind: 1, at: i * 10, host: i, delay: i / 4 },
  { kind: 3, at: i * 10, host: i, body: `body ${i}`, note: i % 2 === 0 ? '' : 'odd' },
]);
const BATCHES = 4;
const whole = join(folder, 'whole.arrow');
writeLedger(whole, GROUPS, GROUPS.length / BATCHES);
const bytes = readFileSync(whole);

interface Outcome {
  readonly batches: number;
  readonly torn: boolean;
  readonly events: readonly unknown[];
  readonly error: string | undefined;
}

/** Reads what is given as far as it goes. Anything thrown but an InputError of one line fails the test. */
function read(content: Uint8Array): Outcome {
  const path = join(folder, 'changed.arrow');
  writeFileSync(path, content);
  const events: unknown[] = [];
  let batches = 0;
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(path, CODEC);
    for (const { columns, rows } of reader.batches()) {
      batches++;
      for (let row = 0; row < rows; row++) events.push(CODEC.read(columns, row));
    }
    return { batches, torn: reader.torn, events, error: undefined };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    assert.ok(!error.message.includes('\n'), error.message);
    assert.ok(error.message.startsWith(`${path}: `), error.message);
    return { batches, torn: false, events, error: error.reason };
  } finally {
    reader?.close();
  }
}

function isPrefix(events: readonly unknown[]): void {
  assert.equal(events, GROUPS.flat().slice(0, events.length));
}

/** Offsets at which messages start, found by their framing: [0] the schema, [1] kind names, then the batches, then the end. */
const starts: number[] = [];
for (let at = 0; at < bytes.length; ) {
  const found = bytes.indexOf(Buffer.from([255, 255, 255, 255]), at);
  if (found < 0) break;
  const length = bytes.readInt32LE(found + 4);
  if (found % 8 === 0 && length >= 0 && length < bytes.length) starts.push(found);
  at = found + 8;
}

test('the sample has the messages that the cuts below count on', () => {
  assert.is(starts.length, 2 + BATCHES + 1);
  assert.is(starts.at(-1), bytes.length - 8);
});

test('a file cut anywhere after its header is torn, and keeps every whole batch before the cut', () => {
  const [, , ...ends] = starts;
  for (let size = starts[1]!; size < bytes.length; size++) {
    // Every byte around a border, every fifth between.
    if (size % 5 !== 0 && !ends.some((start) => Math.abs(start - size) < 20)) continue;
    const { batches, torn, events, error } = read(bytes.subarray(0, size));
    assert.is(error, undefined);
    assert.is(torn, true, `cut at ${size}`);
    // A batch is whole once the file reaches the start of what comes after it.
    assert.is(batches, Math.max(0, ends.filter((start) => start <= size).length - 1), `cut at ${size}`);
    isPrefix(events);
  }
});

test('a file cut inside its header is one clear error', () => {
  for (let size = 8; size < starts[1]!; size += 7)
    assert.match(read(bytes.subarray(0, size)).error!, /cut off inside its header/);
  for (let size = 0; size < 8; size++) assert.is.not(read(bytes.subarray(0, size)).error, undefined);
});

test('a tail of zeros, as a power cut leaves it, counts as cut off', () => {
  for (const from of [starts[3]!, starts[3]! + 8, starts[4]!]) {
    const { torn, error, batches } = read(Buffer.concat([bytes.subarray(0, from), Buffer.alloc(700)]));
    assert.is(error, undefined);
    assert.is(torn, true);
    assert.is(batches, starts.filter((start) => start <= from).length - 3);
  }
});

test('one flipped bit anywhere is named, or changes nothing that was recorded', () => {
  const counts = { named: 0, torn: 0, harmless: 0 };
  for (let at = 0; at < bytes.length; at += at < bytes.length - 64 ? 3 : 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << ((at >> 2) % 8);
    const { batches, torn, events, error } = read(flipped);
    isPrefix(events);
    if (error !== undefined) counts.named++;
    else if (torn) counts.torn++;
    else counts.harmless++;
    if (error?.includes('in batch')) {
      assert.match(error, new RegExp(`damaged in batch ${batches + 1}, from event ${events.length} on`));
    }
    // Only the end mark itself can be mistaken for a cut, and only padding and the names of kinds may go unnoticed.
    if (torn) assert.ok(at >= bytes.length - 8, `byte ${at} was taken for a cut`);
    if (error === undefined) assert.is(batches, BATCHES);
  }
  assert.ok(counts.named > counts.harmless * 3, JSON.stringify(counts));
});

test('a zeroed range inside is named with its batch', () => {
  for (let batch = 0; batch < BATCHES; batch++) {
    const [from, to] = [starts[2 + batch]!, starts[3 + batch]!];
    for (const [a, b] of [
      [from, to],
      [from, from + 8],
      [from + 8, from + 64],
      [to - 200, to],
    ] as const) {
      const zeroed = Buffer.from(bytes).fill(0, a, b);
      const { error, batches, events } = read(zeroed);
      assert.match(error!, new RegExp(`damaged in batch ${batch + 1}, from event ${batch * 20} on`));
      assert.is(batches, batch);
      isPrefix(events);
    }
  }
});

test('a batch left out, doubled or swapped is named', () => {
  const part = (i: number) => bytes.subarray(starts[i], starts[i + 1]);
  const [head, names, one, two, three, four, end] = [0, 1, 2, 3, 4, 5, 6].map(part) as [Buffer, ...Buffer[]];
  const join = (...parts: (Buffer | undefined)[]) => read(Buffer.concat(parts as Buffer[])).error!;
  assert.match(join(head, names, one, three, four, end), /in batch 2.*starts at event 40, event 20 was to come/);
  assert.match(join(head, names, one, one, two, three, four, end), /in batch 2/);
  assert.match(join(head, names, two, one, three, four, end), /in batch 1/);
  assert.match(join(head, names, one, two, three, four, end, Buffer.alloc(16, 7)), /in batch 5/);
});

test('what is no ledger is said to be none', () => {
  assert.is(read(Buffer.from('kind: Scenario\n')).error, 'This is not a ledger');
  assert.is(read(Buffer.alloc(0)).error, 'The file is empty');
  assert.is(read(Buffer.alloc(5000)).error, 'This is not a ledger');
  assert.throws(
    () => new LedgerReader(join(folder, 'nowhere.arrow'), CODEC),
    /nowhere\.arrow: There is no such ledger/,
  );
  assert.throws(() => new LedgerReader(folder, CODEC), /is a folder/);
});

test('a ledger of another version says which', () => {
  const KINDS = { ThingMoved: { kind: 1, fields: { host: 'host' } } } as const;
  const other = eventCodec({ host: 'i32' }, KINDS);
  assert.throws(
    () => new LedgerReader(whole, other),
    /was written by another version \(0\.1\.0\), whose events have other fields/,
  );
  const path = join(folder, 'future.arrow');
  const writer = new LedgerWriter(path, CODEC, { ...HEADER, toolVersion: '9.0.0' }, 99);
  writer.close();
  assert.throws(
    () => new LedgerReader(path, CODEC),
    /has format 99, written by kubehop 9\.0\.0; this version reads format 1/,
  );
});

test.run();
