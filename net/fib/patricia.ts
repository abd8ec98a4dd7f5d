/**
 * Longest-prefix match by a Patricia trie: a binary trie over the address's bits in which nodes with one child are left
 * out, so that no more than twice as many nodes are as prefixes. Nodes lie in one array of integers. Tables that cannot
 * tell from themselves what an update uncovers keep one beside them.
 * @see K. Sklower, "A tree-based packet routing table for Berkeley UNIX", USENIX Winter 1991
 */
import type { Family, Prefix } from '../address.ts';
import { grown } from './column.ts';
import { type Fib, type FibKind, inserted } from './fib.ts';
import { bitBehind, MASKS, maskAt, wordsOf } from './word.ts';

/** Fields of a node: its words follow. A node without a number only parts two ways. */
const LENGTH = 0;
const VALUE = 1;
/** The child for bit 0; that for bit 1 stands behind it. 0: none. */
const CHILD = 2;
const WORD = 4;

export class Patricia implements Fib {
  readonly #family: Family;
  readonly #width: 1 | 4;
  readonly #stride: number;
  /** Nodes, by the place of their first field. There is none at 0. */
  #cells: Int32Array<ArrayBuffer>;
  #end: number;
  #free = 0;
  #root = 0;
  size = 0;

  constructor(family: Family) {
    this.#family = family;
    this.#width = wordsOf(family);
    this.#stride = WORD + this.#width;
    this.#cells = new Int32Array(this.#stride * 8);
    this.#end = this.#stride;
  }

  get lookupBytes(): number {
    return this.#cells.byteLength;
  }

  get updateBytes(): number {
    return 0;
  }

