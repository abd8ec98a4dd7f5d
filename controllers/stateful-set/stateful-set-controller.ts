/**
 * The StatefulSet controller: pods `web-0`, `web-1` …, each made when the one before it is ready and taken away in the
 * opposite order; a pod that is gone comes back under its name.
 * @see kubernetes pkg/controller/statefulset/stateful_set_control.go
 */
import { podTemplateHash } from '../allocate/template-hash.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import type { StatefulSet } from '../object/stateful-set.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { adoption, mayConcern, noteOf, orphansOf, ownerKeys, podOf, REVISION_LABEL, removal } from '../owned-pod.ts';
import { availability } from '../pod-status.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';

const NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const INDEX_LABEL = 'apps.kubernetes.io/pod-index';
/** Release that brought the label with a pod's number. @see KEP-4017 */
const INDEX_MINOR = 28;

interface Look {
  readonly set: StatefulSet;
  /** Name of the revision that the template makes: `web-5d4c9f7b6`. */
  readonly revision: string;
  readonly context: ReconcileContext;
  readonly writes: Write[];
  readonly notes: EventNote[];
}

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const set = view.get('StatefulSet', ...splitKey(key));
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const { name, uid = '' } = set.metadata;
  const adoptions = orphansOf(set, set.spec.selector, view).filter((pod) => ordinalOf(set, pod) >= 0);
  const pods = [...view.listBy('Pod', 'owner', uid), ...adoptions].filter((pod) => ordinalOf(set, pod) >= 0);
  const revision = `${name}-${podTemplateHash(set.spec.template, 0, context.config.minor)}`;
  const look: Look = { set, revision, context, writes: adoptions.map((pod) => adoption(set, pod)), notes: [] };
  step(look, pods);
  const { status, requeueAt } = statusOf(look, pods);
  if (!equalContent(status, set.status)) look.writes.push({ verb: 'update', from: set, object: { ...set, status } });
  return { writes: look.writes, notes: look.notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

/** The number in a pod's name, or -1 for a name that is not of the set. */
function ordinalOf({ metadata }: StatefulSet, pod: Pod): number {
  const match = /^(.*)-(0|[1-9]\d*)$/.exec(pod.metadata.name);
  return match?.[1] === metadata.name ? Number(match[2]) : -1;
}

/** In order: pods that are missing, then those too many, then old ones. Unless `Parallel`, one at a time. */
function step(look: Look, pods: readonly Pod[]): void {
  const { set } = look;
  const first = set.spec.ordinals?.start ?? 0;
  const isOrdered = set.spec.podManagementPolicy === 'OrderedReady';
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  for (let ordinal = first; ordinal < first + set.spec.replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) create(look, ordinal);
    else if (isPodTerminal(pod) && !isLeaving(pod)) {
      look.notes.push(
        noteOf(
          set,
          'RecreatingFailedPod',
          `StatefulSet ${keyOf(set)} is recreating failed Pod ${pod.metadata.name}`,
          'Warning',
        ),
      );
      remove(look, pod);
    } else if (isHealthy(pod)) continue;
    if (isOrdered) return;
  }
  const surplus = pods.filter((pod) => ordinalOf(set, pod) < first || ordinalOf(set, pod) >= first + set.spec.replicas);
  const last = [...surplus].sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  for (const pod of last) {
    if (!isLeaving(pod)) remove(look, pod);
    if (isOrdered) return;
  }
  if (surplus.length === 0) replaceOld(look, pods, first);
}

/** From the highest number down to the partition, each once the one before is healthy. */
function replaceOld(look: Look, pods: readonly Pod[], first: number): void {
  const { set, revision } = look;
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== 'RollingUpdate') return;
  const least = Math.max(first, rollingUpdate?.partition ?? 0);
  for (const pod of [...pods].sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a))) {
    if (ordinalOf(set, pod) < least) return;
    if (pod.metadata.labels?.[REVISION_LABEL] !== revision && !isLeaving(pod)) {
      remove(look, pod);
      return;
    }
    if (!isHealthy(pod)) return;
  }
}

function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isHealthy(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isPodReady(pod) && !isLeaving(pod);
}

function create({ set, revision, context, writes }: Look, ordinal: number): void {
  const { serviceName, template } = set.spec;
  const name = `${set.metadata.name}-${ordinal}`;
  const index = context.config.minor >= INDEX_MINOR ? { [INDEX_LABEL]: String(ordinal) } : {};
  const labels = { [REVISION_LABEL]: revision, [NAME_LABEL]: name, ...index };
  const names = { hostname: name, ...(serviceName ? { subdomain: serviceName } : {}) };
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  writes.push({
    verb: 'create',
    object: podOf(set, template, { name, labels }, names),
    note: () => noteOf(set, 'SuccessfulCreate', message),
  });
}

function remove({ set, writes, notes }: Look, pod: Pod): void {
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  writes.push(removal(pod));
  notes.push(noteOf(set, 'SuccessfulDelete', message));
}

function statusOf(
  { set, revision, context }: Look,
  pods: readonly Pod[],
): { readonly status: StatefulSet['status']; readonly requeueAt: number | undefined } {
  const there = pods.filter((pod) => !isPodTerminal(pod));
  const ready = there.filter((pod) => pod.status.phase === 'Running' && isPodReady(pod)).length;
  const staying = there.filter((pod) => !isLeaving(pod));
  const countOf = (name: string): number =>
    staying.filter(({ metadata }) => metadata.labels?.[REVISION_LABEL] === name).length;
  const updated = countOf(revision);
  const before = set.status.currentRevision ?? revision;
  const isDone = updated === set.spec.replicas && there.length === set.spec.replicas && ready === set.spec.replicas;
  const currentRevision = isDone ? revision : before;
  const current = countOf(currentRevision);
  const { available, nextAt } = availability(staying, set.spec.minReadySeconds ?? 0, context);
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: there.length,
    availableReplicas: available,
    collisionCount: 0,
    currentRevision,
    updateRevision: revision,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(current > 0 ? { currentReplicas: current } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
  };
  return { status, requeueAt: nextAt };
}

export const statefulSetController: Controller = {
  kind: 'stateful-set',
  watches: (change) =>
    change.object.kind === 'StatefulSet' || (change.object.kind === 'Pod' && mayConcern(change, 'StatefulSet')),
  keysOf: (change, view) =>
    change.object.kind === 'StatefulSet'
      ? [keyOf(change.object)]
      : ownerKeys(change, view, 'StatefulSet', ({ spec }) => spec.selector),
  allKeys: (view) => view.list('StatefulSet').map(keyOf),
  reconcile,
};
