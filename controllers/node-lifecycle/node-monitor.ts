/**
 * The node controller's regular look: nodes of which nothing is heard are marked, their pods are no longer ready, and
 * taints keep new pods away and in the end send the old ones away. And the other end of it: a kubelet's lease.
 * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go monitorNodeHealth
 */
import type { Draw } from '../../core/decider.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';
import { serve } from '../api-server.ts';
import type { Component } from '../component.ts';
import type { ClusterEvent } from '../event.ts';
import { ClusterEventKind } from '../event.ts';
import type { EventNote } from '../note.ts';
import { type Condition, isConditionTrue } from '../object/metadata.ts';
import type { Node, Taint } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import { withCondition } from '../pod-status.ts';
import { Purpose } from '../purpose.ts';
import type { ClusterState } from '../state.ts';
import { LEASE_RENEWAL_NS, NODE_EVICTION_NS } from '../timing.ts';
import { Transaction } from '../transaction.ts';
import { silenceNs } from './node-health.ts';

type Emit = (event: ClusterEvent) => void;

/** The grace period was lengthened in this release. @see kube-controller-manager --node-monitor-grace-period */
const LONG_GRACE_MINOR = 32;

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** How long a node may be silent before it counts as lost, in ns. */
export function graceNs(minor: number): number {
  return (minor >= LONG_GRACE_MINOR ? 50 : 40) * SECOND;
}

/** Share of a zone's nodes that must be lost, and their least number, for evictions to stop where there are few nodes. */
const DISRUPTED_SHARE = 0.55;
const LARGE_ZONE = 50;

