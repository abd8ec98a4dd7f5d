/**
 * Endpoints in `kubectl get`.
 */
import type { Endpoints } from '../../../controllers/object/endpoints.ts';
import { ageOf } from '../duration.ts';
import { endpointsText } from '../endpoint-text.ts';
import type { KindTable } from './kind-table.ts';

export const endpointsTable: KindTable<Endpoints> = {
  columns: ['NAME', 'ENDPOINTS', 'AGE'],
  wideColumns: [],
  row: (endpoints, { nowSeconds }) => [
    endpoints.metadata.name,
    endpointsText(endpoints),
    ageOf(endpoints.metadata.creationTimestamp, nowSeconds),
  ],
};
