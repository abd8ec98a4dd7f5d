/**
 * StatefulSets in `kubectl get`.
 */
import type { StatefulSet } from '../../../controllers/object/stateful-set.ts';
import { ageOf } from '../duration.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const statefulSetTable: KindTable<StatefulSet> = {
  columns: ['NAME', 'READY', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES'],
  row: ({ metadata, spec, status }, { nowSeconds }) => [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    ageOf(metadata.creationTimestamp, nowSeconds),
    namesOf(spec.template),
    imagesOf(spec.template),
  ],
};
