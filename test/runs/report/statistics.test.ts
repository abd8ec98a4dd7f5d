/**
 * Intervals and probabilities against values of published tables.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chiSquareTail, quantileRanks, wilsonInterval } from '../../../runs/report/statistics.ts';

const test = suite('statistics');

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

test("wilsonInterval() gives the published interval, and doesn't leave 0 to 1", () => {
  const { low, high } = wilsonInterval(5, 10);
  near(low, 0.2366, 1e-4);
  near(high, 0.7634, 1e-4);
  assert.is(wilsonInterval(0, 10).low, 0);
  near(wilsonInterval(0, 10).high, 0.2775, 1e-4);
  assert.is(wilsonInterval(10, 10).high, 1);
});

test('wilsonInterval() always holds the share itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
      const count = Math.round(total * share);
      const { low, high } = wilsonInterval(count, total);
      return low <= count / total && count / total <= high && low >= 0 && high <= 1;
    }),
  );
});

test('chiSquareTail() agrees with the table of critical values', () => {
  // Degrees of freedom, value, probability of at least that.
  const table: readonly (readonly [number, number, number])[] = [
    [1, 3.841, 0.05],
    [1, 10.828, 0.001],
    [2, 5.991, 0.05],
    [4, 13.277, 0.01],
    [10, 18.307, 0.05],
    [30, 43.773, 0.05],
    [100, 124.342, 0.05],
    [100, 77.929, 0.95],
  ];
  for (const [degrees, value, p] of table) near(chiSquareTail(value, degrees), p, p * 2e-3);
  assert.is(chiSquareTail(0, 3), 1);
  assert.ok(chiSquareTail(1e4, 3) < 1e-300);
});

test('quantileRanks() are those of the published tables, and open where a sample is too small for an end', () => {
  // The median of 10 lies between the 2nd and the 9th value with 97.9 %, of 100 between the 40th and the 61st with 96.5 %.
  assert.equal(quantileRanks(0.5, 10), { low: 1, high: 8 });
  assert.equal(quantileRanks(0.5, 100), { low: 39, high: 60 });
  assert.equal(quantileRanks(0.5, 5), { low: -1, high: Number.POSITIVE_INFINITY });
  assert.equal(quantileRanks(0.99, 10), { low: 8, high: Number.POSITIVE_INFINITY });
  assert.is(quantileRanks(0.99, 367).high, Number.POSITIVE_INFINITY);
  assert.is(quantileRanks(0.99, 368).high, 367);
});

test('quantileRanks() hold the quantile in at least 95 of 100 samples, also where the normal distribution takes over', () => {
  for (const [quantile, total] of [
    [0.5, 30],
    [0.9, 200],
    [0.99, 1000],
    [0.5, 4000],
  ] as const) {
    const { low, high } = quantileRanks(quantile, total);
    let held = 0;
    const rounds = 2000;
    let state = 12345;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let round = 0; round < rounds; round++) {
      let below = 0;
      for (let i = 0; i < total; i++) if (next() < quantile) below++;
      // The quantile lies above the value of rank `low` where more than so many are below it, and so on.
      if (below > low && below <= high) held++;
    }
    assert.ok(held / rounds > 0.94, `p${quantile * 100} of ${total}: ${held / rounds}`);
  }
});

test.run();
