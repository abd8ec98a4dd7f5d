/**
 * What every Kubernetes object carries in `metadata`, and the condition that many carry in `status`. Stored objects are
 * immutable records; an absent field stands for Go's zero value.
 */

/** Labels, annotations, selectors by equality: one text per key. */
export type StringMap = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  /** Absent for kinds without a namespace (Node, Namespace). */
  readonly namespace?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly uid?: string;
  /** Decimal digits; compared as text for equality only. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly selfLink?: string;
  readonly managedFields?: readonly unknown[];
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly lastProbeTime?: string | null;
  readonly lastHeartbeatTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime?: string;
}

/** Whether the condition `type` is there with status True. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  if (conditions !== undefined) {
    for (const condition of conditions) if (condition.type === type) return condition.status === 'True';
  }
  return false;
}

/** The owner that manages the object, if one does. */
export function controllerOf(metadata: ObjectMeta): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** Older before younger, then by name: for lists that are sorted. */
export function byAge(a: { readonly metadata: ObjectMeta }, b: { readonly metadata: ObjectMeta }): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return left! < right! ? -1 : 1;
}
