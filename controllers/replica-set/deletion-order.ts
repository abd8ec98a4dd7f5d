/**
 * Which pods of a ReplicaSet go first.
 * @see kubernetes pkg/controller/controller_utils.go ActivePodsWithRanks
 */
import type { Pod } from '../object/pod.ts';
import { isPodReady } from '../object/pod.ts';
import { parseTimestamp } from '../timestamp.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES: readonly string[] = ['Pending', 'Unknown', 'Running'];

/**
 * Pods in the order in which they are deleted: without a node, pending, not ready, cheap, crowded on their node, ready
 * for a short time (in powers of ten), often restarted, young.
 * @param nowSeconds since 1970
 */
export function deletionOrder(pods: readonly Pod[], nowSeconds: number): readonly Pod[] {
  const crowd = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? '';
    crowd.set(node, (crowd.get(node) ?? 0) + 1);
  }
  const ranks = new Map(pods.map((pod) => [pod, rank(pod, crowd.get(pod.spec.nodeName ?? '') ?? 0, nowSeconds)]));
  return [...pods].sort((a, b) => {
    const x = ranks.get(a)!;
    const y = ranks.get(b)!;
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  });
}

function rank(pod: Pod, crowd: number, nowSeconds: number): readonly number[] {
  const ready = isPodReady(pod);
  const since = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES.indexOf(pod.status.phase),
    ready ? 1 : 0,
    Number(pod.metadata.annotations?.[COST] ?? 0),
    -crowd,
    ready ? magnitude(nowSeconds - (parseTimestamp(since ?? '') ?? 0)) : 0,
    -(pod.status.containerStatuses ?? []).reduce((most, status) => Math.max(most, status.restartCount), 0),
    -(parseTimestamp(pod.metadata.creationTimestamp ?? '') ?? 0),
  ];
}

function magnitude(seconds: number): number {
  return seconds < 1 ? 0 : Math.floor(Math.log10(seconds));
}
