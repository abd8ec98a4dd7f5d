/**
 * Spreads: an even one is likely, an uneven one is not, and who was not ready is not missed.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Spread } from '../../../runs/report/spread.ts';

const test = suite('spread');

function spreadOf(parts: readonly (readonly [ready: string[], counts: Readonly<Record<string, number>>])[]) {
  const spread = new Spread();
  for (const [ready, counts] of parts) {
    for (const [name, count] of Object.entries(counts)) for (let i = 0; i < count; i++) spread.add(ready, name);
  }
  return spread.figure();
}

test('figure() tells an even spread from an uneven one', () => {
  const even = spreadOf([[['a', 'b'], { a: 51, b: 49 }]])!;
  assert.is(even.maxOverMean, 1.02);
  assert.ok(even.p > 0.8);
  const uneven = spreadOf([[['a', 'b'], { a: 90, b: 10 }]])!;
  assert.is(uneven.most, 'a');
  assert.ok(uneven.p < 1e-12);
});

test('figure() judges each request among those that were ready for it', () => {
  const scaled = spreadOf([
    [['a'], { a: 100 }],
    [['a', 'b'], { a: 50, b: 50 }],
  ])!;
  assert.is(scaled.maxOverMean, 1);
  assert.is(scaled.p, 1);
});

test('figure() is undefined where no service was asked', () => {
  assert.is(spreadOf([]), undefined);
  assert.is(spreadOf([[[], { a: 3 }]]), undefined);
});

test.run();
