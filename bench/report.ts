/**
 * What one call of the benchmark found, as it is printed and kept.
 */
import type { CostModel } from '../runs/cost/cost-model.ts';
import type { Machine } from './machine.ts';
import type { Scale, SectionReport } from './section.ts';

/** Grows with each change that an older reader would misread. */
export const REPORT_FORMAT = 1;

export interface BenchReport {
  readonly format: typeof REPORT_FORMAT;
  readonly machine: Machine;
  /** Load average of a minute, before and after: others' work makes all rates low. */
  readonly load: readonly [before: number, after: number];
  readonly scale: Scale;
  readonly sections: readonly SectionReport[];
  /** Where the kernel was measured: what `run` and `trace` predict by. */
  readonly costModel?: CostModel;
}

/** @throws {RangeError} for what an other version wrote */
export function readReport(value: unknown): BenchReport {
  const report = value as Partial<BenchReport> | undefined;
  if (report?.format !== REPORT_FORMAT || !Array.isArray(report.sections))
    throw new RangeError('It was written by another version: its figures cannot be read');
  return report as BenchReport;
}
