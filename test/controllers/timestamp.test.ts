/** Instants in the API's notation, against the platform's own calendar. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatTimestamp, parseTimestamp, timestampAt } from '../../controllers/timestamp.ts';

const test = suite('timestamp');

test('formatTimestamp() agrees with Date from year 0 to 9999', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
      assert.is(formatTimestamp(seconds), `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test('parseTimestamp() is the inverse', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
      assert.is(parseTimestamp(formatTimestamp(seconds)), seconds);
    }),
    { numRuns: 2_000, seed: 1 },
  );
  assert.is(parseTimestamp('yesterday'), undefined);
});

test('timestampAt() cuts to whole seconds', () => {
  assert.is(timestampAt(1_704_067_200, 1_999_999_999), '2024-01-01T00:00:01Z');
});

test.run();
