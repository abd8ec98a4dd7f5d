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
import { obstacle, unschedulableMessage } from './placement.ts';

const SCHEDULER = 'default-scheduler';

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const pod = view.get('Pod', ...splitKey(key));
  if (pod === undefined || !isWaiting(pod)) return NOTHING_TO_DO;
  const reasons: string[] = [];
  const free: Node[] = [];
  for (const node of view.list('Node')) {
    // The scheduler keeps its own bindings in mind before its watch shows them.
    const reason = obstacle(pod, node, context.newest.listBy('Pod', 'node', node.metadata.name));
    if (reason === undefined) free.push(node);
    else reasons.push(reason);
  }
  if (free.length === 0) return unschedulable(pod, unschedulableMessage(reasons, context.config.minor), context);
  const pinned = context.pins.podPin(pod.metadata.uid ?? '')?.node;
  const node = free.find(({ metadata }) => metadata.name === pinned) ?? choose(free, context);
  return {
    writes: [bind(pod, node.metadata.name, context.timestamp)],
    notes: [note(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node.metadata.name}`)],
  };
}

function isWaiting({ spec, status, metadata }: Pod): boolean {
  const mine = spec.schedulerName === undefined || spec.schedulerName === SCHEDULER;
  return !spec.nodeName && mine && metadata.deletionTimestamp === undefined && status.phase === 'Pending';
}

function choose(nodes: readonly Node[], context: ReconcileContext): Node {
  const loads = nodes.map(
    ({ metadata }) => context.newest.listBy('Pod', 'node', metadata.name).filter((pod) => !isPodTerminal(pod)).length,
  );
  const least = loads.reduce((a, b) => Math.min(a, b));
  const best = nodes.filter((_, i) => loads[i] === least);
  return best[context.draw(Purpose.NodeTie) % best.length] as Node;
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
    return view.list('Pod').filter(isWaiting).map(keyOf);
  },
  allKeys: (view) => view.list('Pod').filter(isWaiting).map(keyOf),
  reconcile,
};
