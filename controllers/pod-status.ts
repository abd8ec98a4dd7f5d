/**
 * Small questions about pods that several controllers ask.
 */
import { SECOND } from '../core/time.ts';
import type { ReconcileContext } from './controller.ts';
import type { Condition } from './object/metadata.ts';
import type { Pod } from './object/pod.ts';
import { isPodReady, isPodTerminal } from './object/pod.ts';
import { parseTimestamp } from './timestamp.ts';

/** Not ended and not on its way out. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** When the pod became available: ready for `minReadySeconds`. @returns ns since the start; `undefined` while not ready */
export function availableAt(pod: Pod, minReadySeconds: number, startSeconds: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const ready = pod.status.conditions?.find((condition) => condition.type === 'Ready');
  const since = parseTimestamp(ready?.lastTransitionTime ?? '');
  return since === undefined ? 0 : (since - startSeconds + minReadySeconds) * SECOND;
}

/** How many of some pods are available now, and when the next of the others will be, in ns. */
export function availability(
  pods: readonly Pod[],
  minReadySeconds: number,
  { at, config }: Pick<ReconcileContext, 'at' | 'config'>,
): { readonly available: number; readonly nextAt: number | undefined } {
  let available = 0;
  let nextAt: number | undefined;
  for (const pod of pods) {
    const from = availableAt(pod, minReadySeconds, config.startSeconds);
    if (from === undefined) continue;
    if (from <= at) available++;
    else nextAt = Math.min(nextAt ?? from, from);
  }
  return { available, nextAt };
}

/** `conditions` with one of them set; its time of transition changes only with its status. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  timestamp: string,
): readonly Condition[] {
  const list = conditions ?? [];
  const known = list.find(({ type }) => type === condition.type);
  const lastTransitionTime = known?.status === condition.status ? (known.lastTransitionTime ?? timestamp) : timestamp;
  const next = { ...condition, lastTransitionTime };
  return known === undefined ? [...list, next] : list.map((one) => (one === known ? next : one));
}
