/**
 * What a part of the benchmark is and what it tells: races, and sheets of what is counted or timed but not raced.
 */
import type { Race, RaceOptions } from './race.ts';

/** Figures that belong together: one row for each way or size. */
export interface Sheet {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
}

export interface SheetRow {
  readonly name: string;
  /** As many as there are columns; null: there is none. */
  readonly values: readonly (number | null)[];
}

export interface SectionReport {
  readonly name: string;
  readonly title: string;
  readonly races: readonly Race[];
  readonly sheets: readonly Sheet[];
  /** What one has to know to read it; what was left out, and why. */
  readonly notes: readonly string[];
}

/** `quick` only shows that it works, `full` takes its time. */
export type Scale = 'quick' | 'usual' | 'full';

export interface BenchContext {
  readonly scale: Scale;
  readonly race: RaceOptions;
  /** The command's JavaScript file, for whole runs. */
  readonly main: string;
  /** Told of each part before it begins. */
  progress(part: string): void;
}

export interface Section {
  readonly name: string;
  run(context: BenchContext): Promise<SectionReport>;
}

/** One of three, by scale. */
export function byScale<T>({ scale }: BenchContext, quick: T, usual: T, full: T): T {
  return scale === 'quick' ? quick : scale === 'usual' ? usual : full;
}

/** How long `work` takes once, in ms, and what it gives. */
export function timed<T>(work: () => T): { readonly ms: number; readonly value: T } {
  const startedAt = performance.now();
  const value = work();
  return { ms: performance.now() - startedAt, value };
}
