/**
 * Longest-prefix match by looking at one prefix after the other, the longest first: the first that fits is the longest.
 * The plainest way, and the one that the others are held against.
 */
import type { Family, Prefix } from '../address.ts';
import { grown } from './column.ts';
import type { Fib, FibKind } from './fib.ts';
import { HashPerLength } from './hash-per-length.ts';
import { maskAt, wordsOf } from './word.ts';

export class LinearFib implements Fib {
  readonly #width: 1 | 4;
  /** By place: the words of a prefix and of its mask, its length and its number. */
  #words = new Int32Array(32);
  #masks = new Int32Array(32);
  #lengths = new Int32Array(8);
  #values = new Int32Array(8);
  size = 0;

  constructor(family: Family) {
    this.#width = wordsOf(family);
  }

  get lookupBytes(): number {
    return this.#words.byteLength + this.#masks.byteLength + this.#values.byteLength;
  }

  get updateBytes(): number {
    return this.#lengths.byteLength;
  }

  insert(prefix: Prefix, value: number): void {
    const at = this.#place(prefix);
    if (this.#isAt(at, prefix)) this.#values[at] = value;
    else this.#put(at, prefix, value);
  }

  /** Puts in a prefix that is not there and than which none is shorter: no place is looked for. */
  append(prefix: Prefix, value: number): void {
    this.#put(this.size, prefix, value);
  }

  find(prefix: Prefix): number {
    const at = this.#place(prefix);
    return this.#isAt(at, prefix) ? this.#values[at]! : 0;
  }

  remove(prefix: Prefix): boolean {
    const at = this.#place(prefix);
    if (!this.#isAt(at, prefix)) return false;
    this.#shift(at + 1, at);
    this.size--;
    return true;
  }

  lookup(word0: number, word1: number, word2: number, word3: number): number {
    return this.#width === 1 ? this.#lookup4(word0) : this.#lookup6(word0, word1, word2, word3);
  }

  #lookup4(word: number): number {
    const { size } = this;
    const words = this.#words;
    const masks = this.#masks;
    for (let at = 0; at < size; at++) if ((word & masks[at]!) === words[at]) return this.#values[at]!;
    return 0;
  }

  #lookup6(word0: number, word1: number, word2: number, word3: number): number {
    const end = this.size * 4;
    const words = this.#words;
    const masks = this.#masks;
    for (let at = 0; at < end; at += 4) {
      if (
        (word0 & masks[at]!) === words[at] &&
        (word1 & masks[at + 1]!) === words[at + 1] &&
        (word2 & masks[at + 2]!) === words[at + 2] &&
        (word3 & masks[at + 3]!) === words[at + 3]
      )
        return this.#values[at >> 2]!;
    }
    return 0;
  }

  /** Where a prefix is, or is to be put: before the first that is shorter. */
  #place(prefix: Prefix): number {
    let at = 0;
    while (at < this.size && this.#lengths[at]! >= prefix.length && !this.#isAt(at, prefix)) at++;
    return at;
  }

  #put(at: number, prefix: Prefix, value: number): void {
    const width = this.#width;
    this.#words = grown(this.#words, (this.size + 1) * width);
    this.#masks = grown(this.#masks, (this.size + 1) * width);
    this.#lengths = grown(this.#lengths, this.size + 1);
    this.#values = grown(this.#values, this.size + 1);
    this.#shift(at, at + 1);
    for (let i = 0; i < width; i++) {
      this.#words[at * width + i] = prefix.words[i]!;
      this.#masks[at * width + i] = maskAt(prefix.length, i);
    }
    this.#lengths[at] = prefix.length;
    this.#values[at] = value;
    this.size++;
  }

  #isAt(at: number, { length, words }: Prefix): boolean {
    if (at >= this.size || this.#lengths[at] !== length) return false;
    for (let i = 0; i < this.#width; i++) if (this.#words[at * this.#width + i] !== words[i]) return false;
    return true;
  }

  #shift(from: number, to: number): void {
    const width = this.#width;
    this.#words.copyWithin(to * width, from * width, this.size * width);
    this.#masks.copyWithin(to * width, from * width, this.size * width);
    this.#lengths.copyWithin(to, from, this.size);
    this.#values.copyWithin(to, from, this.size);
  }
}

export const LINEAR: FibKind = {
  name: 'linear',
  without: {},
  build(family, prefixes, values) {
    const known = new HashPerLength(family);
    prefixes.forEach((prefix, i) => {
      known.insert(prefix, i + 1);
    });
    // What stands there twice has the number that it was given last.
    const order = prefixes.flatMap((prefix, i) => (known.find(prefix) === i + 1 ? [i] : []));
    order.sort((a, b) => prefixes[b]!.length - prefixes[a]!.length);
    const fib = new LinearFib(family);
    for (const i of order) fib.append(prefixes[i]!, values[i]!);
    return fib;
  },
};
