/**
 * Job: pods that are run until enough of them have succeeded.
 */
import type { LabelSelector } from './label-selector.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import type { PodTemplate } from './pod.ts';

export interface JobSpec {
  /** Absent: one success of any pod is enough, and no further ones are made after it. */
  readonly completions?: number;
  readonly parallelism: number;
  readonly backoffLimit: number;
  readonly completionMode: 'NonIndexed' | 'Indexed';
  readonly suspend: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly manualSelector?: boolean;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
}

export interface Job {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
  readonly status: {
    readonly active?: number;
    readonly ready?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
  };
}

/** Pods of a Job with completion mode Indexed bear their number. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** It is over, for good or ill. */
export function isJobFinished(job: Job): boolean {
  return endCondition(job) !== undefined;
}

/** The condition that says that it is over. */
export function endCondition({ status }: Job): Condition | undefined {
  return status.conditions?.find(({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'));
}
