/**
 * Which connection a tuple belongs to: an open-addressed hash of references over typed arrays. Places stand in the order
 * of hashes, so that a bucket of the kernel's table, whatever their number there, is a stretch of them here.
 */
import type { FiveTuple } from '../five-tuple.ts';
import { hashTuple } from './tuple.ts';

/** The bucket of a hash when its range is cut into `buckets` equal slices. @see reciprocal_scale in linux/kernel.h */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor(((hash >>> 0) * buckets) / 2 ** 32);
}

/** Two free places that nobody writes: most hosts of a large cluster never see a connection. */
const NO_PLACES = new Int32Array(4);
const NO_TUPLES = new Int32Array(0);
const FIRST_PLACES = 16;

export class TupleIndex {
  /** Hash and reference + 1 of one place after the other; a reference of 0: free. At most every other one is taken. */
  #places = NO_PLACES;
  /** Turns a hash into the place at which its search begins. */
  #shift = 31;
  #size = 0;
  /** Source, destination, ports, and protocol with ICMP type of each reference. */
  #tuples = NO_TUPLES;

  /**
   * The newest reference with this tuple whose entry is in sight.
   * @param expiresAtNs by entry's index
   * @returns -1 when there is none
   */
  find(
    protocol: number,
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    icmp: number,
    expiresAtNs: Float64Array,
    nowNs: number,
  ): number {
    const hash = hashTuple(protocol, source, sourcePort, destination, destinationPort, icmp);
    const ports = (sourcePort << 16) | destinationPort;
    const kind = (icmp << 8) | protocol;
    const places = this.#places;
    const tuples = this.#tuples;
    const last = places.length - 1;
    for (let at = (hash >>> this.#shift) << 1; ; at = (at + 2) & last) {
      const reference = places[at + 1]! - 1;
      if (reference < 0) return -1;
      if (places[at] !== hash) continue;
      const key = reference << 2;
      if (
        tuples[key] === source &&
        tuples[key + 1] === destination &&
        tuples[key + 2] === ports &&
        tuples[key + 3] === kind &&
        expiresAtNs[reference >> 1]! > nowNs
      ) {
        return reference;
      }
    }
  }

  add(reference: number, tuple: FiveTuple): void {
    if (++this.#size * 4 > this.#places.length || this.#places === NO_PLACES) this.#grow();
    const { protocol, source, sourcePort, destination, destinationPort, icmp } = tuple;
    const hash = hashTuple(protocol, source, sourcePort, destination, destinationPort, icmp);
    const key = reference << 2;
    if (key >= this.#tuples.length) this.#widen(key);
    const tuples = this.#tuples;
    tuples[key] = source;
    tuples[key + 1] = destination;
    tuples[key + 2] = (sourcePort << 16) | destinationPort;
    tuples[key + 3] = (icmp << 8) | protocol;
    const places = this.#places;
    const last = places.length - 1;
    // Those of the same hash move one on, so that the newest is found first.
    let carried = reference + 1;
    for (let at = (hash >>> this.#shift) << 1; ; at = (at + 2) & last) {
      const held = places[at + 1]!;
      if (held !== 0 && places[at] !== hash) continue;
      places[at] = hash;
      places[at + 1] = carried;
      if (held === 0) return;
      carried = held;
    }
  }

  /** Takes a reference out that is in. */
  remove(reference: number): void {
    const places = this.#places;
    const last = places.length - 1;
    let hole = (this.hashOf(reference) >>> this.#shift) << 1;
    while (places[hole + 1] !== reference + 1) hole = (hole + 2) & last;
    // What stands behind moves up, unless its search begins behind the hole.
    for (let at = (hole + 2) & last; places[at + 1] !== 0; at = (at + 2) & last) {
      const home = (places[at]! >>> this.#shift) << 1;
      if (((at - home) & last) < ((at - hole) & last)) continue;
      places[hole] = places[at]!;
      places[hole + 1] = places[at + 1]!;
      hole = at;
    }
    places[hole + 1] = 0;
    this.#size--;
  }

  /**
   * Writes the references in one of `buckets` buckets into `found`, in no particular order.
   * @returns how many there are
   */
  collect(bucket: number, buckets: number, found: number[]): number {
    const places = this.#places;
    const last = places.length - 1;
    const slice = 2 ** (32 - this.#shift) / buckets;
    const first = Math.floor(bucket * slice) << 1;
    const behind = Math.floor((bucket + 1) * slice) << 1;
    let count = 0;
    for (let i = first; i < first + places.length; i += 2) {
      const reference = places[(i + 1) & last]! - 1;
      if (reference >= 0) {
        if (bucketOf(places[i & last]!, buckets) === bucket) found[count++] = reference;
        // Pushed on by others they may stand behind their stretch, but no free place lies between.
      } else if (i >= behind) break;
    }
    return count;
  }

  /** The hash of a reference's tuple. */
  hashOf(reference: number): number {
    const tuples = this.#tuples;
    const key = reference << 2;
    const ports = tuples[key + 2]!;
    const kind = tuples[key + 3]!;
    return hashTuple(kind & 255, tuples[key]!, ports >>> 16, tuples[key + 1]!, ports & 0xffff, kind >> 8);
  }

  #grow(): void {
    const old = this.#places;
    const wider = new Int32Array(Math.max(old.length, FIRST_PLACES) * 2);
    const last = wider.length - 1;
    this.#places = wider;
    this.#shift = Math.clz32(last >> 1);
    // From a free place on, so that those of one hash come in their order.
    let from = 0;
    while (old[from + 1] !== 0) from += 2;
    for (let i = 0; i < old.length; i += 2) {
      const at = (from + i) & (old.length - 1);
      if (old[at + 1] === 0) continue;
      let to = (old[at]! >>> this.#shift) << 1;
      while (wider[to + 1] !== 0) to = (to + 2) & last;
      wider[to] = old[at]!;
      wider[to + 1] = old[at + 1]!;
    }
  }

  #widen(key: number): void {
    const wider = new Int32Array(Math.max(key + 4, this.#tuples.length * 2, 4 * FIRST_PLACES));
    wider.set(this.#tuples);
    this.#tuples = wider;
  }
}
