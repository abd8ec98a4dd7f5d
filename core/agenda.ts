/**
 * What is still to come, ordered by (at, rank, seq): a calendar queue on typed arrays. Entries of later days lie unsorted
 * in a list a day; a day's list is sorted, by a heap, when its day comes. The sequence number is the order of scheduling,
 * so two entries never compare equal and a tie is never an accident.
 * @see R. Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation event set problem",
 *   Communications of the ACM 31 (1988)
 */
import { Day } from './day.ts';
import { invariant } from './error.ts';
import { gathered, scattered } from './tie.ts';

/** Rank takes the bits above the sequence number, so one comparison of doubles decides both. */
const RANK_UNIT = 2 ** 45;
const RANK_INVERSE = 1 / RANK_UNIT;

/** The low part of an order: by a power of two, so nothing is lost, and without the division that a remainder takes. */
function sequenceOf(order: number): number {
  return order - Math.floor(order * RANK_INVERSE) * RANK_UNIT;
}

/** End of a list. */
const NONE = -1;
const FEWEST_DAYS = 64;
/** After so many days that were opened, or only looked at, it is reviewed how long a day should be. */
const REVIEW_OPENED = 2_048;
const REVIEW_LOOKED = 16_384;

export class Agenda<T> {
  /** By slot: the entry's key, and the next entry of its day. */
  #at = new Float64Array(64);
  #order = new Float64Array(64);
  #next = new Int32Array(64);
  #items: (T | undefined)[] = new Array<T | undefined>(64).fill(undefined);
  /** Head of the list of slots that are free. */
  #free = NONE;
  #slots = 0;
  /** First slot of each day of the year; days of other years share its lists. */
  #days = new Int32Array(FEWEST_DAYS).fill(NONE);
  /** Length of a day in ns, a power of two, and its inverse. */
  #length = 1024;
  #inverse = 1 / 1024;
  /** Number of the day that is open, and its end: whatever lies before it is in `#open`. */
  #today = -1;
  #end = 0;
  readonly #open = new Day();
  /** Entries that wait for a later day. */
  #later = 0;
  #nextSequence = 1;
  /** Which order entries of one instant and rank come in: 0 is that of scheduling, each other number one by chance. */
  #tieOrder = 0;
  /** Since the last review: days looked at, days opened, and what was due on them. */
  #looked = 0;
  #opened = 0;
  #due = 0;
  /** Instant, in ns, and sequence number of the entry that `pop` returned last. */
  at = 0;
  sequence = 0;

  get tieOrder(): number {
    return this.#tieOrder;
  }

