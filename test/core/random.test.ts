/** Draws: equal keys give equal numbers, and neighbours are strangers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fraction, keyedDraw } from '../../core/random.ts';

const test = suite('random');

/** Chi-square of counts against equal shares. */
function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

/** 255 degrees of freedom: mean 255, deviation sqrt(510); five deviations are passed by chance once in three million. */
const MOST = 255 + 5 * Math.sqrt(510);

const NEIGHBOURS = {
  subjects: (draw: ReturnType<typeof keyedDraw>, i: number) => draw(1, i),
  indexes: (draw: ReturnType<typeof keyedDraw>, i: number) => draw(1, 7, i),
  'subjects beyond 32 bits': (draw: ReturnType<typeof keyedDraw>, i: number) => draw(1, 2 ** 40 + i),
};

for (const [what, pick] of Object.entries(NEIGHBOURS)) {
  test(`keyedDraw() spreads the first draws of neighbouring ${what} evenly, in each byte`, () => {
    const draw = keyedDraw('spread');
    for (let shift = 0; shift < 32; shift += 8) {
      const counts = new Array<number>(256).fill(0);
      for (let i = 0; i < 65_536; i++) counts[(pick(draw, i) >>> shift) & 255]!++;
      assert.ok(chiSquare(counts) < MOST, `byte at ${shift}: ${chiSquare(counts)}`);
    }
  });

  test(`keyedDraw() gives neighbouring ${what} numbers that have nothing to do with each other`, () => {
    const draw = keyedDraw('pairs');
    const counts = new Array<number>(256).fill(0);
    for (let i = 0; i < 65_536; i++) counts[((pick(draw, i) >>> 28) << 4) | (pick(draw, i + 1) >>> 28)]!++;
    assert.ok(chiSquare(counts) < MOST, `pairs: ${chiSquare(counts)}`);
  });
}

test('keyedDraw() gives neighbouring seeds and purposes different luck', () => {
  const counts = new Array<number>(256).fill(0);
  for (let i = 0; i < 8_192; i++) counts[keyedDraw(`seed ${i}`)(1, 1) >>> 24]!++;
  assert.ok(chiSquare(counts) < MOST, `seeds: ${chiSquare(counts)}`);
  const draw = keyedDraw('purposes');
  const same = Array.from({ length: 4_096 }, (_, i) => draw(i, 5)).filter(
    (value, i) => value === draw(i + 1, 5),
  ).length;
  assert.is(same, 0);
});

test('keyedDraw() tells a seed from its repetitions', () => {
  const first = ['1', '11', '111', '42', '4242', '424242', 'ab', 'abab'].map((seed) => keyedDraw(seed)(1, 2, 3));
  assert.is(new Set(first).size, first.length);
});

test('keyedDraw() depends on its three words and the seed alone', () => {
  const [a, b] = [keyedDraw('42'), keyedDraw('42')];
  b(9, 9, 9);
  assert.equal([a(1, 2, 3), a(1, 2, 3)], [b(1, 2, 3), a(1, 2, 3)]);
  assert.is.not(a(1, 2, 3), keyedDraw('43')(1, 2, 3));
});

test('fraction() lies in [0, 1)', () => {
  assert.is(fraction(0), 0);
  assert.ok(fraction(0xffffffff) < 1);
});

test.run();
