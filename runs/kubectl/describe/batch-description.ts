/**
 * `kubectl describe job` and `describe cronjob`.
 */
import type { CronJob } from '../../../controllers/object/cron-job.ts';
import type { Job } from '../../../controllers/object/job.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { isPodReady } from '../../../controllers/object/pod.ts';
import type { ClusterView } from '../cluster-view.ts';
import { durationOf } from '../table/job-table.ts';
import { type Description, longTime } from './description.ts';
import { describeTemplate } from './workload-description.ts';

export function describeJob(text: Description, job: Job, { view, nowSeconds }: ClusterView): void {
  const { metadata, spec, status } = job;
  text.heading(metadata);
  text.line(0, 'Selector:', formatSelector(spec.selector));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.controlledBy(metadata);
  text.line(0, 'Parallelism:', spec.parallelism);
  text.line(0, 'Completions:', spec.completions ?? '<unset>');
  text.line(0, 'Completion Mode:', spec.completionMode);
  text.line(0, 'Suspend:', String(spec.suspend));
  text.line(0, 'Backoff Limit:', spec.backoffLimit);
  if (spec.ttlSecondsAfterFinished !== undefined)
    text.line(0, 'TTL Seconds After Finished:', spec.ttlSecondsAfterFinished);
  if (status.startTime !== undefined) text.line(0, 'Start Time:', longTime(status.startTime));
  if (status.completionTime !== undefined) {
    text.line(0, 'Completed At:', longTime(status.completionTime));
    text.line(0, 'Duration:', durationOf(job, nowSeconds));
  }
  if (spec.activeDeadlineSeconds !== undefined)
    text.line(0, 'Active Deadline Seconds:', `${spec.activeDeadlineSeconds}s`);
  const pods = view.listBy('Pod', 'owner', metadata.uid ?? '');
  const ready = pods.filter((pod) => pod.status.phase === 'Running' && isPodReady(pod)).length;
  const counts = [
    `${status.active ?? 0} Active (${ready} Ready)`,
    `${status.succeeded ?? 0} Succeeded`,
    `${status.failed ?? 0} Failed`,
  ];
  text.line(0, 'Pods Statuses:', counts.join(' / '));
  describeTemplate(text, spec.template);
}

export function describeCronJob(text: Description, { metadata, spec, status }: CronJob): void {
  const { spec: job } = spec.jobTemplate;
  text.heading(metadata);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Schedule:', spec.schedule);
  text.line(0, 'Concurrency Policy:', spec.concurrencyPolicy);
  text.line(0, 'Suspend:', spec.suspend ? 'True' : 'False');
  text.line(0, 'Successful Job History Limit:', spec.successfulJobsHistoryLimit);
  text.line(0, 'Failed Job History Limit:', spec.failedJobsHistoryLimit);
  text.line(
    0,
    'Starting Deadline Seconds:',
    spec.startingDeadlineSeconds === undefined ? '<unset>' : `${spec.startingDeadlineSeconds}s`,
  );
  text.line(0, 'Selector:', job.selector === undefined ? '<unset>' : formatSelector(job.selector));
  text.line(0, 'Parallelism:', job.parallelism ?? '<unset>');
  text.line(0, 'Completions:', job.completions ?? '<unset>');
  describeTemplate(text, job.template);
  text.line(
    0,
    'Last Schedule Time:',
    status.lastScheduleTime === undefined ? '<unset>' : longTime(status.lastScheduleTime),
  );
  const active = (status.active ?? []).map(({ name = '' }) => name).join(', ');
  text.line(0, 'Active Jobs:', active || '<none>');
}
