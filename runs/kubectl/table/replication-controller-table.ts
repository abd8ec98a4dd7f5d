/**
 * ReplicationControllers in `kubectl get`.
 */
import type { ReplicationController } from '../../../controllers/object/replication-controller.ts';
import { ageOf } from '../duration.ts';
import { formatLabels } from '../label-text.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const replicationControllerTable: KindTable<ReplicationController> = {
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
    formatLabels(spec.selector),
  ],
};
