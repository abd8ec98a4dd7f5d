/**
 * A race: several ways to do the same piece of work, timed by tinybench in one process, told as rates and ratios. The
 * machine's absolute speed swings; ratios within a run are what to quote.
 */
import { Bench } from 'tinybench';

export interface Runner {
  readonly name: string;
  /** Does the work once. */
  readonly work: () => void;
  /** Operations that one piece of work is. */
  readonly operations: number;
}

export interface Result {
  readonly name: string;
  /** Operations a second, median of the samples. */
  readonly rate: number;
  /** Relative margin of error of the mean, in percent. */
  readonly marginPercent: number;
  /** Rate divided by the first runner's. */
  readonly ratio: number;
  readonly samples: number;
}

export interface Race {
  readonly title: string;
  readonly unit: string;
  readonly results: readonly Result[];
}

/** @param timeMs least time for each runner */
export async function race(title: string, unit: string, runners: readonly Runner[], timeMs = 500): Promise<Race> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4, iterations: 3, warmupIterations: 1 });
  for (const { name, work } of runners) bench.add(name, work);
  await bench.run();
  const rates = runners.map(({ operations }, i) => {
    const { result } = bench.tasks[i]!;
    if (result.state !== 'completed')
      throw new Error(`The race "${title}" was not run to its end: ${runners[i]!.name}`);
    return {
      rate: (operations * 1000) / result.latency.p50,
      marginPercent: result.latency.rme,
      samples: result.latency.samplesCount,
    };
  });
  return {
    title,
    unit,
    results: rates.map((one, i) => ({ name: runners[i]!.name, ...one, ratio: one.rate / rates[0]!.rate })),
  };
}

const million = (rate: number): string =>
  rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : rate >= 1e3 ? `${(rate / 1e3).toFixed(1)} k` : rate.toFixed(1);

/** `1.82 x`; a ratio too small to tell its digits from zero as a fraction, `1/4,100`. */
export function formatRatio(ratio: number): string {
  if (ratio >= 0.1) return `${ratio.toPrecision(3)} x`;
  return `1/${Number((1 / ratio).toPrecision(2)).toLocaleString('en')}`;
}

export function formatRace({ title, unit, results }: Race): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(
    ({ name, rate, marginPercent, ratio, samples }) =>
      `  ${name.padEnd(width)}  ${million(rate).padStart(9)} ${unit}/s  ±${marginPercent.toFixed(1).padStart(4)} %  ${formatRatio(ratio).padStart(9)}  (${samples} samples)`,
  );
  return `${title}\n${lines.join('\n')}\n`;
}
