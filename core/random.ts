/**
 * The one place that draws. seedrandom turns the seed's text into a key, once; a draw is a hash of (key, purpose,
 * subject, index), not the next of a stream, so a feature that draws more shifts nobody else's luck and two runs that
 * differ in one setting still meet the same arrivals.
 */
import seedrandom from 'seedrandom';
import type { Draw } from './decider.ts';

/** @param seed any text; equal texts give equal draws on every machine */
export function keyedDraw(seed: string): Draw {
  // Its key is read round and round, so that `1`, `11` and `111` would be one: the length before them sets them apart.
  const source = seedrandom(`${seed.length}:${seed}`);
  const k0 = source.int32();
  const k1 = source.int32();
  const k2 = source.int32();
  return (purpose, subject, index = 0) => {
    // Three absorb-and-mix rounds with a finaliser after each word: neighbours in any argument come out unrelated,
    // which freshly seeded xor generators fail at.
    let h = mix((k0 ^ purpose) | 0);
    h = mix((h + Math.imul(k1 ^ subject, 0x9e3779b1)) | 0);
    h = mix((h ^ (subject / 0x100000000)) | 0);
    h = mix((h + Math.imul(k2 ^ index, 0x85ebca77)) | 0);
    return mix((h ^ k1) | 0) >>> 0;
  };
}

/** murmur3's 32-bit finaliser: full avalanche. @see https://github.com/aappleby/smhasher */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A draw as a fraction in [0, 1). */
export function fraction(draw: number): number {
  return draw / 0x100000000;
}
