/**
 * Paths through one rule set, each recorded once: the rules that a packet took, in order, as the walk's codes. Later
 * packets on the same way carry the path's number. Replacing the rule set forgets them.
 */

export class PathTable {
  readonly #byHash = new Map<number, number[]>();
  readonly #codes = new Map<number, Int32Array>();

  /** @returns the number of the path with these codes, or 0 */
  find(codes: Int32Array, length: number): number {
    const candidates = this.#byHash.get(hashOf(codes, length));
    if (candidates === undefined) return 0;
    for (const id of candidates) {
      const known = this.#codes.get(id)!;
      if (known.length !== length) continue;
      let same = true;
      for (let i = 0; same && i < length; i++) same = known[i] === codes[i];
      if (same) return id;
    }
    return 0;
  }

  add(id: number, codes: Int32Array): void {
    const hash = hashOf(codes, codes.length);
    this.#codes.set(id, codes);
    const candidates = this.#byHash.get(hash);
    if (candidates === undefined) this.#byHash.set(hash, [id]);
    else candidates.push(id);
  }

  codes(id: number): Int32Array | undefined {
    return this.#codes.get(id);
  }

  clear(): void {
    this.#byHash.clear();
    this.#codes.clear();
  }
}

/** FNV-1a over the codes. */
function hashOf(codes: Int32Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ codes[i]!, 0x01000193);
  return hash;
}
