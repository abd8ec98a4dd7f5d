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
  { kind: 'Namespace', group: '', apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  { kind: 'Node', group: '', apiVersion: 'v1', plural: 'nodes', namespaced: false },
  { kind: 'Pod', group: '', apiVersion: 'v1', plural: 'pods', namespaced: true },
  { kind: 'Service', group: '', apiVersion: 'v1', plural: 'services', namespaced: true },
  { kind: 'Endpoints', group: '', apiVersion: 'v1', plural: 'endpoints', namespaced: true },
  {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    apiVersion: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    namespaced: true,
  },
  { kind: 'ReplicaSet', group: 'apps', apiVersion: 'apps/v1', plural: 'replicasets', namespaced: true },
  { kind: 'Deployment', group: 'apps', apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  { kind: 'DaemonSet', group: 'apps', apiVersion: 'apps/v1', plural: 'daemonsets', namespaced: true },
  { kind: 'StatefulSet', group: 'apps', apiVersion: 'apps/v1', plural: 'statefulsets', namespaced: true },
  {
    kind: 'ReplicationController',
    group: '',
    apiVersion: 'v1',
    plural: 'replicationcontrollers',
    namespaced: true,
  },
  { kind: 'Job', group: 'batch', apiVersion: 'batch/v1', plural: 'jobs', namespaced: true },
  { kind: 'CronJob', group: 'batch', apiVersion: 'batch/v1', plural: 'cronjobs', namespaced: true },
  { kind: 'ConfigMap', group: '', apiVersion: 'v1', plural: 'configmaps', namespaced: true },
  { kind: 'Secret', group: '', apiVersion: 'v1', plural: 'secrets', namespaced: true },
  {
    kind: 'PodDisruptionBudget',
    group: 'policy',
    apiVersion: 'policy/v1',
    plural: 'poddisruptionbudgets',
    namespaced: true,
  },
];

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
