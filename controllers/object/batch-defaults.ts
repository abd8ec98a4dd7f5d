/**
 * What the API server fills in to Jobs and CronJobs.
 * @see kubernetes pkg/apis/batch/v1/defaults.go, pkg/registry/batch/job/strategy.go generateSelector
 */
import type { CronJob } from './cron-job.ts';
import type { Job } from './job.ts';
import type { Manifest } from './manifest.ts';
import { objectAt, withDefaults } from './manifest.ts';
import { defaultPodTemplate } from './pod-defaults.ts';

/** Release from which the labels of a Job's pods have a prefix, beside the older ones without. */
const PREFIXED_MINOR = 27;

/** @param manifest its metadata complete: the selector names the uid @param minor release of the API server */
export function defaultJob(manifest: Manifest, minor: number): Job {
  const given = objectAt(manifest, 'spec');
  const filled = withDefaults(given, {
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    parallelism: 1,
    // A number of workers without a number of successes is a work queue.
    completions: given['parallelism'] === undefined ? 1 : undefined,
  });
  const template = objectAt(given, 'template');
  const isManual = given['manualSelector'] === true;
  const spec = isManual
    ? { ...filled, template: defaultPodTemplate(template) }
    : { ...filled, ...withGeneratedSelector(manifest, given, template, minor) };
  return { ...manifest, spec, status: objectAt(manifest, 'status') } as unknown as Job;
}

function withGeneratedSelector(manifest: Manifest, given: Manifest, template: Manifest, minor: number): Manifest {
  // Before it is stored a Job has no uid yet.
  const { name, uid = '' } = objectAt(manifest, 'metadata');
  const prefix = minor >= PREFIXED_MINOR ? 'batch.kubernetes.io/' : '';
  // Without a prefix the former two are the latter.
  const own = {
    [`${prefix}controller-uid`]: uid,
    [`${prefix}job-name`]: name,
    'controller-uid': uid,
    'job-name': name,
  };
  const metadata = objectAt(template, 'metadata');
  const labels = { ...objectAt(metadata, 'labels'), ...own };
  const asked = objectAt(objectAt(given, 'selector'), 'matchLabels');
  return {
    selector: { ...objectAt(given, 'selector'), matchLabels: { ...asked, [`${prefix}controller-uid`]: uid } },
    template: defaultPodTemplate({ ...template, metadata: { ...metadata, labels } }),
  };
}

export function defaultCronJob(manifest: Manifest): CronJob {
  const given = objectAt(manifest, 'spec');
  const jobTemplate = objectAt(given, 'jobTemplate');
  const job = objectAt(jobTemplate, 'spec');
  const filled = { ...job, template: defaultPodTemplate(objectAt(job, 'template')) };
  return {
    ...manifest,
    spec: withDefaults(
      { ...given, jobTemplate: { ...jobTemplate, spec: filled } },
      {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      },
    ),
    status: objectAt(manifest, 'status'),
  } as unknown as CronJob;
}
