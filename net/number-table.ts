/**
 * What is numbered as it comes and goes soon, by number: packets under way, sockets. It lies in pages of consecutive
 * numbers: a page comes with its first entry and goes with its last, and nothing is hashed.
 */

interface Page<T> {
  readonly entries: (T | undefined)[];
  live: number;
}

export class NumberTable<T> {
  /** Numbers of a page, as a power of two. */
  readonly #bits: number;
  readonly #mask: number;
  /** By number of the page less `#first`; one that has had all its entries is gone. */
  #pages: (Page<T> | undefined)[] = [];
  /** Number of the oldest page that may still have entries. */
  #first = 0;
  #size = 0;

  /** @param bits of the length of a page: long ones for what goes soonest */
  constructor(bits: number) {
    this.#bits = bits;
    this.#mask = (1 << bits) - 1;
  }

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    return this.#pages[(id >>> this.#bits) - this.#first]?.entries[id & this.#mask];
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** @param id 1 and up, below 2^32 */
  set(id: number, entry: T): void {
    const number = id >>> this.#bits;
    if (number < this.#first) this.#open(number);
    const at = number - this.#first;
    let page = this.#pages[at];
    if (page === undefined) {
      page = { entries: new Array<T | undefined>(this.#mask + 1).fill(undefined), live: 0 };
      while (this.#pages.length < at) this.#pages.push(undefined);
      this.#pages[at] = page;
    }
    if (page.entries[id & this.#mask] === undefined) {
      page.live++;
      this.#size++;
    }
    page.entries[id & this.#mask] = entry;
  }

  delete(id: number): void {
    const at = (id >>> this.#bits) - this.#first;
    const page = this.#pages[at];
    if (page === undefined || page.entries[id & this.#mask] === undefined) return;
    page.entries[id & this.#mask] = undefined;
    this.#size--;
    // The newest page stays: its next packet is about to come.
    if (--page.live === 0 && at < this.#pages.length - 1) {
      this.#pages[at] = undefined;
      if (at === 0) this.#close();
    }
  }

  clear(): void {
    this.#pages = [];
    this.#first = 0;
    this.#size = 0;
  }

  /** In the order of their numbers. */
  *[Symbol.iterator](): Generator<[number, T]> {
    for (const [place, page] of this.#pages.entries()) {
      const first = (this.#first + place) << this.#bits;
      for (const [index, entry] of (page?.entries ?? []).entries())
        if (entry !== undefined) yield [first + index, entry];
    }
  }

  *values(): Generator<T> {
    for (const [, entry] of this) yield entry;
  }

  /** Makes room before the first page. */
  #open(number: number): void {
    const gone = new Array<undefined>(this.#first - number).fill(undefined);
    this.#pages = [...gone, ...this.#pages];
    this.#first = number;
  }

  /** Forgets pages at the front that are gone. */
  #close(): void {
    let gone = 0;
    while (gone < this.#pages.length && this.#pages[gone] === undefined) gone++;
    this.#pages.splice(0, gone);
    this.#first += gone;
  }
}
