/**
 * What is still to come: a binary heap on typed arrays, ordered by (at, rank, seq). The sequence number is the order
 * of scheduling, so two entries never compare equal and a tie is never an accident.
 */
import { invariant } from './error.ts';

/** Rank takes the bits above the sequence number, so one comparison of doubles decides both. */
const RANK_UNIT = 2 ** 45;

export class Agenda<T> {
  #at = new Float64Array(64);
  #order = new Float64Array(64);
  #slot = new Int32Array(64);
  #size = 0;
  #items: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #nextSequence = 1;
  /** Instant, in ns, and sequence number of the entry that `pop` returned last. */
  at = 0;
  sequence = 0;

  get size(): number {
    return this.#size;
  }

  /** The sequence number that the next entry gets. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** The instant of the first entry, or Infinity. */
  get nextAt(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#at[0]!;
  }

  /** The sequence number of the first entry, or 0. */
  get nextFirst(): number {
    return this.#size === 0 ? 0 : this.#order[0]! % RANK_UNIT;
  }

  /** @param rank 0-127, lowest first within an instant. @returns its sequence number */
  push(at: number, rank: number, item: T): number {
    invariant(at >= 0 && at <= Number.MAX_SAFE_INTEGER, 'Instant out of range', at);
    const sequence = this.#nextSequence++;
    const slot = this.#free.pop() ?? this.#items.length;
    this.#items[slot] = item;
    if (this.#size === this.#at.length) this.#grow();
    this.#rise(this.#size++, at, rank * RANK_UNIT + sequence, slot);
    return sequence;
  }

  /** Takes the first entry out; `at` and `sequence` then tell its key. @throws {InvariantError} when empty */
  pop(): T {
    invariant(this.#size > 0, 'The agenda is empty');
    const slot = this.#slot[0]!;
    this.at = this.#at[0]!;
    this.sequence = this.#order[0]! % RANK_UNIT;
    const last = --this.#size;
    if (last > 0) this.#sink(this.#at[last]!, this.#order[last]!, this.#slot[last]!);
    const item = this.#items[slot] as T;
    this.#items[slot] = undefined;
    this.#free.push(slot);
    return item;
  }

  /** All entries in order, without taking them out. */
  list(): { at: number; rank: number; sequence: number; item: T }[] {
    return Array.from({ length: this.#size }, (_, i) => ({
      at: this.#at[i]!,
      rank: Math.floor(this.#order[i]! / RANK_UNIT),
      sequence: this.#order[i]! % RANK_UNIT,
      item: this.#items[this.#slot[i]!] as T,
    })).sort((a, b) => a.at - b.at || a.rank - b.rank || a.sequence - b.sequence);
  }

  #rise(index: number, at: number, order: number, slot: number): void {
    let i = index;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const parentAt = this.#at[parent]!;
      if (parentAt < at || (parentAt === at && this.#order[parent]! < order)) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#put(i, at, order, slot);
  }

  #sink(at: number, order: number, slot: number): void {
    const size = this.#size;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        (this.#at[right]! < this.#at[child]! ||
          (this.#at[right] === this.#at[child] && this.#order[right]! < this.#order[child]!))
      ) {
        child = right;
      }
      const childAt = this.#at[child]!;
      if (at < childAt || (at === childAt && order < this.#order[child]!)) break;
      this.#move(child, i);
      i = child;
    }
    this.#put(i, at, order, slot);
  }

  #move(from: number, to: number): void {
    this.#at[to] = this.#at[from]!;
    this.#order[to] = this.#order[from]!;
    this.#slot[to] = this.#slot[from]!;
  }

  #put(index: number, at: number, order: number, slot: number): void {
    this.#at[index] = at;
    this.#order[index] = order;
    this.#slot[index] = slot;
  }

  #grow(): void {
    const at = new Float64Array(this.#at.length * 2);
    at.set(this.#at);
    this.#at = at;
    const order = new Float64Array(at.length);
    order.set(this.#order);
    this.#order = order;
    const slot = new Int32Array(at.length);
    slot.set(this.#slot);
    this.#slot = slot;
  }
}
