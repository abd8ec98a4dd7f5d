/**
 * The scheduler: gives each pod without a node the one with the fewest pods among those that can take it. Upstream's
 * scores (spreading, resources, images) are not modelled; the tie is drawn.
 * @see kubernetes pkg/scheduler/schedule_one.go
 */
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { KubeObject } from '../object/kind.ts';
import type { Condition } from '../object/metadata.ts';
import type { Node } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';
import { isPodTerminal } from '../object/pod.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { withCondition } from '../pod-status.ts';
import { Purpose } from '../purpose.ts';
import { UNSCHEDULABLE_RETRY_NS } from '../timing.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { onlyNode } from './node-affinity.ts';
import { otherNodeText, unschedulableMessage } from './obstacle-text.ts';
import { asksForPorts, obstacle } from './placement.ts';

const SCHEDULER = 'default-scheduler';

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const pod = view.get('Pod', ...splitKey(key));
  if (pod === undefined || !isWaiting(pod)) return NOTHING_TO_DO;
  const { free, reasons } = candidates(pod, view, context);
  if (free.size === 0) return unschedulable(pod, unschedulableMessage(reasons, context.config.minor), context);
  const pinned = context.pins.podPin(pod.metadata.uid ?? '')?.node;
  const node = pinned !== undefined && free.has(pinned) ? pinned : choose(free, context);
  return {
    writes: [bind(pod, node, context.timestamp)],
    notes: [note(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node}`)],
  };
}

function waiting(view: ObjectView): readonly string[] {
  return view.listBy('Pod', 'node', '').filter(isWaiting).map(keyOf);
}

function isWaiting({ spec, status, metadata }: Pod): boolean {
  const mine = spec.schedulerName === undefined || spec.schedulerName === SCHEDULER;
  return !spec.nodeName && mine && metadata.deletionTimestamp === undefined && status.phase === 'Pending';
}

interface Candidates {
  /** Names of the nodes that can take the pod. */
  readonly free: ReadonlySet<string>;
  /** Why each of the others can't. */
  readonly reasons: readonly string[];
}

/** By the list of nodes, which is one array as long as no node changes, and by what a pod asks of nodes. */
const known = new WeakMap<readonly Node[], Map<string, Candidates>>();

/** Pods that ask for no port of the node all find the same candidates: a pod of a template is like the one before. */
function candidates(pod: Pod, view: ObjectView, context: ReconcileContext): Candidates {
  const nodes = view.list('Node');
  const meant = onlyNode(pod);
  if (meant !== undefined) return onOneNode(pod, meant, nodes, context);
  // The scheduler keeps its own bindings in mind before its watch shows them.
  if (asksForPorts(pod)) {
    return sorted(pod, nodes, context, ({ metadata }) => context.newest.listBy('Pod', 'node', metadata.name));
  }
  const wishes = JSON.stringify([pod.spec.tolerations, pod.spec.nodeSelector, pod.spec.affinity]);
  const byWishes = known.get(nodes) ?? new Map<string, Candidates>();
  known.set(nodes, byWishes);
  const found = byWishes.get(wishes) ?? sorted(pod, nodes, context, () => []);
  byWishes.set(wishes, found);
  return found;
}

/** A pod that is meant for one node: only that one is looked at, the others' reason is known. */
function onOneNode(pod: Pod, meant: string, nodes: readonly Node[], context: ReconcileContext): Candidates {
  const node = context.newest.get('Node', undefined, meant);
  const others = nodes.length - (node === undefined ? 0 : 1);
  const reasons = Array<string>(others).fill(otherNodeText(context.config.minor));
  if (node === undefined) return { free: new Set(), reasons };
  const neighbours = asksForPorts(pod) ? context.newest.listBy('Pod', 'node', meant) : [];
  const reason = obstacle(pod, node, neighbours, context.config.minor);
  return reason === undefined
    ? { free: new Set([meant]), reasons }
    : { free: new Set(), reasons: [...reasons, reason] };
}

function sorted(
  pod: Pod,
  nodes: readonly Node[],
  { config }: ReconcileContext,
  neighboursOf: (node: Node) => readonly Pod[],
): Candidates {
  const reasons: string[] = [];
  const free = new Set<string>();
  for (const node of nodes) {
    const reason = obstacle(pod, node, neighboursOf(node), config.minor);
    if (reason === undefined) free.add(node.metadata.name);
    else reasons.push(reason);
  }
  return { free, reasons };
}

function choose(free: ReadonlySet<string>, context: ReconcileContext): string {
  const best = context.loads.least(free);
  return best[context.draw(Purpose.NodeTie) % best.length]!;
}

function bind({ metadata, status }: Pod, nodeName: string, timestamp: string): Write {
  const { namespace, name, uid } = metadata;
  const conditions = withCondition(status.conditions, { type: 'PodScheduled', status: 'True' }, timestamp);
  return {
    verb: 'patch',
    kind: 'Pod',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
    subresource: 'binding',
    patch: { spec: { nodeName }, status: { conditions } },
  };
}

function unschedulable(pod: Pod, message: string, context: ReconcileContext): ReconcileResult {
  const { namespace, name, uid } = pod.metadata;
  const condition: Condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  const conditions = withCondition(pod.status.conditions, condition, context.timestamp);
  return {
    writes: [
      {
        verb: 'patch',
        kind: 'Pod',
        namespace,
        name,
        ...(uid === undefined ? {} : { uid }),
        subresource: 'status',
        patch: { status: { conditions } },
      },
    ],
    notes: [note(pod, 'Warning', 'FailedScheduling', message)],
    requeueAt: context.at + UNSCHEDULABLE_RETRY_NS,
    parked: true,
  };
}

function note({ metadata }: Pod, type: EventNote['type'], reason: string, message: string): EventNote {
  const { namespace = '', name, uid } = metadata;
  return { type, reason, message, kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function specOf(object: KubeObject): unknown {
  return object.kind === 'Pod' ? object.spec : undefined;
}

export const scheduler: Controller = {
  kind: 'scheduler',
  watches: ({ object }) => object.kind === 'Pod' || object.kind === 'Node',
  keysOf: ({ object, previous, deleted }, view) => {
    if (object.kind === 'Pod' && !object.spec.nodeName) {
      // Its own verdict on the pod must not wake it again.
      const told = previous !== undefined && !deleted && equalContent(specOf(previous), object.spec);
      return deleted || told ? [] : [keyOf(object)];
    }
    const freed = object.kind === 'Pod' && (deleted || isPodTerminal(object));
    if (object.kind !== 'Node' && !freed) return [];
    return waiting(view);
  },
  allKeys: waiting,
  reconcile,
};
