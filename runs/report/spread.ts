/**
 * How evenly requests went to those who were ready for them. Who was ready changes on the way, so requests are judged
 * among those that had the same choice.
 */
import { chiSquareTail } from './statistics.ts';

export interface SpreadFigure {
  /** Requests over what an even choice would have given, of the endpoint with most. */
  readonly maxOverMean: number;
  /** Its endpoint. */
  readonly most: string;
  /** How often chance alone spreads them at least as unevenly; 1 where there was no choice. */
  readonly p: number;
  /** Requests that had a choice. */
  readonly requests: number;
}

/** Sets of endpoints that are told apart; requests to later ones are not judged. */
const MOST_SETS = 256;
/** Below this many requests expected at each endpoint the test is not worth its name. */
const LEAST_EXPECTED = 5;

interface Stratum {
  readonly ready: readonly string[];
  readonly counts: Map<string, number>;
  total: number;
}

export class Spread {
  readonly #strata = new Map<string, Stratum>();
  #last: Stratum | undefined;

  /** @param ready names of the endpoints that could have been chosen; equal arrays are looked up fastest */
  add(ready: readonly string[], backend: string): void {
    // Rules lag behind the API: one who is no longer ready may still be chosen.
    if (!ready.includes(backend)) return;
    const stratum = this.#last?.ready === ready ? this.#last : this.#stratum(ready);
    if (stratum === undefined) return;
    stratum.counts.set(backend, (stratum.counts.get(backend) ?? 0) + 1);
    stratum.total++;
  }

  /** `undefined` where no service was asked. */
  figure(): SpreadFigure | undefined {
    const got = new Map<string, number>();
    const expected = new Map<string, number>();
    let chiSquare = 0;
    let degrees = 0;
    let requests = 0;
    for (const { ready, counts, total } of this.#strata.values()) {
      requests += total;
      const mean = total / ready.length;
      for (const name of ready) {
        got.set(name, (got.get(name) ?? 0) + (counts.get(name) ?? 0));
        expected.set(name, (expected.get(name) ?? 0) + mean);
      }
      if (ready.length < 2 || mean < LEAST_EXPECTED) continue;
      for (const name of ready) chiSquare += ((counts.get(name) ?? 0) - mean) ** 2 / mean;
      degrees += ready.length - 1;
    }
    if (requests === 0) return undefined;
    let most = '';
    let maxOverMean = 0;
    for (const [name, count] of got) {
      const ratio = count / expected.get(name)!;
      if (ratio <= maxOverMean) continue;
      most = name;
      maxOverMean = ratio;
    }
    return { maxOverMean, most, p: degrees === 0 ? 1 : chiSquareTail(chiSquare, degrees), requests };
  }

  #stratum(ready: readonly string[]): Stratum | undefined {
    const key = ready.join('\n');
    let stratum = this.#strata.get(key);
    if (stratum === undefined && this.#strata.size < MOST_SETS) {
      stratum = { ready, counts: new Map(), total: 0 };
      this.#strata.set(key, stratum);
    }
    this.#last = stratum;
    return stratum;
  }
}
