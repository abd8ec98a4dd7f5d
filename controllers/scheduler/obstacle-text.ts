/**
 * Why a pod has no node, in the words of each release of the scheduler.
 * @see kubernetes pkg/scheduler/framework/types.go FitError, pkg/scheduler/framework/plugins
 */
import type { Taint } from '../object/node.ts';

/** Taints are named from the first of these releases on, in other words since the next, and no longer since the last. */
const TAINT_NAMED_MINOR = 18;
const TAINT_SHORT_MINOR = 24;
const TAINT_UNNAMED_MINOR = 34;

export function taintText({ key, value = '' }: Taint, minor: number): string {
  if (minor < TAINT_NAMED_MINOR) return "node(s) had taints that the pod didn't tolerate";
  if (minor < TAINT_SHORT_MINOR) return `node(s) had taint {${key}: ${value}}, that the pod didn't tolerate`;
  return minor < TAINT_UNNAMED_MINOR
    ? `node(s) had untolerated taint {${key}: ${value}}`
    : 'node(s) had untolerated taint(s)';
}

/** A release called it node affinity alone. */
const AFFINITY_MINOR = 20;
const SELECTOR_TOO_MINOR = 21;

/** The node is none of those that the pod asks for. */
export function affinityText(minor: number): string {
  if (minor < AFFINITY_MINOR) return "node(s) didn't match node selector";
  return `node(s) didn't match Pod's node affinity${minor < SELECTOR_TOO_MINOR ? '' : '/selector'}`;
}

/** Nodes that are not even looked at are told apart since this release; the number of it is from memory. */
const NARROWED_MINOR = 27;

/** The pod names another node by its field. */
export function otherNodeText(minor: number): string {
  return minor < NARROWED_MINOR ? affinityText(minor) : "node(s) didn't satisfy plugin(s) [NodeAffinity]";
}

export const CORDONED = 'node(s) were unschedulable';
/** The only reason that ends when other pods go: the scheduler looks for some that it may evict. */
export const PORTS_TAKEN = "node(s) didn't have free ports for the requested pod ports";

/** What came of looking for pods to evict is told from this release on. */
const PREEMPTION_MINOR = 24;
/** Its message ended in two dots in these; the first of them is from memory. */
const TWO_DOTS = { first: 26, last: 27 };
/** The plugin of dynamic resources, which has nothing to do here, speaks first. */
const CLAIMS = { first: 34, last: 36 };

/** `0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) …`: reasons in the order of their text. */
export function unschedulableMessage(reasons: readonly string[], minor: number): string {
  if (reasons.length === 0) return 'no nodes available to schedule pods';
  const message = countedReasons(reasons);
  if (minor < PREEMPTION_MINOR) return message;
  // All pods have the same priority: none may make room for another.
  const evictions = reasons.map((reason) =>
    reason === PORTS_TAKEN
      ? 'No preemption victims found for incoming pod'
      : 'Preemption is not helpful for scheduling',
  );
  const claims = minor >= CLAIMS.first && minor <= CLAIMS.last ? 'no new claims to deallocate, ' : '';
  const end = minor >= TWO_DOTS.first && minor <= TWO_DOTS.last ? '.' : '';
  return `${message} ${claims}preemption: ${countedReasons(evictions)}${end}`;
}

function countedReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const list = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${reasons.length} nodes are available: ${list.join(', ')}.`;
}
