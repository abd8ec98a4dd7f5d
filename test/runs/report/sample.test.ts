/**
 * Samples: exact while small, close when large, the same whole or in parts.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXACT_LIMIT, Sample } from '../../../runs/report/sample.ts';

const test = suite('sample');

function sampleOf(values: readonly number[]): Sample {
  const sample = new Sample();
  for (const value of values) sample.add(value);
  return sample;
}

/** Values over four orders of magnitude, without chance. */
const LARGE = Array.from({ length: EXACT_LIMIT * 3 }, (_, i) => 10 ** (3 + ((i * 7919) % 10_007) / 2_500));

function exactPercentile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!;
}

test('percentile() is exact up to the limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
      (values, quantile) => sampleOf(values).percentile(quantile)!.value === exactPercentile(values, quantile),
    ),
  );
});

test('percentile() of a large sample is off by a thousandth at most', () => {
  const sample = sampleOf(LARGE);
  for (const quantile of [0.001, 0.25, 0.5, 0.9, 0.99, 0.999]) {
    const exact = exactPercentile(LARGE, quantile);
    const { value, interval } = sample.percentile(quantile)!;
    assert.ok(Math.abs(value - exact) <= exact / 1000, `p${quantile}: ${value} for ${exact}`);
    assert.ok(interval.low <= value && value <= interval.high);
  }
  assert.is(sample.max, Math.max(...LARGE.slice(0, 20_000), ...LARGE.slice(20_000)));
  assert.is(sample.count, LARGE.length);
});

test('merge() of parts is the whole', () => {
  for (const cut of [10, EXACT_LIMIT - 1, EXACT_LIMIT + 500, LARGE.length - 3]) {
    const merged = sampleOf(LARGE.slice(0, cut));
    merged.merge(sampleOf(LARGE.slice(cut)));
    const whole = sampleOf(LARGE);
    assert.is(merged.count, whole.count);
    assert.is(merged.min, whole.min);
    assert.is(merged.max, whole.max);
    assert.equal(merged.percentile(0.9), whole.percentile(0.9));
  }
});

test('percentile() of nothing is undefined', () => {
  assert.is(new Sample().percentile(0.5), undefined);
});

test.run();