  /** @throws {InvariantError} once something has been scheduled */
  set tieOrder(order: number) {
    invariant(this.#nextSequence === 1, 'The order of ties is settled before the first entry');
    this.#tieOrder = order;
  }

  get size(): number {
    return this.#later + this.#open.size;
  }

  /** The instant of the first entry, or Infinity. */
  get nextAt(): number {
    if (this.#open.size === 0) {
      if (this.#later === 0) return Number.POSITIVE_INFINITY;
      this.#openNext();
    }
    return this.#open.at[0]!;
  }

  /** @param at ns. @param rank 0-127, lowest first within an instant. @returns its sequence number */
  push(at: number, rank: number, item: T): number {
    invariant(at >= 0 && at <= Number.MAX_SAFE_INTEGER, 'Instant out of range', at);
    const sequence = this.#nextSequence++;
    const order = rank * RANK_UNIT + (this.#tieOrder === 0 ? sequence : scattered(sequence, this.#tieOrder));
    let slot = this.#free;
    if (slot === NONE) {
      slot = this.#slots++;
      if (slot === this.#at.length) this.#grow();
    } else this.#free = this.#next[slot]!;
    this.#items[slot] = item;
    if (at < this.#end) {
      this.#open.push(at, order, slot);
      return sequence;
    }
    this.#at[slot] = at;
    this.#order[slot] = order;
    const day = Math.floor(at * this.#inverse) & (this.#days.length - 1);
    this.#next[slot] = this.#days[day]!;
    this.#days[day] = slot;
    if (++this.#later > 2 * this.#days.length) this.#rule(this.#length, 2 * this.#days.length);
    return sequence;
  }

  /** Takes the first entry out; `at` and `sequence` then tell its key. @throws {InvariantError} when empty */
  pop(): T {
    const open = this.#open;
    if (open.size === 0) {
      invariant(this.#later > 0, 'The agenda is empty');
      this.#openNext();
    }
    this.at = open.at[0]!;
    const key = sequenceOf(open.order[0]!);
    this.sequence = this.#tieOrder === 0 ? key : gathered(key, this.#tieOrder);
    const slot = open.slot[0]!;
    open.shift();
    const item = this.#items[slot] as T;
    this.#items[slot] = undefined;
    this.#next[slot] = this.#free;
    this.#free = slot;
    return item;
  }

  /** All entries in order, without taking them out. */
  list(): { at: number; rank: number; sequence: number; item: T }[] {
    const all: { at: number; order: number; slot: number }[] = [];
    const tell = (at: number, order: number, slot: number): void => {
      all.push({ at, order, slot });
    };
    const { at, order, slot, size } = this.#open;
    for (let i = 0; i < size; i++) tell(at[i]!, order[i]!, slot[i]!);
    for (const head of this.#days)
      for (let i = head; i !== NONE; i = this.#next[i]!) tell(this.#at[i]!, this.#order[i]!, i);
    return all
      .sort((a, b) => a.at - b.at || a.order - b.order)
      .map(({ at: instant, order: place, slot: index }) => {
        const key = sequenceOf(place);
        const sequence = this.#tieOrder === 0 ? key : gathered(key, this.#tieOrder);
        return { at: instant, rank: Math.floor(place / RANK_UNIT), sequence, item: this.#items[index] as T };
      });
  }

  /** Opens the next day on which something is due; there is one. */
  #openNext(): void {
    const year = this.#days.length;
    let looked = 1;
    while (looked <= year && !this.#openDay(this.#today + looked)) looked++;
    // Nothing in a whole year: go to the first of those that are left.
    if (looked > year) this.#openDay(Math.floor(this.#firstLater() * this.#inverse));
    this.#looked += looked;
    this.#due += this.#open.size;
    if (++this.#opened >= REVIEW_OPENED || this.#looked >= REVIEW_LOOKED) this.#review();
  }

  /** The earliest instant of those that wait for a later day. */
  #firstLater(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const head of this.#days)
      for (let slot = head; slot !== NONE; slot = this.#next[slot]!)
        if (this.#at[slot]! < first) first = this.#at[slot]!;
    return first;
  }

  /** Moves what is due on a day to the front. @returns whether anything is; if not, nothing is changed */
  #openDay(today: number): boolean {
    const day = today & (this.#days.length - 1);
    let slot = this.#days[day]!;
    if (slot === NONE) return false;
    const end = (today + 1) * this.#length;
    let kept = NONE;
    let moved = 0;
    const open = this.#open;
    while (slot !== NONE) {
      const next = this.#next[slot]!;
      const at = this.#at[slot]!;
      if (at < end) {
        open.push(at, this.#order[slot]!, slot);
        moved++;
      } else {
        this.#next[slot] = kept;
        kept = slot;
      }
      slot = next;
    }
    this.#days[day] = kept;
    if (moved === 0) return false;
    this.#later -= moved;
    this.#today = today;
    this.#end = end;
    return true;
  }

  /** Days that are mostly empty are too short or too many, days with a crowd too long. */
  #review(): void {
    const looked = this.#looked / this.#opened;
    const due = this.#due / this.#opened;
    this.#looked = this.#opened = this.#due = 0;
    const sparse = this.#days.length > FEWEST_DAYS && this.#later * 8 < this.#days.length;
    const days = sparse ? this.#days.length / 4 : this.#days.length;
    if (due > 4 && this.#length > 1) this.#rule(this.#length / 2, days);
    else if (looked > 3 && due < 2) this.#rule(this.#length * (looked > 16 ? 8 : 2), days);
    else if (sparse) this.#rule(this.#length, days);
  }

  /** Rules the calendar anew. @param length of a day in ns. @param days how many; both powers of two */
  #rule(length: number, days: number): void {
    const before = this.#days;
    this.#length = length;
    this.#inverse = 1 / length;
    this.#days = new Int32Array(days).fill(NONE);
    // What is open stays so. A longer day may have begun before the open one ends: it is looked at again.
    this.#today = Math.floor(this.#end * this.#inverse) - 1;
    for (const head of before) {
      for (let slot = head; slot !== NONE; ) {
        const next = this.#next[slot]!;
        const day = Math.floor(this.#at[slot]! * this.#inverse) & (days - 1);
        this.#next[slot] = this.#days[day]!;
        this.#days[day] = slot;
        slot = next;
      }
    }
  }

  #grow(): void {
    const { length } = this.#at;
    const at = new Float64Array(length * 2);
    at.set(this.#at);
    this.#at = at;
    const order = new Float64Array(length * 2);
    order.set(this.#order);
    this.#order = order;
    const next = new Int32Array(length * 2);
    next.set(this.#next);
    this.#next = next;
    for (let i = 0; i < length; i++) this.#items.push(undefined);
  }
}
