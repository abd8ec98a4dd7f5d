/**
 * The status of a Deployment, from its ReplicaSets.
 * @see kubernetes pkg/controller/deployment/sync.go calculateStatus, progress.go
 */
import type { Deployment } from '../object/deployment.ts';
import type { Condition } from '../object/metadata.ts';
import type { ReplicaSet } from '../object/replica-set.ts';
import { withCondition } from '../pod-status.ts';
import { rolloutBounds, sum } from './rollout.ts';

/** @param next undefined: it is being created */
export function deploymentStatus(
  deployment: Deployment,
  next: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  timestamp: string,
): Deployment['status'] {
  const { replicas: wanted } = deployment.spec;
  const replicas = sum(all, (set) => set.status.replicas);
  const available = sum(all, (set) => set.status.availableReplicas ?? 0);
  const ready = sum(all, (set) => set.status.readyReplicas ?? 0);
  const updated = next?.status.replicas ?? 0;
  const unavailable = Math.max(0, sum(all, (set) => set.spec.replicas) - available);
  const { conditions: _conditions, ...previous } = deployment.status;
  const kept = previous.collisionCount === undefined ? {} : { collisionCount: previous.collisionCount };
  const done = updated === wanted && replicas === wanted && available === wanted;
  return {
    ...kept,
    observedGeneration: deployment.metadata.generation ?? 1,
    ...positive({
      replicas,
      updatedReplicas: updated,
      readyReplicas: ready,
      availableReplicas: available,
      unavailableReplicas: unavailable,
    }),
    conditions: conditionsOf(deployment, next, available, done, timestamp),
  };
}

/** Go leaves zeros out. */
function positive(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function conditionsOf(
  deployment: Deployment,
  next: ReplicaSet | undefined,
  available: number,
  done: boolean,
  timestamp: string,
): readonly Condition[] {
  const enough = available >= deployment.spec.replicas - rolloutBounds(deployment).maxUnavailable;
  const availability: Condition = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const conditions = withUpdate(deployment.status.conditions, availability, timestamp);
  if (next === undefined) return conditions;
  const { name } = next.metadata;
  const progress: Condition = done
    ? {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${name}" has successfully progressed.`,
      }
    : {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${name}" is progressing.`,
      };
  return withUpdate(conditions, progress, timestamp);
}

/** `lastUpdateTime` moves with the reason, `lastTransitionTime` with the status. */
function withUpdate(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  timestamp: string,
): readonly Condition[] {
  const known = conditions?.find(({ type }) => type === condition.type);
  const same = known?.reason === condition.reason && known?.message === condition.message;
  const lastUpdateTime = same ? (known?.lastUpdateTime ?? timestamp) : timestamp;
  return withCondition(conditions, { ...condition, lastUpdateTime }, timestamp);
}
