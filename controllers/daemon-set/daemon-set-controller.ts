/**
 * The DaemonSet controller: a pod on each node that takes one, bound there by the scheduler.
 * @see kubernetes pkg/controller/daemon/daemon_controller.go, update.go
 */
import { podTemplateHash } from '../allocate/template-hash.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { DaemonSet } from '../object/daemon-set.ts';
import { byAge } from '../object/metadata.ts';
import type { Node } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import { scaledValue } from '../object/scaled-value.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { adoption, mayConcern, noteOf, orphansOf, ownerKeys, REVISION_LABEL, removal } from '../owned-pod.ts';
import { availability, availableAt } from '../pod-status.ts';
import { matchesNode, onlyNode } from '../scheduler/node-affinity.ts';
import { untoleratedTaint } from '../scheduler/placement.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { daemonPod } from './daemon-pod.ts';
import { daemonTolerations } from './daemon-toleration.ts';

interface Look {
  readonly set: DaemonSet;
  readonly hash: string;
  /** The set's pods by the node that they run on or are meant for; those that are on their way out, too. */
  readonly byNode: ReadonlyMap<string, readonly Pod[]>;
  readonly writes: Write[];
  readonly notes: EventNote[];
}

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const set = view.get('DaemonSet', ...splitKey(key));
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const adoptions = orphansOf(set, set.spec.selector, view);
  const pods = [...view.listBy('Pod', 'owner', set.metadata.uid ?? ''), ...adoptions];
  const hash = podTemplateHash(set.spec.template, 0, context.config.minor);
  const writes = adoptions.map((pod) => adoption(set, pod));
  const look: Look = { set, hash, byNode: groupByNode(pods), writes, notes: [] };
  const nodes = view.list('Node');
  const model = modelPod(set);
  for (const node of nodes) keepNode(look, node, model);
  for (const [name, left] of look.byNode) {
    // Their node is gone; the pod garbage collector would do the same.
    if (!nodes.some(({ metadata }) => metadata.name === name)) for (const pod of left) remove(look, pod);
  }
  replaceOld(
    look,
    nodes.filter((node) => isWanted(model, node)),
    context,
  );
  const { status, requeueAt } = statusOf(look, nodes, model, context);
  if (!equalContent(status, set.status)) writes.push({ verb: 'update', from: set, object: { ...set, status } });
  return { writes, notes: look.notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

function groupByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = pod.spec.nodeName || onlyNode(pod);
    if (name === undefined) continue;
    groups.set(name, [...(groups.get(name) ?? []), pod]);
  }
  return groups;
}

/** A pod as it would be, to ask which nodes take it. */
function modelPod(set: DaemonSet): Pod {
  const { template } = set.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: '' },
    spec: { ...template.spec, tolerations: daemonTolerations(template.spec) },
    status: { phase: 'Pending' },
  };
}

function isWanted(model: Pod, node: Node): boolean {
  return matchesNode(model, node) && untoleratedTaint(model, node, ['NoSchedule', 'NoExecute']) === undefined;
}

/** A taint against new pods lets those that run there be. */
function mayStay(model: Pod, node: Node): boolean {
  return matchesNode(model, node) && untoleratedTaint(model, node, ['NoExecute']) === undefined;
}

/** One pod on a node that wants one, none on others; what has ended goes and comes anew. */
function keepNode(look: Look, node: Node, model: Pod): void {
  const { name } = node.metadata;
  const pods = look.byNode.get(name) ?? [];
  const living: Pod[] = [];
  for (const pod of pods) {
    if (!isPodTerminal(pod)) living.push(pod);
    else if (pod.metadata.deletionTimestamp === undefined) {
      const message = `Found failed daemon pod ${keyOf(pod)} on node ${name}, will try to kill it`;
      if (pod.status.phase === 'Failed') look.notes.push(noteOf(look.set, 'FailedDaemonPod', message, 'Warning'));
      remove(look, pod);
    }
  }
  if (!mayStay(model, node)) {
    for (const pod of living) remove(look, pod);
    return;
  }
  if (pods.length === 0 && isWanted(model, node)) create(look, name);
  // Of several the oldest stays.
  const active = living.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const pod of active.sort(byAge).slice(1)) remove(look, pod);
}

