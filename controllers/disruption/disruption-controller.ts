/**
 * The disruption controller: counts for each budget how many of its pods are healthy, how many have to be, and so how
 * many may be evicted now.
 * @see kubernetes pkg/controller/disruption/disruption.go
 */
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO, statesOf } from '../controller.ts';
import type { Kind } from '../object/kind.ts';
import { matchesSelector } from '../object/label-selector.ts';
import type { Condition, OwnerReference } from '../object/metadata.ts';
import { controllerOf } from '../object/metadata.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import type { PodDisruptionBudget } from '../object/pod-disruption-budget.ts';
import { scaledValue } from '../object/scaled-value.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { withCondition } from '../pod-status.ts';
import { parseTimestamp } from '../timestamp.ts';
import type { ObjectView } from '../view.ts';

/** An evicted pod that is still there after so long counts as if nobody had evicted it. @see DeletionTimeout */
const DELETION_SECONDS = 120;
/** Release from which budgets tell in a condition whether they allow anything. */
const CONDITION_MINOR = 22;

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const budget = view.get('PodDisruptionBudget', ...splitKey(key));
  if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const pods = podsOf(budget, view);
  const { disruptedPods, nextAt } = stillDisrupted(budget, pods, context);
  const expectedPods = expected(budget, pods, view);
  const desiredHealthy = desired(budget, expectedPods);
  const currentHealthy = pods.filter((pod) => isHealthy(pod) && disruptedPods[pod.metadata.name] === undefined).length;
  const allowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const { conditions, disruptedPods: _before, ...known } = budget.status;
  const status: PodDisruptionBudget['status'] = {
    ...known,
    observedGeneration: budget.metadata.generation ?? 0,
    disruptionsAllowed: allowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    ...(context.config.minor < CONDITION_MINOR
      ? {}
      : { conditions: withCondition(conditions, condition(allowed), context.timestamp) }),
  };
  const requeueAt = Number.isFinite(nextAt) ? { requeueAt: nextAt } : {};
  if (equalContent(status, budget.status)) return { writes: [], ...requeueAt };
  return { writes: [{ verb: 'update', from: budget, object: { ...budget, status } }], ...requeueAt };
}

function condition(allowed: number): Condition {
  return {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
  };
}

function podsOf({ spec, metadata }: PodDisruptionBudget, view: ObjectView): readonly Pod[] {
  const { selector } = spec;
  if (selector === undefined) return [];
  return view
    .list('Pod', metadata.namespace)
    .filter((pod) => matchesSelector(selector, pod.metadata.labels) && !isPodTerminal(pod));
}

function isHealthy(pod: Pod): boolean {
  return isPodReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Pods whose eviction nothing has been seen of yet, and when the first of them is given up, in ns. */
function stillDisrupted(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  { at, config }: ReconcileContext,
): { readonly disruptedPods: Readonly<Record<string, string>>; readonly nextAt: number } {
  const disruptedPods: Record<string, string> = {};
  let nextAt = Number.POSITIVE_INFINITY;
  for (const [name, since] of Object.entries(status.disruptedPods ?? {})) {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const endsAt = ((parseTimestamp(since) ?? 0) + DELETION_SECONDS - config.startSeconds) * SECOND;
    if (endsAt <= at) continue;
    disruptedPods[name] = since;
    nextAt = Math.min(nextAt, endsAt);
  }
  return { disruptedPods, nextAt };
}

/**
 * A number of pods counts those that are there; shares, and what may be missing, count those that should be. Without
 * either there is nothing to count, and nothing is allowed.
 */
function expected({ spec }: PodDisruptionBudget, pods: readonly Pod[], view: ObjectView): number {
  if (spec.maxUnavailable === undefined && typeof spec.minAvailable === 'number') return pods.length;
  if (spec.maxUnavailable === undefined && spec.minAvailable === undefined) return 0;
  const scales = new Map<string, number>();
  for (const { metadata } of pods) {
    const owner = controllerOf(metadata);
    const scale = owner === undefined ? undefined : scaleOf(owner, metadata.namespace, view);
    if (scale !== undefined) scales.set(scale.uid, scale.replicas);
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** What a pod's controller wants to be there: of a ReplicaSet its Deployment's number. */
function scaleOf(
  { kind, name }: OwnerReference,
  namespace: string | undefined,
  view: ObjectView,
): { readonly uid: string; readonly replicas: number } | undefined {
  if (!SCALED.has(kind as Kind)) return undefined;
  const set = view.get(kind as 'ReplicaSet', namespace, name);
  if (set === undefined) return undefined;
  const owner = controllerOf(set.metadata);
  const above = owner?.kind === 'Deployment' ? view.get('Deployment', namespace, owner.name) : undefined;
  const { metadata, spec } = above ?? set;
  return { uid: metadata.uid ?? '', replicas: spec.replicas };
}

const SCALED: ReadonlySet<Kind> = new Set<Kind>(['ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** Shares are rounded up. */
function desired({ spec }: PodDisruptionBudget, expectedPods: number): number {
  const { minAvailable = 0, maxUnavailable } = spec;
  if (maxUnavailable === undefined) return scaledValue(minAvailable, expectedPods, Math.ceil);
  return Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, Math.ceil));
}

export const disruptionController: Controller = {
  kind: 'disruption',
  watches: () => true,
  keysOf: (change, view) => {
    const { object } = change;
    if (object.kind === 'PodDisruptionBudget') return [keyOf(object)];
    const budgets = view.list('PodDisruptionBudget', object.metadata.namespace);
    // A controller's number bears on shares: all budgets of its namespace are looked at.
    if (object.kind !== 'Pod') return budgets.map(keyOf);
    const labels = statesOf(change).map(({ metadata }) => metadata.labels);
    return budgets
      .filter(({ spec }) => labels.some((one) => spec.selector !== undefined && matchesSelector(spec.selector, one)))
      .map(keyOf);
  },
  allKeys: (view) => view.list('PodDisruptionBudget').map(keyOf),
  reconcile,
};
