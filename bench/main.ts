/**
 * `kubehop bench`: what the parts cost, as ratios within this one run.
 */
import { CONNTRACK } from './conntrack.bench.ts';
import { ENGINE } from './engine.bench.ts';
import { load, machine } from './machine.ts';
import { type BenchReport, REPORT_FORMAT } from './report.ts';
import { ROUTES } from './routes.bench.ts';
import type { Scale, Section } from './section.ts';
import { SERVICES } from './services.bench.ts';

export { compareReports, comparisonTable } from './compare.ts';
export { reportPage } from './page.ts';
export { readReport } from './report.ts';
export { reportTable } from './table.ts';

const SECTIONS: readonly Section[] = [ROUTES, SERVICES, CONNTRACK, ENGINE];

export const SECTION_NAMES: readonly string[] = SECTIONS.map(({ name }) => name);

/** Time for each runner and rounds, by scale: three rounds are the fewest that have a middle. */
const PACE: { readonly [S in Scale]: { readonly timeMs: number; readonly rounds: number } } = {
  quick: { timeMs: 6, rounds: 3 },
  usual: { timeMs: 250, rounds: 5 },
  full: { timeMs: 1_000, rounds: 7 },
};

export interface BenchOptions {
  /** Of `SECTION_NAMES`; none: all. */
  readonly sections: readonly string[];
  readonly scale: Scale;
  /** The command's JavaScript file, for whole runs. */
  readonly main: string;
  /** Told of each part before it begins. */
  progress(part: string): void;
}

/** @throws what a race throws */
export async function runBench({ sections, scale, main, progress }: BenchOptions): Promise<BenchReport> {
  const before = load();
  const wanted = SECTIONS.filter(({ name }) => sections.length === 0 || sections.includes(name));
  const reports = [];
  for (const section of wanted) reports.push(await section.run({ scale, race: PACE[scale], main, progress }));
  return { format: REPORT_FORMAT, machine: machine(), load: [before, load()], scale, sections: reports };
}
