/**
 * The Job controller: runs pods until enough have succeeded or too many have failed.
 * @see kubernetes pkg/controller/job/job_controller.go
 */
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO, statesOf } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { Job } from '../object/job.ts';
import { COMPLETION_INDEX, endCondition, isJobFinished } from '../object/job.ts';
import { controllerOf } from '../object/metadata.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady } from '../object/pod.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { adoption, noteOf, orphansOf, podOf, removal } from '../owned-pod.ts';
import { isPodActive, withCondition } from '../pod-status.ts';
import { parseTimestamp } from '../timestamp.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';

/** Wait after a failed pod, doubled with each, and its limit. @see DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff */
const BACKOFF_SECONDS = 10;
const MAX_BACKOFF_SECONDS = 600;
/** Pods that one look creates at most. @see MaxPodCreateDeletePerSync */
const BURST = 500;

interface Tally {
  readonly active: readonly Pod[];
  readonly succeeded: readonly Pod[];
  readonly failed: readonly Pod[];
}

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const job = view.get('Job', ...splitKey(key));
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  if (isJobFinished(job)) return cleanUp(job, context);
  const adoptions = orphansOf(job, job.spec.selector, view);
  const pods = [...view.listBy('Pod', 'owner', job.metadata.uid ?? ''), ...adoptions];
  const tally: Tally = {
    active: pods.filter(isPodActive),
    succeeded: pods.filter(({ status }) => status.phase === 'Succeeded'),
    failed: pods.filter(({ status }) => status.phase === 'Failed'),
  };
  const writes: Write[] = adoptions.map((pod) => adoption(job, pod));
  const notes: EventNote[] = [];
  const end = endOf(job, tally, context);
  let created = 0;
  let requeueAt: number | undefined;
  if (end !== undefined || job.spec.suspend) {
    for (const pod of tally.active) {
      writes.push(removal(pod));
      notes.push(noteOf(job, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`));
    }
  } else {
    const waitUntil = backoffEnd(tally.failed, context);
    const missing = wantedPods(job, tally) - tally.active.length;
    if (missing > 0 && waitUntil > context.at) requeueAt = waitUntil;
    else {
      const made = creations(job, tally, Math.min(missing, BURST));
      created = made.length;
      writes.push(...made);
    }
    for (const pod of tally.active.slice(tally.active.length + Math.min(0, missing))) writes.push(removal(pod));
  }
  const status = statusOf(job, tally, created, end, context);
  if (end !== undefined) notes.push(noteOf(job, end.reason, end.message, end.failed ? 'Warning' : 'Normal'));
  if (!equalContent(status, job.status)) writes.push({ verb: 'update', from: job, object: { ...job, status } });
  return { writes, notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

interface End {
  readonly failed: boolean;
  readonly reason: string;
  readonly message: string;
}

function endOf(
  { spec, status }: Job,
  { active, succeeded, failed }: Tally,
  context: ReconcileContext,
): End | undefined {
  const restarts = spec.template.spec.restartPolicy === 'OnFailure' ? restartsOf(active) : 0;
  if (failed.length > spec.backoffLimit || (restarts > 0 && restarts >= spec.backoffLimit)) {
    return { failed: true, reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const startedAt = parseTimestamp(status.startTime ?? '');
  const nowSeconds = context.config.startSeconds + context.at / SECOND;
  if (spec.activeDeadlineSeconds !== undefined && startedAt !== undefined) {
    if (nowSeconds - startedAt >= spec.activeDeadlineSeconds) {
      return { failed: true, reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    }
  }
  const isComplete =
    spec.completions === undefined
      ? succeeded.length > 0 && active.length === 0
      : doneOf(spec.completionMode, succeeded) >= spec.completions;
  return isComplete ? { failed: false, reason: 'Completed', message: 'Job completed' } : undefined;
}

function restartsOf(pods: readonly Pod[]): number {
  return pods.reduce(
    (sum, { status }) => sum + (status.containerStatuses ?? []).reduce((n, { restartCount }) => n + restartCount, 0),
    0,
  );
}

/** Successes; of an indexed Job each number counts once. */
function doneOf(mode: Job['spec']['completionMode'], succeeded: readonly Pod[]): number {
  return mode === 'Indexed' ? new Set(succeeded.map(indexOf)).size : succeeded.length;
}

function indexOf({ metadata }: Pod): string {
  return metadata.annotations?.[COMPLETION_INDEX] ?? '';
}

function wantedPods({ spec }: Job, { active, succeeded }: Tally): number {
  if (spec.completions === undefined) return succeeded.length > 0 ? active.length : spec.parallelism;
  return Math.min(spec.parallelism, spec.completions - doneOf(spec.completionMode, succeeded));
}

function creations(job: Job, { active, succeeded }: Tally, count: number): Write[] {
  const { spec, metadata } = job;
  const note = (name: string): EventNote => noteOf(job, 'SuccessfulCreate', `Created pod: ${name}`);
  if (spec.completionMode !== 'Indexed') {
    const object = podOf(job, spec.template, { generateName: `${metadata.name}-` });
    return Array.from({ length: Math.max(0, count) }, () => ({ verb: 'create', object, note }));
  }
  const taken = new Set([...active, ...succeeded].map(indexOf));
  const writes: Write[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && writes.length < count; index++) {
    if (taken.has(String(index))) continue;
    const own = { [COMPLETION_INDEX]: String(index) };
    const names = { generateName: `${metadata.name}-${index}-`, labels: own, annotations: own };
    const object = podOf(job, spec.template, names, { hostname: `${metadata.name}-${index}` });
    writes.push({ verb: 'create', object, note });
  }
  return writes;
}

/** When the wait after the last failure is over, in ns; 0: there was none. */
function backoffEnd(failed: readonly Pod[], { config }: ReconcileContext): number {
  if (failed.length === 0) return 0;
  const ends = failed.flatMap(({ status }) =>
    (status.containerStatuses ?? []).map(({ state }) => parseTimestamp(state?.terminated?.finishedAt ?? '') ?? 0),
  );
  const wait = Math.min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (failed.length - 1));
  return (Math.max(0, ...ends) + wait - config.startSeconds) * SECOND;
}

function statusOf(
  { spec, status }: Job,
  { active, succeeded, failed }: Tally,
  created: number,
  end: End | undefined,
  { timestamp }: ReconcileContext,
): Job['status'] {
  const conditions = [...(status.conditions ?? [])];
  const told =
    end === undefined
      ? conditions
      : withCondition(
          conditions,
          {
            type: end.failed ? 'Failed' : 'Complete',
            status: 'True',
            lastProbeTime: timestamp,
            ...(end.failed ? { reason: end.reason, message: end.message } : {}),
          },
          timestamp,
        );
  const running = end === undefined && !spec.suspend ? active.length + created : 0;
  const ready = running === 0 ? 0 : active.filter(isPodReady).length;
  return {
    ...(running > 0 ? { active: running } : {}),
    ready,
    ...(succeeded.length > 0 ? { succeeded: succeeded.length } : {}),
    ...(failed.length > 0 ? { failed: failed.length } : {}),
    ...(spec.suspend && status.startTime === undefined ? {} : { startTime: status.startTime ?? timestamp }),
    ...(end === undefined || end.failed ? {} : { completionTime: timestamp }),
    ...(told.length > 0 ? { conditions: told } : {}),
  };
}

/** A Job that is over goes some time later, if it says so. */
function cleanUp(job: Job, { at, config }: ReconcileContext): ReconcileResult {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined) return NOTHING_TO_DO;
  const endedAt = parseTimestamp(endCondition(job)?.lastTransitionTime ?? '') ?? config.startSeconds;
  const dueAt = (endedAt + ttl - config.startSeconds) * SECOND;
  return dueAt <= at ? { writes: [removal(job)] } : { writes: [], requeueAt: dueAt };
}

export const jobController: Controller = {
  kind: 'job',
  watches: (change) => {
    if (change.object.kind !== 'Pod') return change.object.kind === 'Job';
    return statesOf(change).some(({ metadata }) => controllerOf(metadata)?.kind === 'Job');
  },
  keysOf: (change) => {
    if (change.object.kind === 'Job') return [keyOf(change.object)];
    const owners = statesOf(change).map(({ metadata }) => controllerOf(metadata));
    const names = owners.filter((owner) => owner?.kind === 'Job').map((owner) => owner!.name);
    return [...new Set(names)].map((name) => `${change.object.metadata.namespace}/${name}`);
  },
  allKeys: (view) => view.list('Job').map(keyOf),
  reconcile,
};