  insert(prefix: Prefix, value: number): void {
    let parent = 0;
    let bit = 0;
    for (;;) {
      const node = parent === 0 ? this.#root : this.#cells[parent + CHILD + bit]!;
      if (node === 0) {
        this.#link(parent, bit, this.#leaf(prefix, prefix.length, value));
        return;
      }
      const length = this.#cells[node + LENGTH]!;
      const common = this.#commonBits(node, prefix);
      if (common === length && common === prefix.length) {
        if (this.#cells[node + VALUE] === 0) this.size++;
        this.#cells[node + VALUE] = value;
        return;
      }
      if (common === length) {
        parent = node;
        bit = bitBehind(prefix.words, length);
        continue;
      }
      const side = bitBehind(this.#wordsAt(node), common);
      let above = this.#leaf(prefix, prefix.length, value);
      if (common < prefix.length) {
        const leaf = above;
        above = this.#leaf(prefix, common, 0);
        this.#link(above, 1 - side, leaf);
      }
      this.#link(above, side, node);
      this.#link(parent, bit, above);
      return;
    }
  }

  find(prefix: Prefix): number {
    const node = this.covering(prefix, prefix.length);
    return this.#cells[node + LENGTH] === prefix.length ? this.#cells[node + VALUE]! : 0;
  }

  remove(prefix: Prefix): boolean {
    let grandparent = 0;
    let parent = 0;
    let node = this.#root;
    while (node !== 0 && this.#cells[node + LENGTH]! < prefix.length) {
      if (this.#commonBits(node, prefix) < this.#cells[node + LENGTH]!) return false;
      grandparent = parent;
      parent = node;
      node = this.#cells[node + CHILD + bitBehind(prefix.words, this.#cells[node + LENGTH]!)]!;
    }
    const cells = this.#cells;
    if (node === 0 || cells[node + LENGTH] !== prefix.length || cells[node + VALUE] === 0) return false;
    if (this.#commonBits(node, prefix) < prefix.length) return false;
    cells[node + VALUE] = 0;
    this.size--;
    this.#tidy(parent, node);
    if (parent !== 0) this.#tidy(grandparent, parent);
    return true;
  }

  lookup(word0: number, word1: number, word2: number, word3: number): number {
    return this.#width === 1 ? this.#lookup4(word0) : this.#lookup6(word0, word1, word2, word3);
  }

  #lookup4(word: number): number {
    const cells = this.#cells;
    let best = 0;
    let node = this.#root;
    while (node !== 0) {
      const length = cells[node + LENGTH]!;
      if (((word ^ cells[node + WORD]!) & MASKS[length]!) !== 0) break;
      const value = cells[node + VALUE]!;
      if (value !== 0) best = value;
      if (length === 32) break;
      node = cells[node + CHILD + ((word >>> (31 - length)) & 1)]!;
    }
    return best;
  }

  #lookup6(word0: number, word1: number, word2: number, word3: number): number {
    const cells = this.#cells;
    let best = 0;
    let node = this.#root;
    while (node !== 0) {
      const length = cells[node + LENGTH]!;
      // Nodes are longer from one to the next: what lies before the last word was looked at, but skipped bits may differ.
      if (((word0 ^ cells[node + WORD]!) & MASKS[Math.min(32, length)]!) !== 0) break;
      if (length > 32) {
        if (((word1 ^ cells[node + WORD + 1]!) & MASKS[Math.min(32, length - 32)]!) !== 0) break;
        if (length > 64) {
          if (((word2 ^ cells[node + WORD + 2]!) & MASKS[Math.min(32, length - 64)]!) !== 0) break;
          if (length > 96 && ((word3 ^ cells[node + WORD + 3]!) & MASKS[length - 96]!) !== 0) break;
        }
      }
      const value = cells[node + VALUE]!;
      if (value !== 0) best = value;
      if (length === 128) break;
      const word = length < 64 ? (length < 32 ? word0 : word1) : length < 96 ? word2 : word3;
      node = cells[node + CHILD + ((word >>> (31 - (length & 31))) & 1)]!;
    }
    return best;
  }

  /** The node of the longest prefix of at most `longest` bits that holds all of a prefix, or 0. */
  covering(prefix: Prefix, longest: number): number {
    const cells = this.#cells;
    let best = 0;
    let node = this.#root;
    while (node !== 0) {
      const length = cells[node + LENGTH]!;
      if (length > longest || length > prefix.length || this.#commonBits(node, prefix) < length) break;
      if (cells[node + VALUE] !== 0) best = node;
      if (length === prefix.length) break;
      node = cells[node + CHILD + bitBehind(prefix.words, length)]!;
    }
    return best;
  }

  /** Calls `visit` with the node of each prefix inside of a prefix, itself included: by address, the shortest first. */
  within(prefix: Prefix, visit: (node: number) => void): void {
    const cells = this.#cells;
    let node = this.#root;
    while (node !== 0 && cells[node + LENGTH]! < prefix.length) {
      node = cells[node + CHILD + bitBehind(prefix.words, cells[node + LENGTH]!)]!;
    }
    if (node === 0 || this.#commonBits(node, prefix) < prefix.length) return;
    this.#each(node, visit);
  }

  /** Length, number and words of a node; 0 of the node 0. */
  lengthOf(node: number): number {
    return this.#cells[node + LENGTH]!;
  }

  valueOf(node: number): number {
    return this.#cells[node + VALUE]!;
  }

  wordOf(node: number, index: number): number {
    return index < this.#width ? this.#cells[node + WORD + index]! : 0;
  }

  prefixOf(node: number): Prefix {
    const words = [0, 1, 2, 3].map((i) => this.wordOf(node, i)) as [number, number, number, number];
    return { family: this.#family, length: this.lengthOf(node), words };
  }

  #each(node: number, visit: (node: number) => void): void {
    if (this.#cells[node + VALUE] !== 0) visit(node);
    for (let bit = 0; bit < 2; bit++) {
      const child = this.#cells[node + CHILD + bit]!;
      if (child !== 0) this.#each(child, visit);
    }
  }

  #wordsAt(node: number): Int32Array {
    return this.#cells.subarray(node + WORD, node + this.#stride);
  }

  /** How many bits a node and a prefix have in common, at most the length of the shorter. */
  #commonBits(node: number, { length, words }: Prefix): number {
    const most = Math.min(length, this.#cells[node + LENGTH]!);
    for (let i = 0; i * 32 < most; i++) {
      const differing = this.#cells[node + WORD + i]! ^ words[i]!;
      if (differing !== 0) return Math.min(most, i * 32 + Math.clz32(differing));
    }
    return most;
  }

  /** A new node without children. */
  #leaf({ words }: Prefix, length: number, value: number): number {
    let node = this.#free;
    if (node !== 0) this.#free = this.#cells[node + CHILD]!;
    else {
      node = this.#end;
      this.#end += this.#stride;
      this.#cells = grown(this.#cells, this.#end);
    }
    const cells = this.#cells;
    cells[node + LENGTH] = length;
    cells[node + VALUE] = value;
    cells[node + CHILD] = 0;
    cells[node + CHILD + 1] = 0;
    for (let i = 0; i < this.#width; i++) cells[node + WORD + i] = words[i]! & maskAt(length, i);
    if (value !== 0) this.size++;
    return node;
  }

  #link(parent: number, bit: number, child: number): void {
    if (parent === 0) this.#root = child;
    else this.#cells[parent + CHILD + bit] = child;
  }

  /** Takes a node out that has no number and does not part two ways. */
  #tidy(parent: number, node: number): void {
    const cells = this.#cells;
    const [zero, one] = [cells[node + CHILD]!, cells[node + CHILD + 1]!];
    if (cells[node + VALUE] !== 0 || (zero !== 0 && one !== 0)) return;
    const bit = parent !== 0 && cells[parent + CHILD + 1] === node ? 1 : 0;
    this.#link(parent, bit, zero === 0 ? one : zero);
    cells[node + CHILD] = this.#free;
    this.#free = node;
  }
}

export const PATRICIA: FibKind = {
  name: 'Patricia',
  without: {},
  build: (family, prefixes, values) => inserted(new Patricia(family), prefixes, values),
};
