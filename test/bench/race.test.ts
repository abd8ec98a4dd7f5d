/**
 * What a race tells: medians and ranges over rounds, ratios within a round, and how they are written.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatCount, formatRate, formatRatio } from '../../bench/figure-text.ts';
import { median, paced, type Race, race, resultsOf } from '../../bench/race.ts';
import { raceTable } from '../../bench/table.ts';

const test = suite('race');

test('formatRatio() keeps digits that say something, however far ahead or behind a runner is', () => {
  assert.equal([1, 1.8234, 12.3456, 0.55].map(formatRatio), ['1.00 x', '1.82 x', '12.3 x', '0.550 x']);
  assert.equal([0.0999, 0.02, 1 / 4123].map(formatRatio), ['1/10', '1/50', '1/4,100']);
  assert.is(formatRatio(4123), '4,100 x');
});

test('formatRate() and formatCount() write large and small alike in few digits', () => {
  assert.equal([2_345_678, 4_567, 12, 0.5].map(formatRate), ['2.35 M', '4.6 k', '12.0', '0.5']);
  assert.equal([1_234_567, 1234.5, 12.345_67, null].map(formatCount), ['1,234,567', '1,235', '12.35', '–']);
});

test('median() takes the middle, or the mean of the two in the middle', () => {
  assert.equal([median([3, 1, 2]), median([4, 1, 3, 2])], [2, 2.5]);
});

test('resultsOf() takes ratios within a round: what slows a whole round down moves none of them', () => {
  const runners = [{ name: 'a' }, { name: 'b' }];
  const [a, b] = resultsOf(
    runners,
    [
      [100, 10, 50],
      [200, 20, 150],
    ],
    [3, 4],
  );
  assert.equal([a!.rate, a!.rates, a!.ratio, a!.ratios], [50, { low: 10, high: 100 }, 1, { low: 1, high: 1 }]);
  assert.equal([b!.rate, b!.rates, b!.ratio, b!.ratios], [150, { low: 20, high: 200 }, 2, { low: 2, high: 3 }]);
  assert.equal([b!.name, b!.samples], ['b', 4]);
});

test('race() runs each runner in each round, and hands on what one throws', async () => {
  const done = [0, 0];
  const runner = (i: number) => ({ name: `r${i}`, operations: 10, work: () => void done[i]!++ });
  const found = await race(
    'two',
    'things',
    [runner(0), runner(1)],
    { timeMs: 3, rounds: 3 },
    { of: 'sheep', count: 7 },
  );
  assert.equal([found.title, found.unit, found.size], ['two', 'things', { of: 'sheep', count: 7 }]);
  assert.equal(
    found.results.map(({ name }) => name),
    ['r0', 'r1'],
  );
  for (const { rate, rates, samples } of found.results) {
    assert.ok(rates.low <= rate && rate <= rates.high);
    assert.ok(samples >= 3);
  }
  assert.ok(done[0]! >= 3 && done[1]! >= 3);
  const broken = {
    name: 'broken',
    operations: 1,
    work: () => {
      throw new Error('out of hay');
    },
  };
  try {
    await race('broken', 'things', [broken], { timeMs: 3, rounds: 3 });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'out of hay');
  }
});

test('paced() never does more than it was allowed, and says what it does', () => {
  const asked: number[] = [];
  const runner = paced('small', 100, (operations) => asked.push(operations));
  assert.is(runner.operations, 100);
  runner.work();
  assert.is(asked.at(-1), 100);
  assert.ok(asked.every((operations) => operations <= 100));
  assert.is(paced('tiny', 5, () => {}).operations, 5);
});

test('raceTable() tells no ratio as zero, and both ranges', () => {
  const one = { rate: 4e6, rates: { low: 3e6, high: 5e6 }, ratio: 1, ratios: { low: 1, high: 1 }, samples: 10 };
  const behind = { ...one, name: 'b', rate: 1e3, ratio: 1 / 4000, ratios: { low: 1 / 5000, high: 1 / 3000 } };
  const found: Race = {
    title: 'Agenda',
    unit: 'holds',
    size: { of: 'pending', count: 1000 },
    results: [{ ...one, name: 'a' }, behind],
  };
  const text = raceTable(found);
  assert.match(text, /^Agenda, 1,000 pending$/m);
  assert.match(text, /^ {2}b .*1\.0 k holds\/s .*3\.00 M - 5\.00 M .*1\/4,000 .*1\/5,000 - 1\/3,000 .*10 samples$/m);
});

test.run();
