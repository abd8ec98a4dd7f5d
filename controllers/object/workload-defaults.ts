/**
 * What the API server fills in to Deployments and ReplicaSets.
 * @see kubernetes pkg/apis/apps/v1/defaults.go
 */
import type { Deployment } from './deployment.ts';
import type { Manifest } from './manifest.ts';
import { objectAt, withDefaults } from './manifest.ts';
import { defaultPodTemplate } from './pod-defaults.ts';
import type { ReplicaSet } from './replica-set.ts';

export function defaultDeployment(manifest: Manifest): Deployment {
  const given = objectAt(manifest, 'spec');
  return {
    ...manifest,
    spec: {
      ...withDefaults(given, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
      strategy: defaultStrategy(objectAt(given, 'strategy')),
      template: defaultPodTemplate(objectAt(given, 'template')),
    },
    status: objectAt(manifest, 'status'),
  } as unknown as Deployment;
}

function defaultStrategy(strategy: Manifest): Manifest {
  const filled = withDefaults(strategy, { type: 'RollingUpdate' });
  if (filled['type'] !== 'RollingUpdate') return filled;
  const rolling = withDefaults(objectAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  return { ...filled, rollingUpdate: rolling };
}

export function defaultReplicaSet(manifest: Manifest): ReplicaSet {
  const given = objectAt(manifest, 'spec');
  return {
    ...manifest,
    spec: { ...withDefaults(given, { replicas: 1 }), template: defaultPodTemplate(objectAt(given, 'template')) },
    status: { replicas: 0, ...objectAt(manifest, 'status') },
  } as unknown as ReplicaSet;
}
