/**
 * The node controller's hand on pods: those on a node with a NoExecute taint are deleted as soon as they no longer
 * tolerate it. The regular look at the nodes themselves is the node monitor's.
 * @see kubernetes pkg/controller/tainteviction/taint_eviction.go
 */
import { SECOND } from '../../core/time.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { Node, Taint } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';
import { isPodTerminal } from '../object/pod.ts';
import { keyOf } from '../object-key.ts';
import { matchesTaint } from '../scheduler/placement.ts';
import { parseTimestamp } from '../timestamp.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { podNote } from './node-monitor.ts';

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const node = view.get('Node', undefined, key);
  if (node === undefined) return NOTHING_TO_DO;
  const writes: Write[] = cordonTaint(node, context.timestamp);
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return { writes };
  const notes: EventNote[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const pod of view.listBy('Pod', 'node', key)) {
    const { deletionTimestamp, namespace, name, uid } = pod.metadata;
    if (deletionTimestamp !== undefined || isPodTerminal(pod)) continue;
    const at = evictionAt(pod, taints, context);
    if (at > context.at) {
      next = Math.min(next, at);
      continue;
    }
    writes.push({ verb: 'delete', kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) });
    notes.push(podNote(pod, 'TaintManagerEviction', `Marking for deletion Pod ${keyOf(pod)}`, 'Normal'));
  }
  return { writes, notes, ...(Number.isFinite(next) ? { requeueAt: next } : {}) };
}

/** A cordoned node is tainted, too. @see kubernetes pkg/controller/nodelifecycle doNoScheduleTaintingPass */
function cordonTaint({ metadata, spec }: Node, timestamp: string): Write[] {
  const taints = spec.taints ?? [];
  const others = taints.filter(({ key }) => key !== UNSCHEDULABLE);
  const cordoned = spec.unschedulable === true;
  if (cordoned === others.length < taints.length) return [];
  const added: Taint = { key: UNSCHEDULABLE, effect: 'NoSchedule', timeAdded: timestamp };
  const next = cordoned ? [...others, added] : others;
  const patch = { spec: { taints: next.length === 0 ? null : (next as never) } };
  return [{ verb: 'patch', kind: 'Node', namespace: undefined, name: metadata.name, patch }];
}

/** When a pod has to leave, in ns: at once where a taint is not tolerated, never where all are without a limit. */
function evictionAt(pod: Pod, taints: readonly Taint[], { at, config }: ReconcileContext): number {
  let first = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const tolerations = (pod.spec.tolerations ?? []).filter((one) => matchesTaint(one, taint));
    if (tolerations.length === 0) return at;
    const seconds = Math.min(
      ...tolerations.map(({ tolerationSeconds = Number.POSITIVE_INFINITY }) => tolerationSeconds),
    );
    const since = parseTimestamp(taint.timeAdded ?? '') ?? config.startSeconds;
    first = Math.min(first, (since - config.startSeconds + Math.max(0, seconds)) * SECOND);
  }
  return first;
}

export const nodeLifecycleController: Controller = {
  kind: 'node-lifecycle',
  watches: ({ object, previous }) =>
    object.kind === 'Node' ||
    (object.kind === 'Pod' && (previous === undefined || previous.kind !== 'Pod' || !previous.spec.nodeName)),
  keysOf: ({ object }, view) => {
    if (object.kind === 'Node') return [object.metadata.name];
    const name = object.kind === 'Pod' ? object.spec.nodeName : undefined;
    const tainted = view.get('Node', undefined, name ?? '')?.spec.taints?.some(({ effect }) => effect === 'NoExecute');
    return tainted === true ? [name as string] : [];
  },
  allKeys: (view) => view.list('Node').map(({ metadata }) => metadata.name),
  reconcile,
};
