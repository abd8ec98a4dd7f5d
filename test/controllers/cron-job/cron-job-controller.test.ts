/** CronJobs, and their schedules. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nextInstant, parseSchedule, type Schedule } from '../../../controllers/cron-job/schedule.ts';
import { apply, type SmallRun, smallRun, until } from '../small-cluster.ts';
import { ENDING, podsOf } from '../workload-sample.ts';

const test = suite('cron-job-controller');

function after(text: string, from: string): string | undefined {
  const next = nextInstant(parseSchedule(text) as Schedule, Date.parse(from) / 1000);
  return next === undefined ? undefined : new Date(next * 1000).toISOString().slice(0, 16);
}

test('nextInstant() finds the minute that a schedule names', () => {
  assert.is(after('*/5 * * * *', '2024-01-01T00:00:00Z'), '2024-01-01T00:05');
  assert.is(after('0 3 * * *', '2024-01-01T03:00:00Z'), '2024-01-02T03:00');
  assert.is(after('30 9-17/4 * * mon-fri', '2024-01-05T17:30:00Z'), '2024-01-08T09:30');
  assert.is(after('0 0 29 feb *', '2024-03-01T00:00:00Z'), '2028-02-29T00:00');
  assert.is(after('@monthly', '2024-12-02T00:00:00Z'), '2025-01-01T00:00');
  // Where both are restricted, the day of the month or the day of the week is enough.
  assert.is(after('0 0 13 * 5', '2024-01-01T00:00:00Z'), '2024-01-05T00:00');
  assert.is(after('0 0 31 2 *', '2024-01-01T00:00:00Z'), undefined);
});

test('parseSchedule() says what is wrong', () => {
  assert.match(String(parseSchedule('* * *')), /^expected exactly 5 fields, found 3/);
  assert.match(String(parseSchedule('61 * * * *')), /above maximum \(59\)/);
  assert.match(String(parseSchedule('x * * * *')), /^failed to parse int/);
});

function started(spec: object, seconds: number): SmallRun {
  const run = smallRun({ images: ENDING });
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'ok' }] } };
  const object = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec },
  };
  run.engine.bus.schedule(apply(0, object));
  until(run, seconds);
  return run;
}

const namesOf = ({ world }: SmallRun): readonly string[] =>
  world.cluster.store
    .view()
    .list('Job', 'default')
    .map(({ metadata }) => metadata.name);

test('each minute has its Job, named by the minutes since 1970, and only so many are kept', () => {
  // The small cluster's clock begins with 2024.
  const first = 1_704_067_200 / 60 + 1;
  const run = started({}, 90);
  assert.equal(namesOf(run), [`tick-${first}`]);
  assert.match(podsOf(run)[0]!.metadata.name, new RegExp(`^tick-${first}-[a-z0-9]{5}$`));
  until(run, 6.5 * 60);
  assert.equal(namesOf(run), [`tick-${first + 3}`, `tick-${first + 4}`, `tick-${first + 5}`]);
});

test('a CronJob that is suspended makes none', () => {
  assert.equal(namesOf(started({ suspend: true }, 200)), []);
});

test.run();
