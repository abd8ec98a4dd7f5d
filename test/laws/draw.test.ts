/**
 * Draws of neighbours have nothing to do with one another: first draws over subjects that follow one another are spread
 * evenly, alone, in pairs, and from one purpose to the next. Bounds are such that a fair hash fails once in a million runs.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyedDraw } from '../../core/random.ts';

const test = suite('draws are independent');

const CELLS = 256;
const DRAWS = 256_000;

/** Chi-square of counts against an even spread. */
function chiSquare(counts: ArrayLike<number>, draws: number): number {
  const expected = draws / counts.length;
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Wilson and Hilferty: how many standard deviations a chi-square lies off. */
function deviation(chi: number, degrees: number): number {
  const spread = 2 / (9 * degrees);
  return (Math.cbrt(chi / degrees) - (1 - spread)) / Math.sqrt(spread);
}

/** |z| beyond 5 happens to a normal variable 6 times in 10 million. */
function isEven(counts: ArrayLike<number>, draws: number): boolean {
  return Math.abs(deviation(chiSquare(counts, draws), counts.length - 1)) < 5;
}

const top = (draw: number): number => draw >>> 24;
const low = (draw: number): number => draw & 255;
const SEEDS = ['1', '2', '42', 'other'];

for (const seed of SEEDS) {
  const draw = keyedDraw(seed);

  test(`seed ${seed}: first draws over neighbouring subjects are even, in their high and low bits`, () => {
    for (const bits of [top, low]) {
      const counts = new Int32Array(CELLS);
      for (let subject = 1; subject <= DRAWS; subject++) counts[bits(draw(1, subject))]!++;
      assert.ok(isEven(counts, DRAWS), `chi-square ${chiSquare(counts, DRAWS)}`);
    }
  });

  test(`seed ${seed}: a draw tells nothing of its neighbour's, in subject, index and purpose`, () => {
    const next = [
      (subject: number) => draw(1, subject + 1),
      (subject: number) => draw(1, subject, 1),
      (subject: number) => draw(2, subject),
    ];
    for (const [which, neighbour] of next.entries()) {
      const counts = new Int32Array(CELLS);
      for (let subject = 1; subject <= DRAWS; subject++)
        counts[((draw(1, subject) >>> 28) << 4) | (neighbour(subject) >>> 28)]!++;
      assert.ok(isEven(counts, DRAWS), `neighbour ${which}: chi-square ${chiSquare(counts, DRAWS)}`);
    }
  });
}

test('another seed draws otherwise', () => {
  const [a, b] = [keyedDraw('1'), keyedDraw('2')];
  let same = 0;
  for (let subject = 0; subject < 10_000; subject++) if (a(1, subject) === b(1, subject)) same++;
  assert.ok(same <= 1, `${same} of 10,000`);
});

test('the measure itself finds what is not even: a counter, and a generator that repeats its neighbour', () => {
  const counted = new Int32Array(CELLS);
  for (let i = 0; i < DRAWS; i++) counted[(i >>> 10) & 255]!++;
  assert.not(isEven(counted, DRAWS));
  const pairs = new Int32Array(CELLS);
  const draw = keyedDraw('1');
  for (let i = 0; i < DRAWS; i++) pairs[((draw(1, i >> 1) >>> 28) << 4) | (draw(1, (i + 1) >> 1) >>> 28)]!++;
  assert.not(isEven(pairs, DRAWS));
});

test.run();
