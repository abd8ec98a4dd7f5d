/**
 * ReplicaSets in `kubectl get`, and ReplicationControllers, whose selectors alone are written otherwise.
 */
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import type { ReplicaSet } from '../../../controllers/object/replica-set.ts';
import type { ReplicationController } from '../../../controllers/object/replication-controller.ts';
import { ageOf } from '../duration.ts';
import { formatLabels } from '../label-text.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const replicaSetTable = tableOf<ReplicaSet>(({ spec }) => formatSelector(spec.selector));
export const replicationControllerTable = tableOf<ReplicationController>(({ spec }) => formatLabels(spec.selector));

function tableOf<O extends ReplicaSet | ReplicationController>(selectorOf: (set: O) => string): KindTable<O> {
  return {
    columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
    wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
    row: (set, { nowSeconds }) => [
      set.metadata.name,
      String(set.spec.replicas),
      String(set.status.replicas),
      String(set.status.readyReplicas ?? 0),
      ageOf(set.metadata.creationTimestamp, nowSeconds),
      namesOf(set.spec.template),
      imagesOf(set.spec.template),
      selectorOf(set),
    ],
  };
}
