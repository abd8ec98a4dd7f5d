/** Events in columns and back. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchColumns, emptyRows, eventCodec, turn } from '../../core/event-kind.ts';
import { digestOf } from '../../core/ledger.ts';

const test = suite('event kinds');

const columns = { a: 'i32', b: 'f64', text: 'text' } as const;
const kinds = {
  Narrow: { kind: 3, fields: { x: 'a' } },
  Wide: { kind: 200, fields: { big: 'b', small: 'a', words: 'text' } },
} as const;

const anyEvent = fc.oneof(
  fc.record({ kind: fc.constant(3), at: fc.nat(), x: fc.integer() }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constant(200), at: fc.nat(), big: fc.maxSafeNat(), small: fc.integer(), words: fc.string() },
    { noNullPrototype: true },
  ),
);

test('read() gives back what write() was given, also from a row that held another kind', () => {
  const codec = eventCodec(columns, kinds);
  const rows = emptyRows(columns, 200);
  const batch = batchColumns(columns, 200);
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 200 }), (events) => {
      for (const [row, event] of events.entries()) codec.write(rows, row, event, 77 + row);
      turn(columns, rows, events.length, batch);
      assert.equal(
        events.map((_, row) => codec.read(batch, row)),
        events,
      );
      assert.is(batch.cause[events.length - 1], 76 + events.length);
    }),
  );
});

test('digestOf() sees every column, and only the rows that count', () => {
  const codec = eventCodec(columns, kinds);
  const rows = emptyRows(columns, 3);
  const batch = batchColumns(columns, 3);
  for (let row = 0; row < 3; row++)
    codec.write(rows, row, { kind: 200, at: row, big: 1, small: 2, words: 'w' } as never, row);
  turn(columns, rows, 3, batch);
  const digest = digestOf(codec, batch, 2, '');
  codec.write(rows, 2, { kind: 3, at: 9, x: 1 } as never, 9);
  turn(columns, rows, 3, batch);
  assert.is(digestOf(codec, batch, 2, ''), digest);
  (batch['text'] as string[])[1] = 'v';
  assert.is.not(digestOf(codec, batch, 2, ''), digest);
});

test('eventCodec() refuses two kinds with one number, and two fields in one column', () => {
  assert.throws(
    () => eventCodec(columns, { A: { kind: 1, fields: {} }, B: { kind: 1, fields: {} } }),
    /Kind 1 is taken by A: B/,
  );
  assert.throws(
    () => eventCodec(columns, { A: { kind: 1, fields: { x: 'a', y: 'a' } } }),
    /Two fields of A in one column/,
  );
});

test.run();
