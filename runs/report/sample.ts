/**
 * A sample of durations in bounded memory: exact up to a stated number of values, then counts in buckets whose width
 * is a thousandth of their value, so that a percentile is never off by more. Two samples may be merged.
 */
import { type Interval, quantileRanks } from './statistics.ts';

/** Values that are kept exactly. */
export const EXACT_LIMIT = 10_000;

/** Buckets per doubling: neighbours differ by less than a thousandth. */
const BUCKETS_PER_DOUBLING = 1024;

export interface Percentile {
  readonly value: number;
  /** 95 % interval; 0 and Infinity where the sample is too small for an end. */
  readonly interval: Interval;
}

export class Sample {
  /** Exact values until there are too many. */
  #exact: number[] = [];
  #buckets: Map<number, number> | undefined;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** Infinity and -Infinity while it is empty. */
  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** @param value 0 or more */
  add(value: number): void {
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (this.#buckets !== undefined) bump(this.#buckets, value, 1);
    else if (this.#exact.push(value) > EXACT_LIMIT) this.#coarsen();
  }

  /** Takes in what another sample holds. */
  merge(other: Sample): void {
    if (other.#buckets === undefined) {
      for (const value of other.#exact) this.add(value);
      return;
    }
    this.#coarsen();
    for (const [bucket, count] of other.#buckets) {
      this.#buckets!.set(bucket, (this.#buckets!.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The smallest value that at least the share `quantile` (0-1) does not exceed; `undefined` while it is empty. */
  percentile(quantile: number): Percentile | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(0, Math.ceil(quantile * this.#count) - 1);
    const { low, high } = quantileRanks(quantile, this.#count);
    const last = this.#count - 1;
    const [value, lowest, highest] = this.#atRanks([rank, Math.max(0, low), Math.min(last, high)]) as [
      number,
      number,
      number,
    ];
    return {
      value,
      interval: {
        low: low < 0 ? 0 : Math.min(lowest, value),
        high: high > last ? Number.POSITIVE_INFINITY : Math.max(highest, value),
      },
    };
  }

  #coarsen(): void {
    if (this.#buckets !== undefined) return;
    this.#buckets = new Map();
    for (const value of this.#exact) bump(this.#buckets, value, 1);
    this.#exact = [];
  }

  #atRanks(ranks: readonly number[]): number[] {
    if (this.#buckets === undefined) {
      this.#exact.sort((a, b) => a - b);
      return ranks.map((rank) => this.#exact[rank]!);
    }
    const ordered = [...this.#buckets].sort(([a], [b]) => a - b);
    return ranks.map((rank) => {
      let seen = 0;
      for (const [bucket, count] of ordered) {
        seen += count;
        if (seen > rank) return Math.min(this.#max, Math.max(this.#min, middleOf(bucket)));
      }
      return this.#max;
    });
  }
}

function bump(buckets: Map<number, number>, value: number, count: number): void {
  const bucket = value < 1 ? -1 : Math.floor(Math.log2(value) * BUCKETS_PER_DOUBLING);
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
}

function middleOf(bucket: number): number {
  return bucket < 0 ? 0 : 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
}
