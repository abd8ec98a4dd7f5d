/**
 * What the API server fills in to the kinds that keep pods running.
 * @see kubernetes pkg/apis/apps/v1/defaults.go
 */
import type { DaemonSet } from './daemon-set.ts';
import type { Deployment } from './deployment.ts';
import type { Manifest } from './manifest.ts';
import { objectAt, withDefaults } from './manifest.ts';
import { defaultPodTemplate } from './pod-defaults.ts';
import type { ReplicaSet } from './replica-set.ts';
import type { ReplicationController } from './replication-controller.ts';
import type { StatefulSet } from './stateful-set.ts';

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

export function defaultDaemonSet(manifest: Manifest): DaemonSet {
  const given = objectAt(manifest, 'spec');
  const strategy = withDefaults(objectAt(given, 'updateStrategy'), { type: 'RollingUpdate' });
  const rolling = withDefaults(objectAt(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  return {
    ...manifest,
    spec: {
      ...withDefaults(given, { revisionHistoryLimit: 10 }),
      updateStrategy: strategy['type'] === 'RollingUpdate' ? { ...strategy, rollingUpdate: rolling } : strategy,
      template: defaultPodTemplate(objectAt(given, 'template')),
    },
    status: {
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
      ...objectAt(manifest, 'status'),
    },
  } as unknown as DaemonSet;
}

export function defaultStatefulSet(manifest: Manifest): StatefulSet {
  const given = objectAt(manifest, 'spec');
  const strategy = withDefaults(objectAt(given, 'updateStrategy'), { type: 'RollingUpdate' });
  const rolling = withDefaults(objectAt(strategy, 'rollingUpdate'), { partition: 0 });
  return {
    ...manifest,
    spec: {
      ...withDefaults(given, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 }),
      updateStrategy: strategy['type'] === 'RollingUpdate' ? { ...strategy, rollingUpdate: rolling } : strategy,
      template: defaultPodTemplate(objectAt(given, 'template')),
    },
    status: { replicas: 0, ...objectAt(manifest, 'status') },
  } as unknown as StatefulSet;
}

/** Labels and selector come from the template where they are left out. */
export function defaultReplicationController(manifest: Manifest): ReplicationController {
  const given = objectAt(manifest, 'spec');
  const template = defaultPodTemplate(objectAt(given, 'template'));
  const labels = template.metadata.labels;
  const metadata = objectAt(manifest, 'metadata');
  const isBare = Object.keys(objectAt(metadata, 'labels')).length === 0;
  const hasSelector = Object.keys(objectAt(given, 'selector')).length > 0;
  return {
    ...manifest,
    metadata: { ...metadata, ...(isBare && labels !== undefined ? { labels } : {}) },
    spec: { ...withDefaults(given, { replicas: 1 }), ...(hasSelector ? {} : { selector: labels ?? {} }), template },
    status: { replicas: 0, ...objectAt(manifest, 'status') },
  } as unknown as ReplicationController;
}
