/**
 * Deployments in `kubectl get`.
 */
import type { Deployment } from '../../../controllers/object/deployment.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { ageOf } from '../duration.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const deploymentTable: KindTable<Deployment> = {
  columns: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
  row: ({ metadata, spec, status }, { nowSeconds }) => [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    String(status.updatedReplicas ?? 0),
    String(status.availableReplicas ?? 0),
    ageOf(metadata.creationTimestamp, nowSeconds),
    namesOf(spec.template),
    imagesOf(spec.template),
    formatSelector(spec.selector),
  ],
};
