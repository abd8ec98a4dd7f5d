/**
 * EndpointSlices in `kubectl get`.
 */
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import { ageOf } from '../duration.ts';
import { shortList } from '../endpoint-text.ts';
import type { KindTable } from './kind-table.ts';

export const endpointSliceTable: KindTable<EndpointSlice> = {
  columns: ['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE'],
  wideColumns: [],
  row: ({ metadata, addressType, ports = [], endpoints }, { nowSeconds }) => [
    metadata.name,
    addressType,
    shortList(ports.map(({ port }) => (port === undefined ? '*' : String(port)))) || '<unset>',
    shortList(endpoints.flatMap(({ addresses }) => addresses)) || '<unset>',
    ageOf(metadata.creationTimestamp, nowSeconds),
  ],
};
