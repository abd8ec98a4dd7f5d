/**
 * Longest-prefix match by binary search: prefixes laid flat into ranges that do not overlap, each with the number that
 * holds in it. An update lays the ranges of its own prefix anew and moves those behind it.
 * @see B. Lampson, V. Srinivasan, G. Varghese, "IP lookups using multiway and multicolumn search", INFOCOM 1998
 */
import type { Family, Prefix } from '../address.ts';
import { grown } from './column.ts';
import type { Fib, FibKind } from './fib.ts';
import { Patricia } from './patricia.ts';
import { maskAt, wordsOf } from './word.ts';

/** Turns an unsigned word into a signed one of the same order, and back. */
const FLIP = 0x80000000 | 0;

export class BinarySearchFib implements Fib {
  readonly #width: 1 | 4;
  readonly #rib: Patricia;
  /** First address of each range, in order: words with `FLIP`. The first range begins at the first address there is. */
  #starts: Int32Array<ArrayBuffer>;
  /** The number that holds in each range; 0: none. */
  #values = new Int32Array(16);
  #ranges = 1;
  /** Ranges that are being laid. */
  #newStarts: Int32Array<ArrayBuffer>;
  #newValues = new Int32Array(16);
  #newRanges = 0;

  /** @param rib holds the prefixes to begin with */
  constructor(family: Family, rib: Patricia = new Patricia(family)) {
    this.#width = wordsOf(family);
    this.#rib = rib;
    this.#starts = new Int32Array(16 * this.#width).fill(FLIP, 0, this.#width);
    this.#newStarts = new Int32Array(16 * this.#width);
    if (rib.size > 0) this.#lay({ family, length: 0, words: [0, 0, 0, 0] });
  }

  get size(): number {
    return this.#rib.size;
  }

  get lookupBytes(): number {
    return this.#starts.byteLength + this.#values.byteLength;
  }

  get updateBytes(): number {
    return this.#rib.lookupBytes + this.#newStarts.byteLength + this.#newValues.byteLength;
  }

  insert(prefix: Prefix, value: number): void {
    this.#rib.insert(prefix, value);
    this.#lay(prefix);
  }

  find(prefix: Prefix): number {
    return this.#rib.find(prefix);
  }

  remove(prefix: Prefix): boolean {
    if (!this.#rib.remove(prefix)) return false;
    this.#lay(prefix);
    return true;
  }

  lookup(word0: number, word1: number, word2: number, word3: number): number {
    if (this.#width === 1) return this.#values[this.#find4(word0 ^ FLIP)]!;
    return this.#values[this.#find6(word0 ^ FLIP, word1 ^ FLIP, word2 ^ FLIP, word3 ^ FLIP)]!;
  }

  /** The last range that begins at or before an address. */
  #find4(word: number): number {
    const starts = this.#starts;
    let low = 0;
    for (let left = this.#ranges; left > 1; ) {
      const half = left >>> 1;
      if (starts[low + half]! <= word) low += half;
      left -= half;
    }
    return low;
  }

  #find6(word0: number, word1: number, word2: number, word3: number): number {
    const starts = this.#starts;
    let low = 0;
    for (let left = this.#ranges; left > 1; ) {
      const half = left >>> 1;
      const at = (low + half) * 4;
      const first = starts[at]!;
      if (first < word0 || (first === word0 && !isBehind(starts, at, word1, word2, word3))) low += half;
      left -= half;
    }
    return low;
  }

