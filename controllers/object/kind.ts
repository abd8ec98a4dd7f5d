/**
 * The kinds that the model keeps, each with its API group, plural name and whether it lives in a namespace.
 */
import type { ConfigMap, Secret } from './config-map.ts';
import type { CronJob } from './cron-job.ts';
import type { DaemonSet } from './daemon-set.ts';
import type { Deployment } from './deployment.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { Endpoints } from './endpoints.ts';
import type { Job } from './job.ts';
import type { Namespace } from './namespace.ts';
import type { Node } from './node.ts';
import type { Pod } from './pod.ts';
import type { PodDisruptionBudget } from './pod-disruption-budget.ts';
import type { ReplicaSet } from './replica-set.ts';
import type { ReplicationController } from './replication-controller.ts';
import type { Service } from './service.ts';
import type { StatefulSet } from './stateful-set.ts';

export interface ObjectOfKind {
  readonly Namespace: Namespace;
  readonly Node: Node;
  readonly Pod: Pod;
  readonly Service: Service;
  readonly Endpoints: Endpoints;
  readonly EndpointSlice: EndpointSlice;
  readonly ReplicaSet: ReplicaSet;
  readonly Deployment: Deployment;
  readonly DaemonSet: DaemonSet;
  readonly StatefulSet: StatefulSet;
  readonly ReplicationController: ReplicationController;
  readonly Job: Job;
  readonly CronJob: CronJob;
  readonly ConfigMap: ConfigMap;
  readonly Secret: Secret;
  readonly PodDisruptionBudget: PodDisruptionBudget;
}

export type Kind = keyof ObjectOfKind;
export type KubeObject = ObjectOfKind[Kind];

export interface KindInfo {
  readonly kind: Kind;
  /** Empty for the core group. */
  readonly group: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** In the order in which the API lists them here; the index is a kind's number in tables and columns. */
export const KINDS: readonly KindInfo[] = [
  clusterWide('Namespace', 'v1', 'namespaces'),
  clusterWide('Node', 'v1', 'nodes'),
  namespaced('Pod', 'v1', 'pods'),
  namespaced('Service', 'v1', 'services'),
  namespaced('Endpoints', 'v1', 'endpoints'),
  namespaced('EndpointSlice', 'discovery.k8s.io/v1', 'endpointslices'),
  namespaced('ReplicaSet', 'apps/v1', 'replicasets'),
  namespaced('Deployment', 'apps/v1', 'deployments'),
  namespaced('DaemonSet', 'apps/v1', 'daemonsets'),
  namespaced('StatefulSet', 'apps/v1', 'statefulsets'),
  namespaced('ReplicationController', 'v1', 'replicationcontrollers'),
  namespaced('Job', 'batch/v1', 'jobs'),
  namespaced('CronJob', 'batch/v1', 'cronjobs'),
  namespaced('ConfigMap', 'v1', 'configmaps'),
  namespaced('Secret', 'v1', 'secrets'),
  namespaced('PodDisruptionBudget', 'policy/v1', 'poddisruptionbudgets'),
];

function namespaced(kind: Kind, apiVersion: string, plural: string): KindInfo {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
  return { kind, group, apiVersion, plural, namespaced: true };
}

function clusterWide(kind: Kind, apiVersion: string, plural: string): KindInfo {
  return { ...namespaced(kind, apiVersion, plural), namespaced: false };
}

/** @returns what is known of a kind, or `undefined` for one that the model doesn't keep */
export function kindInfo(kind: string): KindInfo | undefined {
  return KINDS.find((info) => info.kind === kind);
}

/** `deployments.apps "web"`: how the API server names an object in its errors. */
export function resourceName(info: KindInfo, name: string): string {
  return `${info.plural}${info.group === '' ? '' : `.${info.group}`} "${name}"`;
}

/** `Service`, `Deployment.apps`: how kubectl names a kind in an `is invalid` line. */
export function groupKind(info: KindInfo): string {
  return info.group === '' ? info.kind : `${info.kind}.${info.group}`;
}