export function monitorNodes(state: ClusterState, component: Component, at: number, draw: Draw, emit: Emit): void {
  const end = (tainted: number): void =>
    emit({ kind: ClusterEventKind.NodesMonitored, at, component: component.number, tainted });
  if (!state.apiServer.running) return end(0);
  const transaction = new Transaction(state, component.number, at, draw, emit);
  const view = state.store.view();
  const nodes = view.list('Node');
  const note = (value: EventNote): void =>
    emit({ kind: ClusterEventKind.NoteRecorded, at, component: component.number, text: JSON.stringify(value) });
  const lost = new Set<string>();
  for (const node of nodes) {
    const { name } = node.metadata;
    if (silenceNs(state.nodeHealth, name, at) < graceNs(state.config.minor)) continue;
    if (state.kubelets.get(name) === undefined) continue;
    lost.add(name);
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
    if (ready === undefined || ready.status === 'Unknown') continue;
    markUnknown(transaction, node);
    if (ready.status !== 'True') continue;
    note(nodeNote(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`));
    for (const pod of view.listBy('Pod', 'node', name)) {
      if (!isPodReady(pod) || isPodTerminal(pod)) continue;
      markNotReady(transaction, pod);
      note(podNote(pod, 'NodeNotReady', 'Node is not ready', 'Warning'));
    }
  }
  const allowed = mayEvict(nodes, lost, at - state.nodeHealth.taintedAt);
  let tainted = 0;
  for (const { metadata } of nodes) {
    const node = transaction.get('Node', undefined, metadata.name) as Node;
    const taints = node.spec.taints ?? [];
    const execute = hasTaint(taints, UNREACHABLE) || hasTaint(taints, NOT_READY) || (allowed && tainted === 0);
    const next = taintsOf(node, execute, transaction.timestamp);
    if (sameTaints(taints, next)) continue;
    const before = taints.filter(({ effect }) => effect === 'NoExecute').length;
    if (next.filter(({ effect }) => effect === 'NoExecute').length > before) tainted++;
    serve(transaction, {
      verb: 'patch',
      kind: 'Node',
      namespace: undefined,
      name: metadata.name,
      patch: { spec: { taints: next.length === 0 ? null : (next as never) } },
    });
  }
  end(tainted);
}

function markUnknown(transaction: Transaction, node: Node): void {
  const condition: Condition = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  };
  const conditions = withCondition(node.status.conditions, condition, transaction.timestamp);
  patchStatus(transaction, 'Node', node.metadata, conditions);
}

function markNotReady(transaction: Transaction, pod: Pod): void {
  const condition: Condition = { type: 'Ready', status: 'False' };
  const conditions = withCondition(pod.status.conditions, condition, transaction.timestamp);
  patchStatus(transaction, 'Pod', pod.metadata, conditions);
}

function patchStatus(
  transaction: Transaction,
  kind: 'Node' | 'Pod',
  { namespace, name }: Node['metadata'],
  conditions: readonly Condition[],
): void {
  const patch = { status: { conditions: conditions as never } };
  serve(transaction, { verb: 'patch', kind, namespace, name, subresource: 'status', patch });
}

/**
 * Whether one more node may be given a NoExecute taint now: one in ten seconds, none while all are lost, and in a small
 * cluster none while most are.
 */
function mayEvict(nodes: readonly Node[], lost: ReadonlySet<string>, sinceNs: number): boolean {
  if (lost.size >= nodes.length || sinceNs < NODE_EVICTION_NS - MILLISECOND) return false;
  const disrupted = lost.size > 2 && lost.size / nodes.length >= DISRUPTED_SHARE;
  return !disrupted || nodes.length > LARGE_ZONE;
}

/** The taints that a node should have, as its readiness is. @param execute those that send pods away, too */
function taintsOf({ spec, status }: Node, execute: boolean, timestamp: string): readonly Taint[] {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const key = ready === undefined || ready === 'True' ? undefined : ready === 'Unknown' ? UNREACHABLE : NOT_READY;
  const taints = (spec.taints ?? []).filter((taint) => taint.key === key || !isOurs(taint));
  if (key === undefined) return taints;
  const has = (effect: Taint['effect']): boolean => taints.some((one) => one.key === key && one.effect === effect);
  return [
    ...taints,
    ...(has('NoSchedule') ? [] : [{ key, effect: 'NoSchedule', timeAdded: timestamp } as const]),
    ...(has('NoExecute') || !execute ? [] : [{ key, effect: 'NoExecute', timeAdded: timestamp } as const]),
  ];
}

function isOurs({ key }: Taint): boolean {
  return key === NOT_READY || key === UNREACHABLE;
}

function hasTaint(taints: readonly Taint[], key: string): boolean {
  return taints.some((taint) => taint.key === key && taint.effect === 'NoExecute');
}

function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint, i) => taint.key === b[i]!.key && taint.effect === b[i]!.effect);
}

/** A kubelet renews its lease, and says that its node is ready where somebody thinks that it is not. */
export function renewLease(
  state: ClusterState,
  component: Component,
  connected: boolean,
  at: number,
  draw: Draw,
  emit: Emit,
): void {
  const { name, host } = component.node!;
  const renewed = connected && state.apiServer.running;
  if (renewed) {
    const transaction = new Transaction(state, component.number, at, draw, emit);
    const node = transaction.get('Node', undefined, name);
    const known = node?.status.conditions?.some(({ type }) => type === 'Ready') === true;
    if (node !== undefined && known && !isConditionTrue(node.status.conditions, 'Ready')) {
      const message = 'kubelet is posting ready status';
      const condition: Condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', message };
      patchStatus(
        transaction,
        'Node',
        node.metadata,
        withCondition(node.status.conditions, condition, transaction.timestamp),
      );
      const text = JSON.stringify(nodeNote(node, 'NodeReady', `Node ${name} status is now: NodeReady`));
      emit({ kind: ClusterEventKind.NoteRecorded, at, component: component.number, text });
    }
  }
  // Renewals drift apart: each comes up to 4 % late.
  const jitter = draw(Purpose.LeaseJitter, component.number, Math.floor(at / SECOND)) / 2 ** 32;
  const nextAt = at + LEASE_RENEWAL_NS + Math.floor(jitter * 0.04 * LEASE_RENEWAL_NS);
  emit({ kind: ClusterEventKind.LeaseTried, at, component: component.number, host, renewed: renewed ? 1 : 0, nextAt });
}

function nodeNote({ metadata }: Node, reason: string, message: string): EventNote {
  return { type: 'Normal', reason, message, kind: 'Node', namespace: '', name: metadata.name };
}

export function podNote({ metadata }: Pod, reason: string, message: string, type: EventNote['type']): EventNote {
  const { namespace = '', name, uid } = metadata;
  return { type, reason, message, kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) };
}
