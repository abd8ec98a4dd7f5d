/**
 * Namespaces in `kubectl get`.
 */
import type { Namespace } from '../../../controllers/object/namespace.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

export const namespaceTable: KindTable<Namespace> = {
  columns: ['NAME', 'STATUS', 'AGE'],
  wideColumns: [],
  row: ({ metadata, status }, { nowSeconds }) => [
    metadata.name,
    status.phase,
    ageOf(metadata.creationTimestamp, nowSeconds),
  ],
};