  /** Lays the ranges inside of a prefix anew, as the trie has them now. */
  #lay(prefix: Prefix): void {
    const width = this.#width;
    const { length } = prefix;
    const first = prefix.words.map((word) => word ^ FLIP);
    const last = prefix.words.map((word, i) => (word | ~maskAt(length, i)) ^ FLIP);
    const from = width === 1 ? this.#find4(first[0]!) : this.#find6(first[0]!, first[1]!, first[2]!, first[3]!);
    const to = width === 1 ? this.#find4(last[0]!) : this.#find6(last[0]!, last[1]!, last[2]!, last[3]!);
    const behind = this.#values[to]!;
    this.#newRanges = 0;
    // What of the first range lies before the prefix stays.
    const begins = this.#starts.subarray(from * width, (from + 1) * width);
    if (begins.some((word, i) => word !== first[i])) this.#begin(begins, this.#values[from]!);
    this.#sweep(prefix, first);
    if (increment(last)) {
      const next = (to + 1) * width;
      const begun = to + 1 < this.#ranges && last.slice(0, width).every((word, i) => this.#starts[next + i] === word);
      if (!begun) this.#begin(last, behind);
    }
    this.#splice(from, to + 1);
  }

  /** Walks over the prefixes inside of a prefix in order, keeping those that are open. */
  #sweep(prefix: Prefix, first: readonly number[]): void {
    const rib = this.#rib;
    const open: number[] = [rib.covering(prefix, prefix.length)];
    this.#begin(first, rib.valueOf(open[0]!));
    const closeUntil = (node: number): void => {
      while (open.length > 1) {
        const top = open.at(-1)!;
        if (node !== 0 && this.#holds(top, node)) return;
        open.pop();
        const end = [0, 1, 2, 3].map((i) => (rib.wordOf(top, i) | ~maskAt(rib.lengthOf(top), i)) ^ FLIP);
        if (increment(end) && this.#isInside(end, prefix)) this.#begin(end, rib.valueOf(open.at(-1)!));
      }
    };
    rib.within(prefix, (node) => {
      closeUntil(node);
      this.#begin(
        [0, 1, 2, 3].map((i) => rib.wordOf(node, i) ^ FLIP),
        rib.valueOf(node),
      );
      open.push(node);
    });
    closeUntil(0);
  }

  #holds(outer: number, inner: number): boolean {
    const rib = this.#rib;
    const length = rib.lengthOf(outer);
    for (let i = 0; i < this.#width; i++)
      if (((rib.wordOf(outer, i) ^ rib.wordOf(inner, i)) & maskAt(length, i)) !== 0) return false;
    return true;
  }

  #isInside(flipped: readonly number[], { length, words }: Prefix): boolean {
    for (let i = 0; i < this.#width; i++)
      if (((flipped[i]! ^ FLIP ^ words[i]!) & maskAt(length, i)) !== 0) return false;
    return true;
  }

  /** From here on a number holds. What began at the same address never was. */
  #begin(start: ArrayLike<number>, value: number): void {
    const width = this.#width;
    const last = (this.#newRanges - 1) * width;
    let same = this.#newRanges > 0;
    for (let i = 0; same && i < width; i++) same = this.#newStarts[last + i] === start[i];
    if (same) this.#newRanges--;
    if (this.#newRanges > 0 && this.#newValues[this.#newRanges - 1] === value) return;
    this.#newStarts = grown(this.#newStarts, (this.#newRanges + 1) * width);
    this.#newValues = grown(this.#newValues, this.#newRanges + 1);
    for (let i = 0; i < width; i++) this.#newStarts[this.#newRanges * width + i] = start[i]!;
    this.#newValues[this.#newRanges++] = value;
  }

  /** Puts the new ranges in the place of some. */
  #splice(from: number, to: number): void {
    const width = this.#width;
    const ranges = this.#ranges + this.#newRanges - (to - from);
    this.#starts = grown(this.#starts, ranges * width);
    this.#values = grown(this.#values, ranges);
    const behind = from + this.#newRanges;
    this.#starts.copyWithin(behind * width, to * width, this.#ranges * width);
    this.#values.copyWithin(behind, to, this.#ranges);
    this.#starts.set(this.#newStarts.subarray(0, this.#newRanges * width), from * width);
    this.#values.set(this.#newValues.subarray(0, this.#newRanges), from);
    this.#ranges = ranges;
  }
}

/** Whether a range begins behind an address with the same first word. */
function isBehind(starts: Int32Array, at: number, word1: number, word2: number, word3: number): boolean {
  if (starts[at + 1] !== word1) return starts[at + 1]! > word1;
  if (starts[at + 2] !== word2) return starts[at + 2]! > word2;
  return starts[at + 3]! > word3;
}

/** Makes flipped words those of the next address. @returns false where there is none */
function increment(words: number[]): boolean {
  for (let i = words.length - 1; i >= 0; i--) {
    words[i] = (((words[i]! ^ FLIP) + 1) | 0) ^ FLIP;
    if (words[i] !== FLIP) return true;
  }
  return false;
}

export const BINARY_SEARCH: FibKind = {
  name: 'binary search',
  without: {},
  build(family, prefixes, values) {
    const rib = new Patricia(family);
    for (let i = 0; i < prefixes.length; i++) rib.insert(prefixes[i]!, values[i]!);
    return new BinarySearchFib(family, rib);
  },
};
