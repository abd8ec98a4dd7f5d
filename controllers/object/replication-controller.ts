/**
 * ReplicationController: what ReplicaSets were called before, with a selector by equality.
 */
import type { ObjectMeta, StringMap } from './metadata.ts';
import type { ReplicaSet } from './replica-set.ts';

export interface ReplicationController {
  readonly apiVersion: 'v1';
  readonly kind: 'ReplicationController';
  readonly metadata: ObjectMeta;
  readonly spec: Omit<ReplicaSet['spec'], 'selector'> & { readonly selector: StringMap };
  readonly status: ReplicaSet['status'];
}
