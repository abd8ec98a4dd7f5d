/**
 * Checks of Jobs and CronJobs.
 * @see kubernetes pkg/apis/batch/validation/validation.go
 */
import { equalContent } from '../canonical.ts';
import { parseSchedule } from '../cron-job/schedule.ts';
import type { CronJob } from './cron-job.ts';
import type { FieldError } from './field-error.ts';
import { invalid, notSupported, required } from './field-error.ts';
import type { Job, JobSpec } from './job.ts';
import { matchesSelector } from './label-selector.ts';
import { validateLabelSelector, validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1123Subdomain } from './name.ts';
import { validatePodTemplate } from './pod-validation.ts';

/** A CronJob's name leaves room for the minutes that its Jobs are named by. */
const CRON_NAME_LENGTH = 52;

const COUNTS = [
  'parallelism',
  'completions',
  'backoffLimit',
  'activeDeadlineSeconds',
  'ttlSecondsAfterFinished',
] as const;

export function validateJob(job: Job): FieldError[] {
  const { selector, template } = job.spec;
  const errors = [
    ...validateMetadata(job.metadata, true, dns1123Subdomain),
    ...validateJobSpec(job.spec, 'spec'),
    ...validateLabelSelector(selector, 'spec.selector'),
  ];
  if (!matchesSelector(selector, template.metadata.labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', template.metadata.labels, detail));
  }
  return errors;
}

function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of COUNTS) {
    const value = spec[field];
    if (value !== undefined && value < 0) {
      errors.push(invalid(`${path}.${field}`, value, 'must be greater than or equal to 0'));
    }
  }
  if (spec.completionMode !== undefined && spec.completionMode !== 'NonIndexed' && spec.completionMode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, spec.completionMode, ['Indexed', 'NonIndexed']));
  }
  if (spec.completionMode === 'Indexed' && spec.completions === undefined) {
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  const at = `${path}.template`;
  errors.push(...validatePodTemplate(spec.template, at));
  if (spec.template.spec.restartPolicy === 'Always') {
    errors.push(required(`${at}.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  }
  return errors;
}

/** What a Job's pods are made of can't change once it is there. */
export function validateJobUpdate(next: Job, previous: Job): FieldError[] {
  const errors = [...validateMetadataUpdate(next.metadata, previous.metadata), ...validateJob(next)];
  for (const field of ['completions', 'selector', 'template', 'completionMode'] as const) {
    if (!equalContent(next.spec[field] ?? null, previous.spec[field] ?? null)) {
      errors.push(invalid(`spec.${field}`, next.spec[field], 'field is immutable'));
    }
  }
  return errors;
}

export function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  const errors = validateMetadata(metadata, true, dns1123Subdomain);
  if (metadata.name.length > CRON_NAME_LENGTH) {
    errors.push(invalid('metadata.name', metadata.name, `must be no more than ${CRON_NAME_LENGTH} characters`));
  }
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else {
    const schedule = parseSchedule(spec.schedule);
    if (typeof schedule === 'string') errors.push(invalid('spec.schedule', spec.schedule, schedule));
  }
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!policies.includes(spec.concurrencyPolicy)) {
    errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, policies));
  }
  return errors;
}
