/**
 * Longest-prefix match by a hash for each prefix length, longest first. All lengths share one table with open
 * addressing, the length being part of the key, so that the few routes of a pod take no more than two small arrays.
 * @see M. Waldvogel et al., "Scalable high speed IP routing lookups", SIGCOMM 1997, whose plain form this is
 */
import type { Family, Prefix } from '../address.ts';
import { type Fib, type FibKind, inserted } from './fib.ts';
import { maskAt, wordsOf } from './word.ts';

const FEWEST_SLOTS = 8;

export class HashPerLength implements Fib {
  readonly #width: 1 | 4;
  /** By slot: number and length of a prefix, then its words. Number 0: free. */
  #slots: Int32Array;
  /** Slots less one. */
  #last = FEWEST_SLOTS - 1;
  /** Lengths in use, longest first, and how many prefixes have each. */
  #lengths: number[] = [];
  #counts: number[] = [];
  size = 0;

  constructor(family: Family) {
    this.#width = wordsOf(family);
    this.#slots = new Int32Array(FEWEST_SLOTS * (2 + this.#width));
  }

  get lookupBytes(): number {
    return this.#slots.byteLength;
  }

  get updateBytes(): number {
    return 0;
  }

  insert({ length, words }: Prefix, value: number): void {
    if (4 * (this.size + 1) > 3 * (this.#last + 1)) this.#widen();
    const [word0, word1, word2, word3] = words;
    const at = this.#find(length, word0, word1, word2, word3);
    if (this.#slots[at] === 0) {
      this.size++;
      const known = this.#lengths.indexOf(length);
      if (known >= 0) this.#counts[known]!++;
      else {
        const shorter = this.#lengths.findIndex((other) => other < length);
        const place = shorter < 0 ? this.#lengths.length : shorter;
        this.#lengths.splice(place, 0, length);
        this.#counts.splice(place, 0, 1);
      }
    }
    this.#put(at, length, words, value);
  }

  find({ length, words: [word0, word1, word2, word3] }: Prefix): number {
    return this.#slots[this.#find(length, word0, word1, word2, word3)]!;
  }

  remove({ length, words: [word0, word1, word2, word3] }: Prefix): boolean {
    let at = this.#find(length, word0, word1, word2, word3);
    const slots = this.#slots;
    if (slots[at] === 0) return false;
    this.size--;
    const known = this.#lengths.indexOf(length);
    if (--this.#counts[known]! === 0) {
      this.#lengths.splice(known, 1);
      this.#counts.splice(known, 1);
    }
    // Those behind move up, unless they stand where they belong: no mark of what was there is left to pass over.
    const stride = 2 + this.#width;
    const end = slots.length;
    for (let next = (at + stride) % end; slots[next] !== 0; next = (next + stride) % end) {
      const home = this.#homeOf(next);
      const between = at <= next ? home > at && home <= next : home > at || home <= next;
      if (between) continue;
      slots.copyWithin(at, next, next + stride);
      at = next;
    }
    slots.fill(0, at, at + stride);
    return true;
  }

  lookup(word0: number, word1: number, word2: number, word3: number): number {
    return this.#width === 1 ? this.#lookup4(word0) : this.#lookup6(word0, word1, word2, word3);
  }

  #lookup4(word: number): number {
    const lengths = this.#lengths;
    const slots = this.#slots;
    const last = this.#last;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!;
      const key = length === 0 ? 0 : word & (-1 << (32 - length));
      for (let slot = hash4(length, key) & last; ; slot = (slot + 1) & last) {
        const value = slots[3 * slot]!;
        if (value === 0) break;
        if (slots[3 * slot + 2] === key && slots[3 * slot + 1] === length) return value;
      }
    }
    return 0;
  }

  #lookup6(word0: number, word1: number, word2: number, word3: number): number {
    const lengths = this.#lengths;
    for (let i = 0; i < lengths.length; i++) {
      const length = lengths[i]!;
      const at = this.#find(
        length,
        word0 & maskAt(length, 0),
        word1 & maskAt(length, 1),
        word2 & maskAt(length, 2),
        word3 & maskAt(length, 3),
      );
      if (this.#slots[at] !== 0) return this.#slots[at]!;
    }
    return 0;
  }

  /** Where a prefix is, or would be put. */
  #find(length: number, word0: number, word1: number, word2: number, word3: number): number {
    const slots = this.#slots;
    const last = this.#last;
    const width = this.#width;
    const hash = width === 1 ? hash4(length, word0) : hash6(length, word0, word1, word2, word3);
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const at = slot * (2 + width);
      if (slots[at] === 0) return at;
      if (slots[at + 1] !== length || slots[at + 2] !== word0) continue;
      if (width === 1 || (slots[at + 3] === word1 && slots[at + 4] === word2 && slots[at + 5] === word3)) return at;
    }
  }

  /** Where what stands at `at` would stand, were nobody before it. */
  #homeOf(at: number): number {
    const s = this.#slots;
    const width = this.#width;
    const hash =
      width === 1 ? hash4(s[at + 1]!, s[at + 2]!) : hash6(s[at + 1]!, s[at + 2]!, s[at + 3]!, s[at + 4]!, s[at + 5]!);
    return (hash & this.#last) * (2 + width);
  }

  #put(at: number, length: number, words: ArrayLike<number>, value: number): void {
    this.#slots[at] = value;
    this.#slots[at + 1] = length;
    for (let i = 0; i < this.#width; i++) this.#slots[at + 2 + i] = words[i]!;
  }

  #widen(): void {
    const before = this.#slots;
    const stride = 2 + this.#width;
    this.#slots = new Int32Array(before.length * 2);
    this.#last = this.#last * 2 + 1;
    for (let from = 0; from < before.length; from += stride) {
      if (before[from] === 0) continue;
      const words = before.subarray(from + 2, from + stride);
      const at = this.#find(before[from + 1]!, words[0]!, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);
      this.#put(at, before[from + 1]!, words, before[from]!);
    }
  }
}

function hash4(length: number, word: number): number {
  const h = Math.imul(word ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
}

function hash6(length: number, word0: number, word1: number, word2: number, word3: number): number {
  const a = Math.imul(word0 ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b);
  const b = Math.imul(word1 ^ (a >>> 15) ^ a, 0xc2b2ae35);
  if ((word2 | word3) === 0) return b ^ (b >>> 15);
  const c = Math.imul(word2 ^ (b >>> 13) ^ b, 0x27d4eb2f);
  const d = Math.imul(word3 ^ (c >>> 15) ^ c, 0x165667b1);
  return d ^ (d >>> 15);
}

export const HASH_PER_LENGTH: FibKind = {
  name: 'hash per length',
  without: {},
  build: (family, prefixes, values) => inserted(new HashPerLength(family), prefixes, values),
};
