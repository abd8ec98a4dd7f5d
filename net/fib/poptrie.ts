/**
 * Longest-prefix match by poptrie: a table for the first 18 bits, then nodes for 6 bits each. A node is two vectors of
 * 64 bits: which of its ways lead on, and where among the others a run of equal numbers begins; counting bits tells the
 * place. An update builds anew what hangs on the deepest node that it is inside of, from a trie kept beside.
 * @see H. Asai, Y. Ohara, "Poptrie: a compressed trie with population count for fast and scalable software IP routing
 *   table lookup", SIGCOMM 2015
 */
import type { Family, Prefix } from '../address.ts';
import { Blocks } from './blocks.ts';
import type { Fib, FibKind } from './fib.ts';
import { Patricia } from './patricia.ts';
import { shortened, wordsOf } from './word.ts';

const DIRECT_BITS = 18;
const STEP_BITS = 6;
const WAYS = 64;
/** A node's eight integers, each with one for either half of the ways. */
const NODE = 8;
const VECTOR = 0;
const RUNS = 2;
/** Place before the first number, and before the first child, of a half. */
const LEAVES = 4;
const CHILDREN = 6;

export class Poptrie implements Fib {
  readonly #family: Family;
  readonly #rib: Patricia;
  /** By the first 18 bits: a number, or the complement of a node's place. */
  readonly #direct = new Int32Array(1 << DIRECT_BITS);
  readonly #nodes = new Blocks();
  readonly #leaves = new Blocks();
  /** Prefixes that a node is being built from, by address, the shortest first. */
  #found: number[] = [];
  /** For each depth, what holds in each of the 64 ways. */
  readonly #painted: Int32Array[] = [];
  /** An IPv6 address on its way, with a word of zeros behind. */
  readonly #words = new Int32Array(5);

  /** @param rib holds the prefixes to begin with */
  constructor(family: Family, rib: Patricia = new Patricia(family)) {
    this.#family = family;
    this.#rib = rib;
    if (rib.size > 0) this.#lay({ family, length: 0, words: [0, 0, 0, 0] });
  }

  get size(): number {
    return this.#rib.size;
  }

  get lookupBytes(): number {
    return this.#direct.byteLength + this.#nodes.cells.byteLength + this.#leaves.cells.byteLength;
  }

  get updateBytes(): number {
    return this.#rib.lookupBytes;
  }

  insert(prefix: Prefix, value: number): void {
    this.#rib.insert(prefix, value);
    this.#layUnder(prefix);
  }

  find(prefix: Prefix): number {
    return this.#rib.find(prefix);
  }

  remove(prefix: Prefix): boolean {
    if (!this.#rib.remove(prefix)) return false;
    this.#layUnder(prefix);
    return true;
  }

  lookup(word0: number, word1: number, word2: number, word3: number): number {
    return wordsOf(this.#family) === 1 ? this.#lookup4(word0) : this.#lookup6(word0, word1, word2, word3);
  }

  #lookup4(word: number): number {
    const entry = this.#direct[word >>> (32 - DIRECT_BITS)]!;
    if (entry >= 0) return entry;
    const nodes = this.#nodes.cells;
    let node = ~entry;
    let rest = word << DIRECT_BITS;
    for (;;) {
      const way = rest >>> (32 - STEP_BITS);
      const half = node + (way >>> 5);
      const upTo = (2 << way) - 1;
      const vector = nodes[half + VECTOR]!;
      if ((vector & (1 << way)) === 0)
        return this.#leaves.cells[nodes[half + LEAVES]! + bitCount(nodes[half + RUNS]! & upTo)]!;
      node = nodes[half + CHILDREN]! + NODE * bitCount(vector & upTo);
      rest <<= STEP_BITS;
    }
  }

  #lookup6(word0: number, word1: number, word2: number, word3: number): number {
    const entry = this.#direct[word0 >>> (32 - DIRECT_BITS)]!;
    if (entry >= 0) return entry;
    const words = this.#words;
    words[0] = word0;
    words[1] = word1;
    words[2] = word2;
    words[3] = word3;
    const nodes = this.#nodes.cells;
    let node = ~entry;
    for (let depth = DIRECT_BITS; ; depth += STEP_BITS) {
      const way = stepAt(words, depth);
      const half = node + (way >>> 5);
      const upTo = (2 << way) - 1;
      const vector = nodes[half + VECTOR]!;
      if ((vector & (1 << way)) === 0)
        return this.#leaves.cells[nodes[half + LEAVES]! + bitCount(nodes[half + RUNS]! & upTo)]!;
      node = nodes[half + CHILDREN]! + NODE * bitCount(vector & upTo);
    }
  }

