/**
 * The packets under way, by number. Numbers are given in order and packets live shortly, so they lie in pages of
 * consecutive numbers: a page comes with its first packet and goes with its last, and nothing is hashed.
 */
import type { PacketInFlight } from './network.ts';

/** Numbers of a page, a power of two. */
const PAGE_BITS = 10;
const PAGE = 1 << PAGE_BITS;

interface Page {
  readonly packets: (PacketInFlight | undefined)[];
  live: number;
}

export class PacketTable {
  /** By number of the page less `#first`; one that has had all its packets is gone. */
  #pages: (Page | undefined)[] = [];
  /** Number of the oldest page that may still have packets. */
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): PacketInFlight | undefined {
    return this.#pages[(id >>> PAGE_BITS) - this.#first]?.packets[id & (PAGE - 1)];
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** @param id 1 and up, below 2^32 */
  set(id: number, packet: PacketInFlight): void {
    const number = id >>> PAGE_BITS;
    if (number < this.#first) this.#open(number);
    const at = number - this.#first;
    let page = this.#pages[at];
    if (page === undefined) {
      page = { packets: new Array<PacketInFlight | undefined>(PAGE).fill(undefined), live: 0 };
      while (this.#pages.length < at) this.#pages.push(undefined);
      this.#pages[at] = page;
    }
    if (page.packets[id & (PAGE - 1)] === undefined) {
      page.live++;
      this.#size++;
    }
    page.packets[id & (PAGE - 1)] = packet;
  }

  delete(id: number): void {
    const at = (id >>> PAGE_BITS) - this.#first;
    const page = this.#pages[at];
    if (page === undefined || page.packets[id & (PAGE - 1)] === undefined) return;
    page.packets[id & (PAGE - 1)] = undefined;
    this.#size--;
    // The newest page stays: its next packet is about to come.
    if (--page.live === 0 && at < this.#pages.length - 1) {
      this.#pages[at] = undefined;
      if (at === 0) this.#close();
    }
  }

  /** In the order of their numbers. */
  *[Symbol.iterator](): Generator<[number, PacketInFlight]> {
    for (const page of this.#pages)
      for (const packet of page?.packets ?? []) if (packet !== undefined) yield [packet.id, packet];
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
