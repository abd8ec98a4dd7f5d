/**
 * A short cut through a long chain. Of the rules that ask for one destination address, or for one destination port, a
 * packet can meet those of its own alone, so the walk goes straight to the next that may hold: the same verdict and the
 * same path as rule by rule, and since a path tells what was passed over, the same count of rules looked at.
 */
import { chainSize } from './chain.ts';

/** Chains with fewer rules of one key are walked as they stand. */
const WORTH_IT = 12;

/** Columns of a table that an index is made from. */
export interface KeyColumns {
  readonly flags: Int32Array;
  readonly destinationWord: Int32Array;
  readonly destinationMask: Int32Array;
  readonly firstPort: Int32Array;
  readonly lastPort: Int32Array;
}

export class ChainIndex {
  /** The key is the destination port rather than the address. */
  readonly byPort: boolean;
  readonly #first: number;
  /** For each place of the chain, the next one, that included, that any packet may meet; behind the last: `-1`. */
  readonly #open: Int32Array;
  /** Open addressing: where the places of a key begin, plus one, and the key; 0: free. */
  readonly #starts: Int32Array;
  readonly #keys: Int32Array;
  readonly #shift: number;
  /** Places of each key in order; a negated one ends a key's list. */
  readonly #places: Int32Array;

  /** @param first place of the chain, and `size`, its rules with its policy */
  constructor(columns: KeyColumns, first: number, size: number, byPort: boolean, inverted: number) {
    this.byPort = byPort;
    this.#first = first;
    this.#open = new Int32Array(size);
    const byKey = new Map<number, number[]>();
    let open = -1;
    for (let at = first + size - 1; at >= first; at--) {
      if (isKeyed(columns, at, byPort, inverted)) {
        const key = byPort ? columns.firstPort[at]! : columns.destinationWord[at]!;
        const places = byKey.get(key);
        if (places === undefined) byKey.set(key, [at]);
        else places.push(at);
      } else open = at;
      this.#open[at - first] = open;
    }
    const bits = Math.max(4, Math.ceil(Math.log2(byKey.size * 2)));
    this.#shift = 32 - bits;
    this.#starts = new Int32Array(1 << bits);
    this.#keys = new Int32Array(1 << bits);
    this.#places = new Int32Array(size);
    let end = 0;
    for (const [key, places] of byKey) {
      const slot = this.#slot(key);
      this.#starts[slot] = end + 1;
      this.#keys[slot] = key;
      for (let i = places.length - 1; i >= 0; i--) this.#places[end++] = i === 0 ? ~places[i]! : places[i]!;
    }
  }

  /** The next place from `at` on, that included, whose rule a packet with this key may meet, or -1. */
  next(at: number, key: number): number {
    const open = this.#open[at - this.#first]!;
    let i = this.#starts[this.#slot(key)]! - 1;
    if (i < 0) return open;
    for (; ; i++) {
      const entry = this.#places[i]!;
      const place = entry < 0 ? ~entry : entry;
      if (place >= at) return open < 0 || place < open ? place : open;
      if (entry < 0) return open;
    }
  }

  /** Where a key is, or would be. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift;
    while (this.#starts[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }
}

/** Whether a rule asks for exactly one address, or one port. @param inverted the flag of a negated destination */
function isKeyed(columns: KeyColumns, at: number, byPort: boolean, inverted: number): boolean {
  return byPort
    ? columns.firstPort[at]! >= 0 && columns.firstPort[at] === columns.lastPort[at]
    : columns.destinationMask[at] === -1 && (columns.flags[at]! & inverted) === 0;
}

/**
 * The index of a chain, where one is worth it: by whichever key more of its rules have.
 * @param first place of the chain
 */
export function indexOf(
  columns: KeyColumns,
  first: number,
  chain: Parameters<typeof chainSize>[0],
  inverted: number,
): ChainIndex | undefined {
  const size = chainSize(chain);
  if (size < WORTH_IT) return undefined;
  let [addresses, ports] = [0, 0];
  for (let at = first; at < first + size; at++) {
    if (isKeyed(columns, at, false, inverted)) addresses++;
    if (isKeyed(columns, at, true, inverted)) ports++;
  }
  if (Math.max(addresses, ports) < WORTH_IT) return undefined;
  return new ChainIndex(columns, first, size, ports > addresses, inverted);
}
