/**
 * Deployment: replaces the pods of one template by those of the next, through ReplicaSets.
 */
import type { LabelSelector } from './label-selector.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import type { PodTemplate } from './pod.ts';

export interface RollingUpdate {
  /** Number of pods, or a share such as `25%` (rounded down). */
  readonly maxUnavailable: number | string;
  /** Number of pods, or a share such as `25%` (rounded up). */
  readonly maxSurge: number | string;
}

export interface Deployment {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'Deployment';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy: { readonly type: 'RollingUpdate' | 'Recreate'; readonly rollingUpdate?: RollingUpdate };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit: number;
    readonly progressDeadlineSeconds: number;
    readonly paused?: boolean;
  };
  readonly status: {
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly observedGeneration?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[];
  };
}
