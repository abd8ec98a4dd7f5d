/**
 * CronJobs in `kubectl get`.
 */
import type { CronJob } from '../../../controllers/object/cron-job.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

/** Servers tell the time zone from this release on. */
const ZONE_MINOR = 29;

export const cronJobTable: KindTable<CronJob> = {
  columns: ['NAME', 'SCHEDULE', 'TIMEZONE', 'SUSPEND', 'ACTIVE', 'LAST SCHEDULE', 'AGE'],
  wideColumns: ['CONTAINERS', 'IMAGES', 'SELECTOR'],
  unknownTo: (minor) => (minor < ZONE_MINOR ? ['TIMEZONE'] : []),
  row: ({ metadata, spec, status }, { nowSeconds }) => {
    const { containers } = spec.jobTemplate.spec.template.spec;
    return [
      metadata.name,
      spec.schedule,
      spec.timeZone ?? '<none>',
      spec.suspend ? 'True' : 'False',
      String((status.active ?? []).length),
      status.lastScheduleTime === undefined ? '<none>' : ageOf(status.lastScheduleTime, nowSeconds),
      ageOf(metadata.creationTimestamp, nowSeconds),
      containers.map(({ name }) => name).join(','),
      containers.map(({ image = '' }) => image).join(','),
      spec.jobTemplate.spec.selector === undefined ? '<none>' : formatSelector(spec.jobTemplate.spec.selector),
    ];
  },
};
