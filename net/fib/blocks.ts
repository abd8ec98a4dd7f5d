/**
 * Blocks of integers, taken from one array and given back: those that are free are kept by their length.
 */
import { grown } from './column.ts';

export class Blocks {
  cells = new Int32Array(512);
  end = 0;
  readonly #free = new Map<number, number[]>();

  /** @returns the first place of `length` integers that are free */
  take(length: number): number {
    const known = this.#free.get(length)?.pop();
    if (known !== undefined) return known;
    const at = this.end;
    this.end += length;
    this.cells = grown(this.cells, this.end);
    return at;
  }

  give(at: number, length: number): void {
    const known = this.#free.get(length);
    if (known === undefined) this.#free.set(length, [at]);
    else known.push(at);
  }
}
