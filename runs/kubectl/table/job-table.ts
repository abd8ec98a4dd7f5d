/**
 * Jobs in `kubectl get`.
 */
import type { Job } from '../../../controllers/object/job.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { parseTimestamp } from '../../../controllers/timestamp.ts';
import { ageOf, humanDuration } from '../duration.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

/** Servers tell a Job's state in a column of its own from this release on. */
const STATUS_MINOR = 31;

export const jobTable: KindTable<Job> = {
  columns: ['NAME', 'STATUS', 'COMPLETIONS', 'DURATION', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
  unknownTo: (minor) => (minor < STATUS_MINOR ? ['STATUS'] : []),
  row: (job, { nowSeconds }) => [
    job.metadata.name,
    stateOf(job),
    completionsOf(job),
    durationOf(job, nowSeconds),
    ageOf(job.metadata.creationTimestamp, nowSeconds),
    namesOf(job.spec.template),
    imagesOf(job.spec.template),
    formatSelector(job.spec.selector),
  ],
};

function stateOf({ metadata, status }: Job): string {
  const has = (type: string): boolean =>
    (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
  for (const type of ['Complete', 'Failed']) if (has(type)) return type;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return has('Suspended') ? 'Suspended' : 'Running';
}

/** Also in `describe`. */
export function completionsOf({ spec, status }: Job): string {
  const { succeeded = 0 } = status;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return spec.parallelism > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

/** Also in `describe`. @returns '' for a Job that has not begun */
export function durationOf({ status }: Job, nowSeconds: number): string {
  const from = parseTimestamp(status.startTime ?? '');
  if (from === undefined) return '';
  return humanDuration((parseTimestamp(status.completionTime ?? '') ?? nowSeconds) - from);
}
