/** Durations as Go writes them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatDuration, HOUR, parseDuration, SECOND } from '../../core/time.ts';
import { DAY_TEXTS } from './time-cases.ts';

const test = suite('time');

test('parseDuration() reads units and their sums', () => {
  for (const [text, ns] of DAY_TEXTS) assert.is(parseDuration(text), ns, text);
});

test('parseDuration() refuses what is no duration', () => {
  for (const text of ['', '5', 's', '1h 2m', '1x', '--1s', '1.s']) assert.is(parseDuration(text), undefined, text);
});

test('formatDuration() is read back as the same number of nanoseconds', () => {
  for (const ns of [0, 1, 999, 1_000, 250_000, 1_500_000, SECOND, 12_000_034_000, 3 * HOUR])
    assert.is(parseDuration(formatDuration(ns)), ns, String(ns));
});

test.run();
