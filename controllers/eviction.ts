/**
 * An eviction: a pod's deletion that asks its budget of disruption first.
 * @see kubernetes pkg/registry/core/pod/storage/eviction.go
 */
import { serve } from './api-server.ts';
import { matchesSelector } from './object/label-selector.ts';
import type { Pod } from './object/pod.ts';
import { isPodReady } from './object/pod.ts';
import type { PodDisruptionBudget } from './object/pod-disruption-budget.ts';
import type { Transaction } from './transaction.ts';
import type { Refusal, WriteOutcome } from './write.ts';

export interface EvictionTarget {
  readonly namespace: string;
  readonly name: string;
  /** Absent: the pod's own. */
  readonly gracePeriodSeconds?: number;
  /** Whoever asks does so again after so long when the budget doesn't allow it, in ns; absent: not by itself. */
  readonly retryNs?: number;
  /** Until then, in ns; absent: for ever. */
  readonly retryUntilNs?: number;
}

/** The answer while its budget holds a pod back: HTTP status and text. */
export const HELD_BACK = 429;
export const HELD_BACK_TEXT = "Cannot evict pod as it would violate the pod's disruption budget.";
const SEVERAL = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';

export function evict(transaction: Transaction, target: EvictionTarget): WriteOutcome {
  const { namespace, name, gracePeriodSeconds } = target;
  const pod = transaction.get('Pod', namespace, name);
  const deleted = (): WriteOutcome =>
    serve(transaction, {
      verb: 'delete',
      kind: 'Pod',
      namespace,
      name,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    });
  if (pod === undefined || isNoDisruption(pod)) return deleted();
  const [budget, second] = budgetsOf(transaction, pod);
  if (second !== undefined) return refusal(500, 'InternalError', SEVERAL);
  if (budget === undefined) return deleted();
  const { status, spec, metadata } = budget;
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (!isPodReady(pod)) {
    const healthy = status.desiredHealthy > 0 && status.currentHealthy >= status.desiredHealthy;
    if (healthy || spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return deleted();
  }
  if (!isSeen || status.disruptionsAllowed === 0) return refusal(HELD_BACK, 'TooManyRequests', HELD_BACK_TEXT);
  transaction.put(
    {
      ...budget,
      status: {
        ...status,
        disruptionsAllowed: status.disruptionsAllowed - 1,
        disruptedPods: { ...status.disruptedPods, [name]: transaction.timestamp },
      },
    },
    false,
    transaction.state.apiServer.number,
  );
  return deleted();
}

/** Its end disrupts nothing: it has ended, never begun, or is on its way out already. */
function isNoDisruption({ status, metadata }: Pod): boolean {
  return status.phase !== 'Running' || metadata.deletionTimestamp !== undefined;
}

function budgetsOf(transaction: Transaction, { metadata }: Pod): readonly PodDisruptionBudget[] {
  return transaction.state.store
    .view()
    .list('PodDisruptionBudget', metadata.namespace)
    .map(({ metadata: { namespace, name } }) => transaction.get('PodDisruptionBudget', namespace, name))
    .filter((budget) => budget !== undefined)
    .filter(({ spec }) => spec.selector !== undefined && matchesSelector(spec.selector, metadata.labels));
}

function refusal(code: number, reason: Refusal['reason'], message: string): Refusal {
  return { result: 'refused', code, reason, message };
}
