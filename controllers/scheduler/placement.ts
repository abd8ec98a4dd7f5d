/**
 * Which nodes can take a pod, and why the others can't.
 * @see kubernetes pkg/scheduler/framework/plugins (nodeports, nodeaffinity, nodeunschedulable, tainttoleration)
 */
import { isConditionTrue } from '../object/metadata.ts';
import type { Node, Taint } from '../object/node.ts';
import type { Pod, Toleration } from '../object/pod.ts';
import { isPodTerminal } from '../object/pod.ts';
import { matchesNode } from './node-affinity.ts';
import { affinityText, CORDONED, PORTS_TAKEN, taintText } from './obstacle-text.ts';

/** The order in which the scheduler looks changed with this release: what it finds first is what it tells. */
const TAINTS_FIRST_MINOR = 19;

/** @param minor release of the scheduler @returns why the node can't take the pod, in its words; `undefined` when it can */
export function obstacle(pod: Pod, node: Node, neighbours: readonly Pod[], minor: number): string | undefined {
  if (isUnschedulable(node) && !tolerates(pod, UNSCHEDULABLE)) return CORDONED;
  const taint = untoleratedTaint(pod, node, ['NoSchedule', 'NoExecute']);
  if (taint !== undefined && minor >= TAINTS_FIRST_MINOR) return taintText(taint, minor);
  if (!matchesNode(pod, node)) return affinityText(minor);
  if (portsClash(pod, neighbours)) return PORTS_TAKEN;
  return taint === undefined ? undefined : taintText(taint, minor);
}

/** The first taint of one of these effects that keeps the pod away; a cordoned node's own is looked at apart. */
export function untoleratedTaint(pod: Pod, node: Node, effects: readonly Taint['effect'][]): Taint | undefined {
  return (node.spec.taints ?? []).find(
    (one) => effects.includes(one.effect) && one.key !== UNSCHEDULABLE.key && !tolerates(pod, one),
  );
}

/** Set on a cordoned node. */
const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function isUnschedulable(node: Node): boolean {
  const { conditions } = node.status;
  const known = conditions?.some(({ type }) => type === 'Ready') === true;
  return node.spec.unschedulable === true || (known && !isConditionTrue(conditions, 'Ready'));
}

function tolerates(pod: Pod, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => matchesTaint(toleration, taint));
}

/** Whether a toleration bears with a taint, for however long. */
export function matchesTaint({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== undefined && key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || (key !== undefined && (value ?? '') === (taint.value ?? ''));
}

interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

/** Whether the pods that a node has bear on whether it can take the pod. */
export function asksForPorts(pod: Pod): boolean {
  return hostPorts(pod).length > 0;
}

function portsClash(pod: Pod, neighbours: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  const taken = neighbours.filter((one) => !isPodTerminal(one)).flatMap(hostPorts);
  return wanted.some((a) => taken.some((b) => a.port === b.port && a.protocol === b.protocol && sharesIp(a.ip, b.ip)));
}

function sharesIp(a: string, b: string): boolean {
  return a === b || a === '0.0.0.0' || b === '0.0.0.0';
}

function hostPorts(pod: Pod): readonly HostPort[] {
  return pod.spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, protocol, hostIP }) =>
      hostPort ? [{ port: hostPort, protocol, ip: hostIP || '0.0.0.0' }] : [],
    ),
  );
}
