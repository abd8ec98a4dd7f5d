/**
 * A race: several ways to do the same piece of work, timed by tinybench in one process, told as rates and ratios. The
 * machine's absolute speed swings, so runners take turns over several rounds, ratios are taken within a round, and each
 * figure comes with the lowest and the highest that a round gave.
 */
import { Bench } from 'tinybench';

export interface Runner {
  readonly name: string;
  /** Does the work once. */
  readonly work: () => void;
  /** Operations that one piece of work is. */
  readonly operations: number;
}

/** A figure and the range that it was found in. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Result {
  readonly name: string;
  /** Operations a second: median over the rounds, each round's being the median of its samples. */
  readonly rate: number;
  readonly rates: Range;
  /** Rate divided by the first runner's of the same round: median over the rounds. */
  readonly ratio: number;
  readonly ratios: Range;
  /** Times that the work was done. */
  readonly samples: number;
}

export interface Race {
  readonly title: string;
  /** What is counted. */
  readonly unit: string;
  /** Races that differ in this alone make a chart. */
  readonly size?: { readonly of: string; readonly count: number };
  readonly results: readonly Result[];
}

export interface RaceOptions {
  /** Least time for each runner, over all rounds. */
  readonly timeMs: number;
  readonly rounds: number;
}

/** @throws what a runner throws */
export async function race(
  title: string,
  unit: string,
  runners: readonly Runner[],
  { timeMs, rounds }: RaceOptions,
  size?: Race['size'],
): Promise<Race> {
  const rates: number[][] = runners.map(() => []);
  const samples: number[] = runners.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    const time = timeMs / rounds;
    const bench = new Bench({ time, iterations: 1, warmup: round === 0, warmupTime: time, warmupIterations: 1 });
    for (const { name, work } of runners) bench.add(name, work);
    await bench.run();
    runners.forEach(({ name, operations }, i) => {
      const { result } = bench.tasks[i]!;
      if (result.state === 'errored') throw result.error;
      if (result.state !== 'completed') throw new Error(`The race "${title}" was not run to its end: ${name}`);
      rates[i]!.push((operations * 1000) / result.latency.p50);
      samples[i]! += result.latency.samplesCount;
    });
  }
  return { title, unit, ...(size === undefined ? {} : { size }), results: resultsOf(runners, rates, samples) };
}

/** @param rates by runner and round */
export function resultsOf(
  runners: readonly Pick<Runner, 'name'>[],
  rates: readonly (readonly number[])[],
  samples: readonly number[],
): Result[] {
  return runners.map(({ name }, i) => {
    const ratios = rates[i]!.map((rate, round) => rate / rates[0]![round]!);
    return {
      name,
      rate: median(rates[i]!),
      rates: rangeOf(rates[i]!),
      ratio: median(ratios),
      ratios: rangeOf(ratios),
      samples: samples[i]!,
    };
  });
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rangeOf(values: readonly number[]): Range {
  return { low: Math.min(...values), high: Math.max(...values) };
}

/** Least time of one piece of work: reading the clock costs nothing beside it, and others seldom come between. */
const LEAST_WORK_MS = 0.5;
/** The machine may be busy with others: the shortest of so many tries counts. */
const TRIES = 3;

/**
 * A runner that does so many operations at a time that the clock tells them apart, but no more than `most`.
 * @param work does that many
 */
export function paced(name: string, most: number, work: (operations: number) => void): Runner {
  let operations = Math.min(16, most);
  for (; operations < most; operations = Math.min(most, operations * 2)) {
    let shortestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TRIES && shortestMs >= LEAST_WORK_MS; i++) {
      const startedAt = performance.now();
      work(operations);
      shortestMs = Math.min(shortestMs, performance.now() - startedAt);
    }
    if (shortestMs >= LEAST_WORK_MS) break;
  }
  return { name, operations, work: () => work(operations) };
}
