/**
 * The CronJob controller: makes a Job at each instant of a schedule, named by the minutes since 1970, and clears old ones
 * away. Its clock is UTC.
 * @see kubernetes pkg/controller/cronjob/cronjob_controllerv2.go
 */
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { CronJob } from '../object/cron-job.ts';
import type { Job } from '../object/job.ts';
import { isJobFinished } from '../object/job.ts';
import { byAge, controllerOf } from '../object/metadata.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { noteOf, ownerReference, removal } from '../owned-pod.ts';
import { parseTimestamp, timestampAt } from '../timestamp.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { nextInstant, parseSchedule } from './schedule.ts';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Release that brought the annotation with the instant that a Job was meant for. */
const SCHEDULED_AT_MINOR = 28;

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const cron = view.get('CronJob', ...splitKey(key));
  if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const schedule = parseSchedule(cron.spec.schedule);
  if (typeof schedule === 'string') return NOTHING_TO_DO;
  const { config, at } = context;
  const nowSeconds = config.startSeconds + Math.floor(at / SECOND);
  const jobs = view.listBy('Job', 'owner', cron.metadata.uid ?? '');
  const writes: Write[] = [];
  const notes: EventNote[] = [];
  let active = jobs.filter((job) => !isJobFinished(job));
  let { lastScheduleTime } = cron.status;
  const since = parseTimestamp(lastScheduleTime ?? cron.metadata.creationTimestamp ?? '') ?? nowSeconds;
  // Of several instants that were missed the last one counts.
  let due: number | undefined;
  for (let next = nextInstant(schedule, since); next !== undefined && next <= nowSeconds; ) {
    due = next;
    next = nextInstant(schedule, next);
  }
  if (due !== undefined && !cron.spec.suspend && isInTime(cron, due, nowSeconds)) {
    if (cron.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      notes.push(noteOf(cron, 'JobAlreadyActive', message));
    } else {
      if (cron.spec.concurrencyPolicy === 'Replace') {
        writes.push(...active.map(removal));
        active = [];
      }
      writes.push(creation(cron, due, context));
      lastScheduleTime = timestampAt(due, 0);
    }
  }
  writes.push(...surplus(cron, jobs).map(removal));
  const status = statusOf(cron, active, jobs, lastScheduleTime);
  if (!equalContent(status, cron.status)) writes.push({ verb: 'update', from: cron, object: { ...cron, status } });
  const following = cron.spec.suspend ? undefined : nextInstant(schedule, nowSeconds);
  // A schedule goes on for ever: waiting for it keeps no run alive.
  return following === undefined
    ? { writes, notes }
    : { writes, notes, requeueAt: (following - config.startSeconds) * SECOND, parked: true };
}

function isInTime({ spec }: CronJob, due: number, nowSeconds: number): boolean {
  return spec.startingDeadlineSeconds === undefined || nowSeconds - due <= spec.startingDeadlineSeconds;
}

function creation(cron: CronJob, due: number, { config }: ReconcileContext): Write {
  const { jobTemplate } = cron.spec;
  const name = `${cron.metadata.name}-${Math.floor(due / 60)}`;
  const scheduled = config.minor >= SCHEDULED_AT_MINOR ? { [SCHEDULED_AT]: timestampAt(due, 0) } : {};
  const annotations = { ...jobTemplate.metadata?.annotations, ...scheduled };
  const labels = jobTemplate.metadata?.labels;
  const metadata = {
    name,
    namespace: cron.metadata.namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences: [ownerReference(cron)],
  };
  return {
    verb: 'create',
    object: { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobTemplate.spec },
    note: () => noteOf(cron, 'SuccessfulCreate', `Created job ${name}`),
  };
}

/** Finished Jobs beyond the history's limits, oldest first. */
function surplus({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const finished = jobs.filter(isJobFinished).sort(byAge);
  const hasFailed = ({ status }: Job): boolean => (status.conditions ?? []).some(({ type }) => type === 'Failed');
  const good = finished.filter((job) => !hasFailed(job));
  const bad = finished.filter(hasFailed);
  return [
    ...good.slice(0, Math.max(0, good.length - spec.successfulJobsHistoryLimit)),
    ...bad.slice(0, Math.max(0, bad.length - spec.failedJobsHistoryLimit)),
  ];
}

function statusOf(
  cron: CronJob,
  active: readonly Job[],
  jobs: readonly Job[],
  lastScheduleTime: string | undefined,
): CronJob['status'] {
  const ends = jobs.map(({ status }) => status.completionTime ?? '').sort();
  const lastSuccessfulTime = ends.at(-1) || cron.status.lastSuccessfulTime;
  const references = active.map(({ metadata }) => ({
    kind: 'Job',
    apiVersion: 'batch/v1',
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  }));
  return {
    ...(references.length > 0 ? { active: references } : {}),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
}

export const cronJobController: Controller = {
  kind: 'cron-job',
  watches: ({ object }) =>
    object.kind === 'CronJob' || (object.kind === 'Job' && controllerOf(object.metadata)?.kind === 'CronJob'),
  keysOf: ({ object }) =>
    object.kind === 'CronJob'
      ? [keyOf(object)]
      : [`${object.metadata.namespace}/${controllerOf(object.metadata)!.name}`],
  allKeys: (view) => view.list('CronJob').map(keyOf),
  reconcile,
};
