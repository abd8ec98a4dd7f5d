/**
 * ReplicaSet: keeps a number of pods of one template.
 */
import type { LabelSelector } from './label-selector.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import type { PodTemplate } from './pod.ts';

/** Ties the pods of one ReplicaSet to the template that they were made from. */
export const POD_TEMPLATE_HASH_LABEL = 'pod-template-hash';

export interface ReplicaSet {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'ReplicaSet';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status: {
    readonly replicas: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}
