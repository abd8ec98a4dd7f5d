/**
 * DaemonSets in `kubectl get`.
 */
import type { DaemonSet } from '../../../controllers/object/daemon-set.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { ageOf } from '../duration.ts';
import { formatLabels } from '../label-text.ts';
import { imagesOf, namesOf } from './container-cell.ts';
import type { KindTable } from './kind-table.ts';

export const daemonSetTable: KindTable<DaemonSet> = {
  columns: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'NODE SELECTOR', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
  row: ({ metadata, spec, status }, { nowSeconds }) => [
    metadata.name,
    String(status.desiredNumberScheduled),
    String(status.currentNumberScheduled),
    String(status.numberReady),
    String(status.updatedNumberScheduled ?? 0),
    String(status.numberAvailable ?? 0),
    formatLabels(spec.template.spec.nodeSelector),
    ageOf(metadata.creationTimestamp, nowSeconds),
    namesOf(spec.template),
    imagesOf(spec.template),
    formatSelector(spec.selector),
  ],
};
