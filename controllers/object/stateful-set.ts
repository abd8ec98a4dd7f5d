/**
 * StatefulSet: pods with names that last, made and taken away in order.
 */
import type { LabelSelector } from './label-selector.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import type { PodTemplate } from './pod.ts';

export interface StatefulSet {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'StatefulSet';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    /** The headless Service under which the pods have names; may be absent. */
    readonly serviceName?: string;
    readonly podManagementPolicy: 'OrderedReady' | 'Parallel';
    readonly updateStrategy: {
      readonly type: 'RollingUpdate' | 'OnDelete';
      readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: number | string };
    };
    readonly ordinals?: { readonly start?: number };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit: number;
    readonly volumeClaimTemplates?: readonly unknown[];
  };
  readonly status: {
    readonly replicas: number;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly collisionCount?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}
