/**
 * Longest-prefix match by DIR-24-8: a table of 2^24 entries that the first 24 bits lead into, and groups of 256 for the
 * last 8 bits where prefixes are longer. One look, at most two, for 64 MiB. Each entry knows the length of the prefix
 * that it is from, so an update touches none but its own.
 * @see P. Gupta, S. Lin, N. McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM 1998
 */
import type { Prefix } from '../address.ts';
import { grown } from './column.ts';
import { type Fib, type FibKind, inserted } from './fib.ts';
import { Patricia } from './patricia.ts';

/** An entry: its number, or that of its group, in 24 bits; then the prefix's length; then whether it is a group. */
const VALUE_MASK = 0xffffff;
const LENGTH_SHIFT = 24;
const LENGTH_MASK = 0x3f;
const GROUP = 1 << 30;
const GROUP_SIZE = 256;

export class Dir248 implements Fib {
  readonly #rib = new Patricia(4);
  readonly #first = new Int32Array(1 << 24);
  #groups = new Int32Array(GROUP_SIZE * 16);
  #groupCount = 0;
  readonly #freeGroups: number[] = [];

  get size(): number {
    return this.#rib.size;
  }

  get lookupBytes(): number {
    return this.#first.byteLength + this.#groups.byteLength;
  }

  get updateBytes(): number {
    return this.#rib.lookupBytes;
  }

  insert(prefix: Prefix, value: number): void {
    this.#rib.insert(prefix, value);
    const { length } = prefix;
    this.#replace(prefix, 0, (length << LENGTH_SHIFT) | value);
  }

  find(prefix: Prefix): number {
    return this.#rib.find(prefix);
  }

  remove(prefix: Prefix): boolean {
    if (!this.#rib.remove(prefix)) return false;
    const { length } = prefix;
    const cover = this.#rib.covering(prefix, length);
    const entry = (this.#rib.lengthOf(cover) << LENGTH_SHIFT) | this.#rib.valueOf(cover);
    this.#replace(prefix, length, entry);
    if (length > 24) this.#fold(prefix.words[0] >>> 8);
    return true;
  }

  lookup(word: number): number {
    const entry = this.#first[word >>> 8]!;
    if ((entry & GROUP) === 0) return entry & VALUE_MASK;
    return this.#groups[((entry & VALUE_MASK) << 8) | (word & 255)]! & VALUE_MASK;
  }

  /** Puts an entry wherever a prefix reaches and what stands there is from `shortest` to its own length. */
  #replace({ length, words: [word] }: Prefix, shortest: number, entry: number): void {
    const place = word >>> 8;
    if (length > 24) {
      const start = this.#groupAt(place) + (word & 255);
      replaceIn(this.#groups, start, start + (1 << (32 - length)), shortest, length, entry);
      return;
    }
    const first = this.#first;
    const end = place + (1 << (24 - length));
    for (let at = place; at < end; at++) {
      const old = first[at]!;
      if ((old & GROUP) !== 0) {
        const start = (old & VALUE_MASK) * GROUP_SIZE;
        replaceIn(this.#groups, start, start + GROUP_SIZE, shortest, length, entry);
      } else if (lengthOf(old) >= shortest && lengthOf(old) <= length) first[at] = entry;
    }
  }

  /** The first place of the group of a first entry, which is made if it is missing. */
  #groupAt(place: number): number {
    const entry = this.#first[place]!;
    if ((entry & GROUP) !== 0) return (entry & VALUE_MASK) * GROUP_SIZE;
    const group = this.#freeGroups.pop() ?? this.#groupCount++;
    const start = group * GROUP_SIZE;
    this.#groups = grown(this.#groups, start + GROUP_SIZE);
    this.#groups.fill(entry, start, start + GROUP_SIZE);
    this.#first[place] = GROUP | group;
    return start;
  }

  /** Gives a group up that no prefix longer than 24 bits needs any more. */
  #fold(place: number): void {
    const group = this.#first[place]! & VALUE_MASK;
    const start = group * GROUP_SIZE;
    for (let at = start; at < start + GROUP_SIZE; at++) if (lengthOf(this.#groups[at]!) > 24) return;
    this.#first[place] = this.#groups[start]!;
    this.#freeGroups.push(group);
  }
}

function replaceIn(
  entries: Int32Array,
  from: number,
  to: number,
  shortest: number,
  longest: number,
  entry: number,
): void {
  for (let at = from; at < to; at++) {
    const length = lengthOf(entries[at]!);
    if (length >= shortest && length <= longest) entries[at] = entry;
  }
}

function lengthOf(entry: number): number {
  return (entry >> LENGTH_SHIFT) & LENGTH_MASK;
}

export const DIR_24_8: FibKind = {
  name: 'DIR-24-8',
  without: { 6: 'a table for the first 24 of 128 bits leaves most prefixes behind it: that is another structure' },
  build(family, prefixes, values) {
    if (family !== 4) throw new RangeError(DIR_24_8.without[6]);
    return inserted(new Dir248(), prefixes, values);
  },
};