function create({ set, hash, writes }: Look, node: string): void {
  const note = (name: string): EventNote => noteOf(set, 'SuccessfulCreate', `Created pod: ${name}`);
  writes.push({ verb: 'create', object: daemonPod(set, hash, node), note });
}

function remove({ set, writes, notes }: Look, pod: Pod): void {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  writes.push(removal(pod));
  notes.push(noteOf(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`));
}

/** A rolling update takes old pods away, as many as may be missing at once; those that are not available go first. */
function replaceOld(look: Look, wanted: readonly Node[], context: ReconcileContext): void {
  const { set, byNode, hash } = look;
  if (set.spec.updateStrategy.type !== 'RollingUpdate') return;
  const nodes = wanted.map(({ metadata }) => byNode.get(metadata.name) ?? []);
  let missing = 0;
  const old: Pod[] = [];
  for (const pods of nodes) {
    const pod = pods.find((one) => !isPodTerminal(one) && one.metadata.deletionTimestamp === undefined);
    const available = pod !== undefined && isAvailable(pod, set, context);
    if (!available) missing++;
    if (pod === undefined || pod.metadata.labels?.[REVISION_LABEL] === hash) continue;
    if (available) old.push(pod);
    else remove(look, pod);
  }
  for (const pod of old.slice(0, Math.max(0, mayBeMissing(set, wanted.length) - missing))) remove(look, pod);
}

function mayBeMissing({ spec }: DaemonSet, total: number): number {
  return scaledValue(spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1, total, Math.ceil);
}

function isAvailable(pod: Pod, { spec }: DaemonSet, { at, config }: ReconcileContext): boolean {
  const from = availableAt(pod, spec.minReadySeconds ?? 0, config.startSeconds);
  return from !== undefined && from <= at;
}

function statusOf(
  { set, hash, byNode }: Look,
  nodes: readonly Node[],
  model: Pod,
  context: ReconcileContext,
): { readonly status: DaemonSet['status']; readonly requeueAt: number | undefined } {
  const counts = { desired: 0, misplaced: 0, ready: 0, updated: 0 };
  const current: Pod[] = [];
  for (const node of nodes) {
    const pods = (byNode.get(node.metadata.name) ?? []).filter((pod) => !isPodTerminal(pod));
    if (!isWanted(model, node)) {
      if (pods.length > 0) counts.misplaced++;
      continue;
    }
    counts.desired++;
    const [pod] = pods.sort(byAge);
    if (pod === undefined) continue;
    current.push(pod);
    if (isPodReady(pod)) counts.ready++;
    if (pod.metadata.labels?.[REVISION_LABEL] === hash) counts.updated++;
  }
  const { available, nextAt } = availability(current, set.spec.minReadySeconds ?? 0, context);
  const unavailable = counts.desired - available;
  const status = {
    currentNumberScheduled: current.length,
    numberMisscheduled: counts.misplaced,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 1,
    ...(counts.updated > 0 ? { updatedNumberScheduled: counts.updated } : {}),
    ...(available > 0 ? { numberAvailable: available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
  };
  return { status, requeueAt: nextAt };
}

export const daemonSetController: Controller = {
  kind: 'daemon-set',
  watches: (change) => {
    const { object } = change;
    if (object.kind === 'Node') return !isHeartbeat(change);
    return object.kind === 'DaemonSet' || (object.kind === 'Pod' && mayConcern(change, 'DaemonSet'));
  },
  keysOf: (change, view) => {
    const { object } = change;
    if (object.kind === 'DaemonSet') return [keyOf(object)];
    if (object.kind === 'Node') return view.list('DaemonSet').map(keyOf);
    return ownerKeys(change, view, 'DaemonSet', ({ spec }) => spec.selector);
  },
  allKeys: (view) => view.list('DaemonSet').map(keyOf),
  reconcile,
};

/** Nothing of a node has changed that bears on which pods it takes. */
function isHeartbeat({ object, previous, deleted }: Parameters<Controller['keysOf']>[0]): boolean {
  if (deleted || previous === undefined || object.kind !== 'Node' || previous.kind !== 'Node') return false;
  return equalContent(object.metadata.labels, previous.metadata.labels) && equalContent(object.spec, previous.spec);
}
