/**
 * The ReplicaSet controller, which keeps ReplicationControllers as well: makes pods of a template, or takes some away,
 * until their number is right.
 * @see kubernetes pkg/controller/replicaset/replica_set.go, pkg/controller/replication/replication_controller.go
 */
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { LabelSelector } from '../object/label-selector.ts';
import { matchesSelector } from '../object/label-selector.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady } from '../object/pod.ts';
import type { ReplicaSet } from '../object/replica-set.ts';
import type { ReplicationController } from '../object/replication-controller.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { adoption, mayConcern, noteOf, orphansOf, ownerKeys, podOf, removal } from '../owned-pod.ts';
import { availability, isPodActive } from '../pod-status.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { deletionOrder } from './deletion-order.ts';

/** Pods that one look creates or deletes at most. */
const BURST = 500;

type PodSet = ReplicaSet | ReplicationController;

function selectorOf(set: PodSet): LabelSelector {
  return set.kind === 'ReplicaSet' ? set.spec.selector : { matchLabels: set.spec.selector };
}

function reconcile(set: PodSet | undefined, view: ObjectView, context: ReconcileContext): ReconcileResult {
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const adoptions = orphansOf(set, selectorOf(set), view);
  const pods = [...view.listBy('Pod', 'owner', set.metadata.uid ?? ''), ...adoptions].filter(isPodActive);
  const writes: Write[] = adoptions.map((pod) => adoption(set, pod));
  const notes: EventNote[] = [];
  const missing = set.spec.replicas - pods.length;
  const created = (name: string): EventNote => noteOf(set, 'SuccessfulCreate', `Created pod: ${name}`);
  const metadata = { generateName: `${set.metadata.name}-` };
  for (let i = 0; i < Math.min(missing, BURST); i++) {
    writes.push({ verb: 'create', object: podOf(set, set.spec.template, metadata), note: created });
  }
  const nowSeconds = context.config.startSeconds + context.at / SECOND;
  if (missing < 0) {
    for (const pod of deletionOrder(pods, nowSeconds).slice(0, Math.min(-missing, BURST))) {
      writes.push(removal(pod));
      notes.push(noteOf(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`));
    }
  }
  const { status, requeueAt } = statusOf(set, pods, context);
  if (!equalContent(status, set.status)) {
    writes.push({ verb: 'update', from: set, object: { ...set, status } as PodSet });
  }
  return { writes, notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

function statusOf(
  set: PodSet,
  pods: readonly Pod[],
  context: ReconcileContext,
): { status: ReplicaSet['status']; requeueAt: number | undefined } {
  const labels = set.spec.template.metadata.labels ?? {};
  const labelled = pods.filter((pod) => matchesSelector({ matchLabels: labels }, pod.metadata.labels)).length;
  const ready = pods.filter(isPodReady).length;
  const { available, nextAt } = availability(pods, set.spec.minReadySeconds ?? 0, context);
  const status = {
    replicas: pods.length,
    ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  };
  return { status, requeueAt: nextAt };
}

function controllerFor(kind: 'replica-set' | 'replication-controller', sets: PodSet['kind']): Controller {
  return {
    kind,
    watches: (change) => change.object.kind === sets || (change.object.kind === 'Pod' && mayConcern(change, sets)),
    keysOf: (change, view) =>
      change.object.kind === sets ? [keyOf(change.object)] : ownerKeys(change, view, sets, selectorOf),
    allKeys: (view) => view.list(sets).map(keyOf),
    reconcile: (key, view, context) => reconcile(view.get(sets, ...splitKey(key)), view, context),
  };
}

export const replicaSetController = controllerFor('replica-set', 'ReplicaSet');
export const replicationController = controllerFor('replication-controller', 'ReplicationController');
