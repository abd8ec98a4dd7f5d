/**
 * Pods as those see them who keep some running: which are theirs, how they take one on and let one go, and what they note.
 */
import { statesOf } from './controller.ts';
import type { EventNote } from './note.ts';
import type { KubeObject, ObjectOfKind } from './object/kind.ts';
import { kindInfo } from './object/kind.ts';
import type { LabelSelector } from './object/label-selector.ts';
import { matchesSelector } from './object/label-selector.ts';
import type { Manifest } from './object/manifest.ts';
import { controllerOf, type OwnerReference } from './object/metadata.ts';
import type { Pod, PodTemplate } from './object/pod.ts';
import { keyOf, objectKey } from './object-key.ts';
import { isPodActive } from './pod-status.ts';
import type { Change } from './store.ts';
import type { ObjectView } from './view.ts';
import type { Write } from './write.ts';

/** Names the template that a pod was made of, for the kinds without a ReplicaSet between them and their pods. */
export const REVISION_LABEL = 'controller-revision-hash';

/** Kinds that choose their pods by a selector. */
type SetKind = 'ReplicaSet' | 'ReplicationController' | 'DaemonSet' | 'StatefulSet';

/** Whether a pod's change may concern owners of a kind: one that nobody controls may become somebody's. */
export function mayConcern(change: Change, kind: SetKind): boolean {
  return statesOf(change).some(({ metadata }) => (controllerOf(metadata)?.kind ?? kind) === kind);
}

/** Keys of those whose pod it is or was, and of those who might take it on. */
export function ownerKeys<K extends SetKind>(
  change: Change,
  view: ObjectView,
  kind: K,
  selectorOf: (set: ObjectOfKind[K]) => LabelSelector,
): readonly string[] {
  const keys = new Set<string>();
  for (const { metadata } of statesOf(change)) {
    const owner = controllerOf(metadata);
    if (owner?.kind === kind) keys.add(objectKey(metadata.namespace, owner.name));
    if (owner !== undefined) continue;
    for (const set of view.list(kind, metadata.namespace)) {
      if (matchesSelector(selectorOf(set), metadata.labels)) keys.add(keyOf(set));
    }
  }
  return [...keys];
}

/** The reference by which an object is the controller of what it makes. */
export function ownerReference({ kind, metadata }: KubeObject): OwnerReference {
  const { name, uid = '' } = metadata;
  const apiVersion = kindInfo(kind)!.apiVersion;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Active pods that the selector takes and nobody controls. */
export function orphansOf(owner: KubeObject, selector: LabelSelector, view: ObjectView): readonly Pod[] {
  return view
    .listBy('Pod', 'unowned', owner.metadata.namespace ?? '')
    .filter((pod) => isPodActive(pod) && matchesSelector(selector, pod.metadata.labels));
}

/** Makes the owner the pod's controller. */
export function adoption(owner: KubeObject, { metadata }: Pod): Write {
  const { namespace, name, uid, ownerReferences = [] } = metadata;
  return {
    verb: 'patch',
    kind: 'Pod',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
    patch: { metadata: { ownerReferences: [...ownerReferences, ownerReference(owner)] } },
  };
}

/** A pod of a template. @param metadata a name or a generateName, and what is to be added to the template's own */
export function podOf(owner: KubeObject, template: PodTemplate, metadata: Manifest, spec: Manifest = {}): Manifest {
  const { labels, annotations } = template.metadata;
  const { labels: more, annotations: notes, ...names } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...names,
      namespace: owner.metadata.namespace,
      ...(labels === undefined && more === undefined ? {} : { labels: { ...labels, ...(more as object | undefined) } }),
      ...(annotations === undefined && notes === undefined
        ? {}
        : { annotations: { ...annotations, ...(notes as object | undefined) } }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...template.spec, ...spec },
  };
}

/** Deletes an object that nobody has replaced meanwhile. */
export function removal({ kind, metadata }: KubeObject): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind, namespace, name, ...(uid === undefined ? {} : { uid }) };
}

/** What an operator is told of an object. */
export function noteOf(
  { kind, metadata }: KubeObject,
  reason: string,
  message: string,
  type: EventNote['type'] = 'Normal',
): EventNote {
  const { namespace = '', name, uid } = metadata;
  return { type, reason, message, kind, namespace, name, ...(uid === undefined ? {} : { uid }) };
}
