/**
 * ConfigMaps and Secrets in `kubectl get`.
 */
import type { ConfigMap, Secret } from '../../../controllers/object/config-map.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

export const configMapTable: KindTable<ConfigMap> = {
  columns: ['NAME', 'DATA', 'AGE'],
  wideColumns: [],
  row: ({ metadata, data = {}, binaryData = {} }, { nowSeconds }) => [
    metadata.name,
    String(Object.keys(data).length + Object.keys(binaryData).length),
    ageOf(metadata.creationTimestamp, nowSeconds),
  ],
};

export const secretTable: KindTable<Secret> = {
  columns: ['NAME', 'TYPE', 'DATA', 'AGE'],
  wideColumns: [],
  row: ({ metadata, type, data = {} }, { nowSeconds }) => [
    metadata.name,
    type,
    String(Object.keys(data).length),
    ageOf(metadata.creationTimestamp, nowSeconds),
  ],
};
