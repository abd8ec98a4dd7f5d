/**
 * Choices for a generator, drawn by key: each part of a cluster has a stream of its own, so that a further choice in one
 * part leaves the others as they were.
 */
import type { Draw } from '../../../core/decider.ts';
import { fraction } from '../../../core/random.ts';

export class Chance {
  readonly #draw: Draw;
  readonly #stream: number;
  #drawn = 0;

  /** @param stream which part the choices are for: any integer */
  constructor(draw: Draw, stream: number) {
    this.#draw = draw;
    this.#stream = stream;
  }

  #next(): number {
    return fraction(this.#draw(this.#stream, this.#drawn++));
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  /** Whether something of this probability, 0 to 1, happens. */
  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }

  /** One of a list, or nothing of an empty one. */
  from<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.of(list);
  }
}
