/** Numbers of pods, and shares of them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scaledValue } from '../../../controllers/object/scaled-value.ts';

const test = suite('scaled-value');

test('scaledValue() takes a number as it is, and rounds a share of the total', () => {
  assert.is(scaledValue(3, 10, Math.ceil), 3);
  assert.is(scaledValue('25%', 10, Math.ceil), 3);
  assert.is(scaledValue('25%', 10, Math.floor), 2);
});

test('scaledValue() rounds up only what is no whole number', () => {
  const share = fc.integer({ min: 0, max: 100 });
  const total = fc.integer({ min: 0, max: 150_000 });
  fc.assert(
    fc.property(share, total, (percent, of) => {
      const exact = BigInt(percent) * BigInt(of);
      assert.is(scaledValue(`${percent}%`, of, Math.ceil), Number((exact + 99n) / 100n));
      assert.is(scaledValue(`${percent}%`, of, Math.floor), Number(exact / 100n));
    }),
  );
  assert.is(scaledValue('7%', 100, Math.ceil), 7);
});

test.run();
