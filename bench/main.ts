/**
 * `kubehop bench`: what the parts cost, as ratios within this one run.
 */
import { CONNTRACK } from './conntrack.bench.ts';
import { ENGINE } from './engine.bench.ts';
import { measureKernel } from './kernel.bench.ts';
import { load, machine } from './machine.ts';
import { type BenchReport, REPORT_FORMAT } from './report.ts';
import { ROUTES } from './routes.bench.ts';
import type { Scale, Section, SectionReport } from './section.ts';
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
  /** Measure this machine's kernel, and no other part unless it is named. Needs what verify needs. */
  readonly kernel?: boolean;
  readonly scale: Scale;
  /** The command's JavaScript file, for whole runs. */
  readonly main: string;
  /** Told of each part before it begins. */
  progress(part: string): void;
}

/** @throws what a race throws */
export async function runBench({
  sections,
  kernel = false,
  scale,
  main,
  progress,
}: BenchOptions): Promise<BenchReport> {
  const before = load();
  const context = { scale, race: PACE[scale], main, progress };
  const all = sections.length === 0 && !kernel;
  const reports: SectionReport[] = [];
  for (const section of SECTIONS) {
    if (all || sections.includes(section.name)) reports.push(await section.run(context));
  }
  const measured = kernel ? await measureKernel(context) : undefined;
  if (measured !== undefined) reports.push(measured.section);
  return {
    format: REPORT_FORMAT,
    machine: machine(),
    load: [before, load()],
    scale,
    sections: reports,
    ...(measured === undefined ? {} : { costModel: measured.model }),
  };
}
