/**
 * Hash buckets of small integers, each bucket a chain with the newest first, as the kernel's hlists are: for what many
 * entries share. Empty chains take no room.
 */

const NONE = new Int32Array(0);
const FIRST_BUCKETS = 16;

export class HashChains {
  /** First member of each bucket, plus one; 0 ends a chain. */
  #heads = NONE;
  #shift = 31;
  /** By member: those after and before it in their chain, plus one. */
  #next = NONE;
  #previous = NONE;
  #hashes = NONE;
  #size = 0;

  /** The newest member in the bucket of `hash`, or -1. Others of its bucket follow by `next`: compare `hashOf` first. */
  first(hash: number): number {
    return this.#size === 0 ? -1 : this.#heads[hash >>> this.#shift]! - 1;
  }

  next(member: number): number {
    return this.#next[member]! - 1;
  }

  hashOf(member: number): number {
    return this.#hashes[member]!;
  }

  add(member: number, hash: number): void {
    if (member >= this.#next.length) this.#widen(member);
    if (++this.#size > this.#heads.length) this.#rehash();
    this.#hashes[member] = hash;
    this.#push(member, hash);
  }

  /** Takes a member out that is in. */
  remove(member: number): void {
    const after = this.#next[member]!;
    const before = this.#previous[member]!;
    if (before === 0) this.#heads[this.#hashes[member]! >>> this.#shift] = after;
    else this.#next[before - 1] = after;
    if (after !== 0) this.#previous[after - 1] = before;
    this.#size--;
  }

  #push(member: number, hash: number): void {
    const bucket = hash >>> this.#shift;
    const after = this.#heads[bucket]!;
    this.#next[member] = after;
    this.#previous[member] = 0;
    if (after !== 0) this.#previous[after - 1] = member + 1;
    this.#heads[bucket] = member + 1;
  }

  #rehash(): void {
    const old = this.#heads;
    const members: number[] = [];
    for (let bucket = 0; bucket < old.length; bucket++) {
      for (let at = old[bucket]! - 1; at >= 0; at = this.next(at)) members.push(at);
    }
    this.#heads = new Int32Array(Math.max(FIRST_BUCKETS, old.length * 2));
    this.#shift = Math.clz32(this.#heads.length - 1);
    // Pushed from the last to the first, each chain keeps its order.
    for (let i = members.length - 1; i >= 0; i--) this.#push(members[i]!, this.#hashes[members[i]!]!);
  }

  #widen(member: number): void {
    const length = Math.max(member + 1, this.#next.length * 2, FIRST_BUCKETS);
    this.#next = widened(this.#next, length);
    this.#previous = widened(this.#previous, length);
    this.#hashes = widened(this.#hashes, length);
  }
}

function widened(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(column);
  return wider;
}
