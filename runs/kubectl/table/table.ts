/**
 * What `kubectl get` shows of each kind: its columns, and the cells of one object.
 * @see kubernetes pkg/printers/internalversion/printers.go
 */
import type { Kind, KubeObject, ObjectOfKind } from '../../../controllers/object/kind.ts';
import { configMapTable, secretTable } from './config-table.ts';
import { cronJobTable } from './cron-job-table.ts';
import { daemonSetTable } from './daemon-set-table.ts';
import { deploymentTable } from './deployment-table.ts';
import { endpointSliceTable } from './endpoint-slice-table.ts';
import { endpointsTable } from './endpoints-table.ts';
import { jobTable } from './job-table.ts';
import type { KindTable } from './kind-table.ts';
import { namespaceTable } from './namespace-table.ts';
import { nodeTable } from './node-table.ts';
import { podDisruptionBudgetTable } from './pod-disruption-budget-table.ts';
import { podTable } from './pod-table.ts';
import { replicaSetTable, replicationControllerTable } from './replica-set-table.ts';
import { serviceTable } from './service-table.ts';
import { statefulSetTable } from './stateful-set-table.ts';

const TABLES: { readonly [K in Kind]: KindTable<ObjectOfKind[K]> } = {
  Namespace: namespaceTable,
  Node: nodeTable,
  Pod: podTable,
  Service: serviceTable,
  Endpoints: endpointsTable,
  EndpointSlice: endpointSliceTable,
  ReplicaSet: replicaSetTable,
  Deployment: deploymentTable,
  DaemonSet: daemonSetTable,
  StatefulSet: statefulSetTable,
  ReplicationController: replicationControllerTable,
  Job: jobTable,
  CronJob: cronJobTable,
  ConfigMap: configMapTable,
  Secret: secretTable,
  PodDisruptionBudget: podDisruptionBudgetTable,
};

/** The table of a kind, for objects that are known to be of it. */
export function tableOf(kind: Kind): KindTable<KubeObject> {
  return TABLES[kind] as unknown as KindTable<KubeObject>;
}
