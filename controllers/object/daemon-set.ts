/**
 * DaemonSet: one pod of a template on each node that takes it.
 */
import type { LabelSelector } from './label-selector.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import type { PodTemplate } from './pod.ts';

export interface DaemonSet {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'DaemonSet';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit: number;
    readonly updateStrategy: {
      readonly type: 'RollingUpdate' | 'OnDelete';
      /** Numbers of nodes, or shares such as `10%` (rounded up). */
      readonly rollingUpdate?: { readonly maxUnavailable: number | string; readonly maxSurge: number | string };
    };
  };
  readonly status: {
    readonly currentNumberScheduled: number;
    readonly desiredNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly numberReady: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}
