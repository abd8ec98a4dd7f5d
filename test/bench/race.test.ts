/**
 * How a race's ratios are told.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatRace, formatRatio } from '../../bench/race.ts';

const test = suite('race');

test('formatRatio() keeps digits that say something, however far behind a runner is', () => {
  assert.equal([1, 1.8234, 12.3456, 0.55].map(formatRatio), ['1.00 x', '1.82 x', '12.3 x', '0.550 x']);
  assert.equal([0.0999, 0.02, 1 / 4123].map(formatRatio), ['1/10', '1/50', '1/4,100']);
});

test('formatRace() tells no ratio as zero', () => {
  const one = { rate: 4e6, marginPercent: 1, samples: 10 };
  const text = formatRace({
    title: 'Agenda',
    unit: 'holds',
    results: [
      { name: 'a', ...one, ratio: 1 },
      { name: 'b', ...one, rate: 1e3, ratio: 1 / 4000 },
    ],
  });
  assert.match(text, /^ {2}b .* 1\/4,000 {2}\(10 samples\)$/m);
});

test.run();