  /** Builds anew what a prefix bears on: the deepest node that holds all of it, else its entries of the direct table. */
  #layUnder(prefix: Prefix): void {
    const { length, words } = prefix;
    const first = words[0] >>> (32 - DIRECT_BITS);
    const entry = this.#direct[first]!;
    const way: number[] = [];
    for (let i = 0; i < 4; i++) this.#words[i] = words[i]!;
    for (let node = length > DIRECT_BITS && entry < 0 ? ~entry : -1; node >= 0; ) {
      way.push(node);
      const depth = DIRECT_BITS + STEP_BITS * way.length;
      node = length > depth ? this.#child(node, stepAt(this.#words, depth - STEP_BITS)) : -1;
    }
    for (; way.length > 0; way.pop()) {
      const depth = DIRECT_BITS + STEP_BITS * (way.length - 1);
      const inherited = this.#gather(shortened(prefix, depth));
      // A node that nothing hangs on any more is its parent's affair.
      if (this.#found.length === 0) continue;
      const node = way.at(-1)!;
      this.#empty(node);
      this.#build(node, 0, this.#found.length, depth, inherited);
      return;
    }
    this.#lay(length > DIRECT_BITS ? shortened(prefix, DIRECT_BITS) : prefix);
  }

  /** The node that a way of a node leads on to, or -1. */
  #child(node: number, way: number): number {
    const half = node + (way >>> 5);
    const { cells } = this.#nodes;
    const vector = cells[half + VECTOR]!;
    if ((vector & (1 << way)) === 0) return -1;
    return cells[half + CHILDREN]! + NODE * bitCount(vector & ((2 << way) - 1));
  }

  /** Finds the prefixes that are longer than a prefix and inside of it. @returns the number that holds without them */
  #gather(prefix: Prefix): number {
    this.#found = [];
    this.#rib.within(prefix, (node) => {
      if (this.#rib.lengthOf(node) > prefix.length) this.#found.push(node);
    });
    return this.#rib.valueOf(this.#rib.covering(prefix, prefix.length));
  }

  /** Builds the entries of the direct table inside of a prefix anew. @param prefix of at most 18 bits */
  #lay(prefix: Prefix): void {
    const direct = this.#direct;
    const first = prefix.words[0] >>> (32 - DIRECT_BITS);
    const end = first + (1 << (DIRECT_BITS - prefix.length));
    for (let at = first; at < end; at++) if (direct[at]! < 0) this.#give(~direct[at]!, 1);
    direct.fill(this.#rib.valueOf(this.#rib.covering(prefix, prefix.length)), first, end);
    const deep: number[] = [];
    this.#rib.within(prefix, (node) => {
      const length = this.#rib.lengthOf(node);
      const at = this.#rib.wordOf(node, 0) >>> (32 - DIRECT_BITS);
      // A shorter prefix comes before those inside of it, so it never hides one.
      if (length <= DIRECT_BITS) direct.fill(this.#rib.valueOf(node), at, at + (1 << (DIRECT_BITS - length)));
      else if (deep.at(-1) !== at) deep.push(at);
    });
    for (const at of deep) {
      const words: Prefix['words'] = [at << (32 - DIRECT_BITS), 0, 0, 0];
      const inherited = this.#gather({ family: this.#family, length: DIRECT_BITS, words });
      const node = this.#nodes.take(NODE);
      this.#build(node, 0, this.#found.length, DIRECT_BITS, inherited);
      direct[at] = ~node;
    }
  }

  /** Fills a node for the bits behind `depth` from some of the prefixes found, and what hangs on it. */
  #build(node: number, from: number, to: number, depth: number, inherited: number): void {
    const level = (depth - DIRECT_BITS) / STEP_BITS;
    this.#painted[level] ??= new Int32Array(WAYS);
    const painted = this.#painted[level];
    painted.fill(inherited);
    /** For each way that leads on: itself, and the prefixes behind it. */
    const children: { readonly way: number; readonly from: number; to: number }[] = [];
    for (let i = from; i < to; i++) {
      const found = this.#found[i]!;
      const length = this.#rib.lengthOf(found);
      const way = this.#stepOf(found, depth);
      // A shorter prefix comes before those inside of it, so it never hides one.
      if (length <= depth + STEP_BITS) {
        painted.fill(this.#rib.valueOf(found), way, way + (1 << (depth + STEP_BITS - length)));
      } else if (children.at(-1)?.way === way) children.at(-1)!.to = i + 1;
      else children.push({ way, from: i, to: i + 1 });
    }
    this.#fill(
      node,
      painted,
      children.map(({ way }) => way),
    );
    const values = children.map(({ way }) => painted[way]!);
    const base = this.#nodes.cells[node + CHILDREN]! + NODE;
    children.forEach(({ from: first, to: end }, i) => {
      this.#build(base + i * NODE, first, end, depth + STEP_BITS, values[i]!);
    });
  }

  /** Writes a node's vectors and numbers, and takes room for its children. @param onward ways that lead on, in order */
  #fill(node: number, painted: Int32Array, onward: readonly number[]): void {
    const vector = [0, 0];
    const runs = [0, 0];
    for (const way of onward) vector[way >>> 5]! |= 1 << way;
    const values: number[] = [];
    for (let way = 0; way < WAYS; way++) {
      if ((vector[way >>> 5]! & (1 << way)) !== 0 || values.at(-1) === painted[way]) continue;
      runs[way >>> 5]! |= 1 << way;
      values.push(painted[way]!);
    }
    const leaves = this.#leaves.take(values.length);
    this.#leaves.cells.set(values, leaves);
    const children = this.#nodes.take(onward.length * NODE);
    const { cells } = this.#nodes;
    for (let half = 0; half < 2; half++) {
      cells[node + VECTOR + half] = vector[half]!;
      cells[node + RUNS + half] = runs[half]!;
      cells[node + LEAVES + half] = leaves - 1 + (half === 0 ? 0 : bitCount(runs[0]!));
      cells[node + CHILDREN + half] = children - NODE + (half === 0 ? 0 : NODE * bitCount(vector[0]!));
    }
  }

  /** Gives a block of nodes back, with all that hangs on them. */
  #give(first: number, count: number): void {
    for (let i = 0; i < count; i++) this.#empty(first + i * NODE);
    this.#nodes.give(first, count * NODE);
  }

  /** Gives back what hangs on a node. */
  #empty(node: number): void {
    const { cells } = this.#nodes;
    const runs = bitCount(cells[node + RUNS]!) + bitCount(cells[node + RUNS + 1]!);
    this.#leaves.give(cells[node + LEAVES]! + 1, runs);
    const onward = bitCount(cells[node + VECTOR]!) + bitCount(cells[node + VECTOR + 1]!);
    if (onward > 0) this.#give(cells[node + CHILDREN]! + NODE, onward);
  }

  #stepOf(found: number, depth: number): number {
    for (let i = 0; i < 4; i++) this.#words[i] = this.#rib.wordOf(found, i);
    return stepAt(this.#words, depth);
  }
}

/** The six bits of an address behind `depth`. @param words with one of zeros behind the last */
function stepAt(words: Int32Array, depth: number): number {
  const word = words[depth >>> 5]!;
  const bit = depth & 31;
  if (bit <= 26) return (word >>> (26 - bit)) & 63;
  return ((word << (bit - 26)) | (words[(depth >>> 5) + 1]! >>> (58 - bit))) & 63;
}

/** How many bits of a word are set. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export const POPTRIE: FibKind = {
  name: 'poptrie',
  without: {},
  build(family, prefixes, values) {
    const rib = new Patricia(family);
    for (let i = 0; i < prefixes.length; i++) rib.insert(prefixes[i]!, values[i]!);
    return new Poptrie(family, rib);
  },
};
