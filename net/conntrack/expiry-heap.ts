/**
 * Entries by the instant at which they expire, so that a full table knows how many are in sight without walking it.
 *
 * Most packets put their connection's end off, and leave the heap alone: an entry's key is the instant that it was last
 * known to expire at, and is put right when it comes due. Entries found expired stand apart until they are removed.
 */

export class ExpiryHeap {
  /** Expiry of each entry, by index: the table's own column. */
  #expiresAtNs: Float64Array;
  /** Indices: first those in the heap, each below its parent's four children, then those that have expired. */
  #order: Int32Array;
  /** Key of each place of the heap; never later than the entry's expiry. */
  #keys: Float64Array;
  /** Place of each index in `#order`, plus one; 0: it has none. */
  #places: Int32Array;
  #size = 0;
  #expired = 0;
  /** The instant for which those expired were told from the others. */
  #settledNs = Number.NEGATIVE_INFINITY;

  /** @param expiresAtNs by index; give it again by `widen` whenever it is replaced by a longer one */
  constructor(expiresAtNs: Float64Array) {
    this.#expiresAtNs = expiresAtNs;
    this.#order = new Int32Array(expiresAtNs.length);
    this.#keys = new Float64Array(expiresAtNs.length);
    this.#places = new Int32Array(expiresAtNs.length);
  }

  widen(expiresAtNs: Float64Array): void {
    const { length } = expiresAtNs;
    const [order, keys, places] = [new Int32Array(length), new Float64Array(length), new Int32Array(length)];
    order.set(this.#order);
    keys.set(this.#keys);
    places.set(this.#places);
    this.#expiresAtNs = expiresAtNs;
    this.#order = order;
    this.#keys = keys;
    this.#places = places;
  }

  add(index: number): void {
    const place = this.#size++;
    // The first of the expired gives up its place.
    if (this.#expired > 0) this.#put(this.#order[place]!, place + this.#expired);
    this.#rise(index, place, this.#expiresAtNs[index]!);
  }

  /** An entry's expiry has changed. Later is seen when it comes due, sooner at once. */
  changed(index: number): void {
    const place = this.#places[index]! - 1;
    const expiresAtNs = this.#expiresAtNs[index]!;
    if (place >= this.#size) {
      this.remove(index);
      this.add(index);
    } else if (expiresAtNs < this.#keys[place]!) this.#rise(index, place, expiresAtNs);
  }

  remove(index: number): void {
    const place = this.#places[index]! - 1;
    this.#places[index] = 0;
    if (place < this.#size) {
      this.#close(place);
      if (this.#expired > 0) this.#put(this.#order[this.#size + this.#expired]!, this.#size);
    } else if (place < this.#size + --this.#expired) this.#put(this.#order[this.#size + this.#expired]!, place);
  }

  /** Number of entries that have expired and not been removed. */
  count(nowNs: number): number {
    this.#settle(nowNs);
    return this.#expired;
  }

  /** The entries that `count` counts, in no particular order. */
  list(nowNs: number): number[] {
    this.#settle(nowNs);
    return Array.from(this.#order.subarray(this.#size, this.#size + this.#expired));
  }

  /** Tells the expired from the others. Nobody can see whether it has been done, or for which instant. */
  #settle(nowNs: number): void {
    if (nowNs < this.#settledNs) this.#lookBack(nowNs);
    this.#settledNs = nowNs;
    while (this.#size > 0 && this.#keys[0]! <= nowNs) {
      const index = this.#order[0]!;
      const expiresAtNs = this.#expiresAtNs[index]!;
      if (expiresAtNs > nowNs) this.#sink(index, 0, expiresAtNs);
      else {
        this.#close(0);
        this.#expired++;
        this.#put(index, this.#size);
      }
    }
  }

  /** Somebody has looked ahead: what was expired then need not be now. */
  #lookBack(nowNs: number): void {
    const expired = this.#order.slice(this.#size, this.#size + this.#expired);
    for (const index of expired) if (this.#expiresAtNs[index]! > nowNs) this.changed(index);
  }

  #put(index: number, place: number): void {
    this.#order[place] = index;
    this.#places[index] = place + 1;
  }

  #set(index: number, place: number, key: number): void {
    this.#put(index, place);
    this.#keys[place] = key;
  }

  /** Fills a place of the heap with the heap's last, which shrinks by one. */
  #close(place: number): void {
    const last = --this.#size;
    if (place === last) return;
    const key = this.#keys[last]!;
    const index = this.#order[last]!;
    if (place > 0 && key < this.#keys[(place - 1) >> 2]!) this.#rise(index, place, key);
    else this.#sink(index, place, key);
  }

  #rise(index: number, from: number, key: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (this.#keys[parent]! <= key) break;
      this.#set(this.#order[parent]!, place, this.#keys[parent]!);
      place = parent;
    }
    this.#set(index, place, key);
  }

  #sink(index: number, from: number, key: number): void {
    let place = from;
    for (;;) {
      const first = place * 4 + 1;
      if (first >= this.#size) break;
      const behind = Math.min(first + 4, this.#size);
      let child = first;
      for (let i = first + 1; i < behind; i++) if (this.#keys[i]! < this.#keys[child]!) child = i;
      if (this.#keys[child]! >= key) break;
      this.#set(this.#order[child]!, place, this.#keys[child]!);
      place = child;
    }
    this.#set(index, place, key);
  }
}
