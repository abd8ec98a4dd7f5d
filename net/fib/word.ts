/**
 * Bits of addresses, which are one int32 word (IPv4) or four.
 */
import type { Family, Prefix } from '../address.ts';

/** Words of an address. */
export function wordsOf(family: Family): 1 | 4 {
  return family === 4 ? 1 : 4;
}

/** Mask of the first `i` bits of a word, for `i` from 0 to 32. */
export const MASKS: Int32Array = Int32Array.from({ length: 33 }, (_, i) => (i === 0 ? 0 : -1 << (32 - i)));

/** The mask of word `index` (0-3) of a prefix `length` bits long. */
export function maskAt(length: number, index: number): number {
  return MASKS[Math.min(32, Math.max(0, length - 32 * index))]!;
}

/** The first bit behind a prefix `length` bits long, of which there is one: 0 or 1. */
export function bitBehind(words: ArrayLike<number>, length: number): number {
  return (words[length >>> 5]! >>> (31 - (length & 31))) & 1;
}

/** The network of `length` bits that holds the first address of a prefix that is at least as long. */
export function shortened({ family, words }: Prefix, length: number): Prefix {
  const [a, b, c, d] = words;
  return {
    family,
    length,
    words: [a & maskAt(length, 0), b & maskAt(length, 1), c & maskAt(length, 2), d & maskAt(length, 3)],
  };
}
