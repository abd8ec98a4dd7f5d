/**
 * The ReplicaSet controller: makes pods of a template, or takes some away, until their number is right.
 * @see kubernetes pkg/controller/replicaset/replica_set.go
 */
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO, statesOf } from '../controller.ts';
import type { EventNote } from '../note.ts';
import { matchesSelector } from '../object/label-selector.ts';
import type { Manifest } from '../object/manifest.ts';
import { controllerOf } from '../object/metadata.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady } from '../object/pod.ts';
import type { ReplicaSet } from '../object/replica-set.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { availableAt, isPodActive } from '../pod-status.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { deletionOrder } from './deletion-order.ts';

/** Pods that one look creates or deletes at most. */
const BURST = 500;

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const set = view.get('ReplicaSet', ...splitKey(key));
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const adoptions = orphansOf(set, view);
  const pods = [...view.listBy('Pod', 'owner', set.metadata.uid ?? ''), ...adoptions].filter(isPodActive);
  const writes: Write[] = adoptions.map((pod) => adopt(set, pod));
  const notes: EventNote[] = [];
  const missing = set.spec.replicas - pods.length;
  const created = (name: string): EventNote => note(set, 'SuccessfulCreate', `Created pod: ${name}`);
  for (let i = 0; i < Math.min(missing, BURST); i++) {
    writes.push({ verb: 'create', object: podOf(set), note: created });
  }
  const nowSeconds = context.config.startSeconds + context.at / SECOND;
  if (missing < 0) {
    for (const pod of deletionOrder(pods, nowSeconds).slice(0, Math.min(-missing, BURST))) {
      writes.push(removal(pod));
      notes.push(note(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`));
    }
  }
  const { status, requeueAt } = statusOf(set, pods, context);
  if (!equalContent(status, set.status)) writes.push({ verb: 'update', from: set, object: { ...set, status } });
  return { writes, notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

/** Pods that the selector takes and nobody controls. */
function orphansOf(set: ReplicaSet, view: ObjectView): readonly Pod[] {
  return view
    .listBy('Pod', 'unowned', set.metadata.namespace ?? '')
    .filter((pod) => isPodActive(pod) && matchesSelector(set.spec.selector, pod.metadata.labels));
}

function ownerOf(set: ReplicaSet): object {
  const { name, uid } = set.metadata;
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true, blockOwnerDeletion: true };
}

function adopt(set: ReplicaSet, pod: Pod): Write {
  const { namespace, name, uid, ownerReferences = [] } = pod.metadata;
  return {
    verb: 'patch',
    kind: 'Pod',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
    patch: { metadata: { ownerReferences: [...ownerReferences, ownerOf(set)] } },
  };
}

function podOf(set: ReplicaSet): Manifest {
  const { namespace, name } = set.metadata;
  const { labels, annotations } = set.spec.template.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerOf(set)],
    },
    spec: set.spec.template.spec,
  };
}

function removal({ metadata }: Pod): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function note({ metadata }: ReplicaSet, reason: string, message: string): EventNote {
  const { namespace = '', name, uid } = metadata;
  return {
    type: 'Normal',
    reason,
    message,
    kind: 'ReplicaSet',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
  };
}

function statusOf(
  set: ReplicaSet,
  pods: readonly Pod[],
  { at, config }: ReconcileContext,
): { status: ReplicaSet['status']; requeueAt: number | undefined } {
  const labels = set.spec.template.metadata.labels ?? {};
  const labelled = pods.filter((pod) => matchesSelector({ matchLabels: labels }, pod.metadata.labels)).length;
  const ready = pods.filter(isPodReady).length;
  const minReady = set.spec.minReadySeconds ?? 0;
  let available = 0;
  let requeueAt: number | undefined;
  for (const pod of pods) {
    const from = availableAt(pod, minReady, config.startSeconds);
    if (from === undefined) continue;
    if (from <= at) available++;
    else requeueAt = Math.min(requeueAt ?? from, from);
  }
  const status = {
    replicas: pods.length,
    ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  };
  return { status, requeueAt };
}

export const replicaSetController: Controller = {
  kind: 'replica-set',
  watches: ({ object }) => object.kind === 'ReplicaSet' || object.kind === 'Pod',
  keysOf: (change, view) => {
    const { object } = change;
    if (object.kind === 'ReplicaSet') return [keyOf(object)];
    const keys = new Set<string>();
    for (const state of statesOf(change)) {
      const owner = controllerOf(state.metadata);
      if (owner?.kind === 'ReplicaSet') keys.add(`${state.metadata.namespace}/${owner.name}`);
      if (owner !== undefined) continue;
      for (const set of view.list('ReplicaSet', state.metadata.namespace)) {
        if (matchesSelector(set.spec.selector, state.metadata.labels)) keys.add(keyOf(set));
      }
    }
    return [...keys];
  },
  allKeys: (view) => view.list('ReplicaSet').map(keyOf),
  reconcile,
};
