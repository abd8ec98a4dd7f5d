/**
 * Hash buckets of small integers (references), each bucket a chain with the newest first, as the kernel's hlists are.
 * Buckets are slices of the hash's range in order, so that a coarse table can answer for the buckets of a finer one.
 */

/** The bucket of a hash when its range is cut into `buckets` equal slices. @see reciprocal_scale in linux/kernel.h */
export function bucketOf(hash: number, buckets: number): number {
  return Math.floor(((hash >>> 0) * buckets) / 2 ** 32);
}

export class HashChains {
  /** First reference of each bucket, plus one; 0 ends a chain. */
  #heads = new Int32Array(64);
  #next = new Int32Array(64);
  #hashes = new Int32Array(64);
  #size = 0;

  get buckets(): number {
    return this.#heads.length;
  }

  /** The first reference in the bucket of `hash`, or -1. Others of its bucket follow by `next`: compare `hashOf` first. */
  first(hash: number): number {
    return this.#heads[bucketOf(hash, this.#heads.length)]! - 1;
  }

  firstIn(bucket: number): number {
    return this.#heads[bucket]! - 1;
  }

  next(reference: number): number {
    return this.#next[reference]! - 1;
  }

  hashOf(reference: number): number {
    return this.#hashes[reference]!;
  }

  add(reference: number, hash: number): void {
    if (reference >= this.#next.length) this.#widen(reference);
    if (++this.#size > this.#heads.length) this.#rehash(this.#heads.length * 2);
    this.#hashes[reference] = hash;
    this.#push(reference, hash);
  }

  /** Takes a reference out; nothing happens when it isn't in. */
  remove(reference: number): void {
    const bucket = bucketOf(this.#hashes[reference]!, this.#heads.length);
    let before = -1;
    for (let at = this.firstIn(bucket); at >= 0; at = this.next(at)) {
      if (at === reference) {
        if (before < 0) this.#heads[bucket] = this.#next[at]!;
        else this.#next[before] = this.#next[at]!;
        this.#size--;
        return;
      }
      before = at;
    }
  }

  #push(reference: number, hash: number): void {
    const bucket = bucketOf(hash, this.#heads.length);
    this.#next[reference] = this.#heads[bucket]!;
    this.#heads[bucket] = reference + 1;
  }

  #rehash(buckets: number): void {
    const old = this.#heads;
    const members: number[] = [];
    for (let bucket = 0; bucket < old.length; bucket++) {
      for (let at = old[bucket]! - 1; at >= 0; at = this.next(at)) members.push(at);
    }
    this.#heads = new Int32Array(buckets);
    // Pushed from the last to the first, each chain keeps its order.
    for (let i = members.length - 1; i >= 0; i--) this.#push(members[i]!, this.#hashes[members[i]!]!);
  }

  #widen(reference: number): void {
    const length = Math.max(reference + 1, this.#next.length * 2);
    const next = new Int32Array(length);
    next.set(this.#next);
    this.#next = next;
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
  }
}
