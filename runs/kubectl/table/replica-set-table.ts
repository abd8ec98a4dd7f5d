/**
 * ReplicaSets in `kubectl get`.
 */
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import type { ReplicaSet } from '../../../controllers/object/replica-set.ts';
import { ageOf } from '../duration.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const replicaSetTable: KindTable<ReplicaSet> = {
  columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
  row: ({ metadata, spec, status }, { nowSeconds }) => [
    metadata.name,
    String(spec.replicas),
    String(status.replicas),
    String(status.readyReplicas ?? 0),
    ageOf(metadata.creationTimestamp, nowSeconds),
    namesOf(spec.template),
    imagesOf(spec.template),
    formatSelector(spec.selector),
  ],
};
