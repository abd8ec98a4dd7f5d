/**
 * How many pods each ReplicaSet of a Deployment should have now.
 * @see kubernetes pkg/controller/deployment/rolling.go, recreate.go, util/deployment_util.go
 */
import type { Deployment } from '../object/deployment.ts';
import type { ReplicaSet } from '../object/replica-set.ts';
import { scaledValue } from '../object/scaled-value.ts';

/** The ReplicaSets of a Deployment; `old` from the oldest. */
export interface RolloutSets {
  readonly next: ReplicaSet;
  readonly old: readonly ReplicaSet[];
}

/** Pods beyond the wanted number, and pods that may be missing. */
export interface RolloutBounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Shares are of `replicas`; the surge is rounded up, the rest down; when both come to 0 one pod may be missing. */
export function rolloutBounds({ spec }: Deployment): RolloutBounds {
  const rolling = spec.strategy.rollingUpdate;
  if (spec.strategy.type !== 'RollingUpdate' || rolling === undefined) {
    return { maxSurge: 0, maxUnavailable: spec.replicas };
  }
  const maxSurge = scaledValue(rolling.maxSurge, spec.replicas, Math.ceil);
  const maxUnavailable = scaledValue(rolling.maxUnavailable, spec.replicas, Math.floor);
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}

const wanted = (set: ReplicaSet): number => set.spec.replicas;
const available = (set: ReplicaSet): number => set.status.availableReplicas ?? 0;

export function sum(sets: readonly ReplicaSet[], pick: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + pick(set), 0);
}

/** Replicas that the newest ReplicaSet should have, given all of them (the newest may be missing). */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], next: ReplicaSet | undefined): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === 'Recreate') return replicas;
  const now = next === undefined ? 0 : wanted(next);
  const most = replicas + rolloutBounds(deployment).maxSurge;
  const total = sum(all, wanted);
  return total >= most ? now : now + Math.min(most - total, replicas - now);
}

/**
 * Replicas that each old ReplicaSet should have, by name; those left out stay as they are. First go pods that are not
 * available anyway, then as many as the bounds let go.
 */
export function oldReplicas(deployment: Deployment, { next, old }: RolloutSets): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  const active = old.filter((set) => wanted(set) > 0);
  if (active.length === 0) return result;
  const least = deployment.spec.replicas - rolloutBounds(deployment).maxUnavailable;
  const newUnavailable = wanted(next) - available(next);
  let spare = sum(old, wanted) + wanted(next) - least - newUnavailable;
  if (spare <= 0) return result;
  for (const set of active) {
    const cut = Math.min(spare, Math.max(0, wanted(set) - available(set)));
    if (cut === 0) continue;
    result.set(set.metadata.name, wanted(set) - cut);
    spare -= cut;
  }
  let cuttable = sum(old, available) + available(next) - least;
  for (const set of active) {
    if (cuttable <= 0) break;
    const now = result.get(set.metadata.name) ?? wanted(set);
    const cut = Math.min(cuttable, now);
    if (cut > 0) result.set(set.metadata.name, now - cut);
    cuttable -= cut;
  }
  return result;
}
