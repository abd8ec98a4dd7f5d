/**
 * PodDisruptionBudgets in `kubectl get`.
 */
import type { PodDisruptionBudget } from '../../../controllers/object/pod-disruption-budget.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

export const podDisruptionBudgetTable: KindTable<PodDisruptionBudget> = {
  columns: ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE'],
  wideColumns: [],
  row: ({ metadata, spec, status }, { nowSeconds }) => [
    metadata.name,
    String(spec.minAvailable ?? 'N/A'),
    String(spec.maxUnavailable ?? 'N/A'),
    String(status.disruptionsAllowed),
    ageOf(metadata.creationTimestamp, nowSeconds),
  ],
};
