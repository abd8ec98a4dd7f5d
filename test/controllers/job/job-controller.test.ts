/** Jobs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Job } from '../../../controllers/object/job.ts';
import { apply, type SmallRun, service, smallRun, until } from '../small-cluster.ts';
import { ENDING, podLines, podsOf, workload } from '../workload-sample.ts';

const test = suite('job-controller');

function started(spec: object, image: string, seconds: number, restartPolicy = 'Never'): SmallRun {
  const run = smallRun({ images: ENDING });
  const containers = [{ name: 'work', image, ports: [{ containerPort: 80 }] }];
  const selected = service('work', { selector: { app: 'work' }, ports: [{ port: 80 }] });
  run.engine.bus.schedule(apply(0, selected, workload('Job', 'work', spec, { containers, restartPolicy })));
  until(run, seconds);
  return run;
}

function jobOf({ world }: SmallRun): Job {
  return world.cluster.store.get('Job', 'default', 'work')!;
}

function conditionsOf(run: SmallRun): readonly string[] {
  return (jobOf(run).status.conditions ?? []).map(({ type, reason = '' }) => `${type} ${reason}`.trim());
}

test('pods run until enough have succeeded, no more than `parallelism` at a time', () => {
  const run = started({ completions: 5, parallelism: 2 }, 'ok', 1);
  let most = 0;
  for (let seconds = 1; seconds < 60; seconds += 0.2) {
    until(run, seconds);
    most = Math.max(most, podsOf(run).filter(({ status }) => /Pending|Running/.test(status.phase)).length);
  }
  assert.is(most, 2);
  assert.equal(conditionsOf(run), ['Complete']);
  assert.is(jobOf(run).status.succeeded, 5);
  assert.is(podLines(run).filter((line) => line.endsWith('Succeeded')).length, 5);
});

test('a pod that has succeeded is no endpoint', () => {
  const addresses = (run: SmallRun): number =>
    run.world.cluster.store.get('Endpoints', 'default', 'work')?.subsets?.[0]?.addresses?.length ?? 0;
  const run = started({}, 'ok', 1.2);
  assert.is(addresses(run), 1);
  until(run, 20);
  assert.is(addresses(run), 0);
  assert.equal(conditionsOf(run), ['Complete']);
});

test('failures are tried again after 10 s, 20 s …, and end the Job beyond its limit', () => {
  const run = started({ backoffLimit: 2 }, 'bad', 8);
  assert.is(podLines(run).length, 1);
  until(run, 15);
  assert.is(podLines(run).length, 2);
  until(run, 30);
  assert.is(podLines(run).length, 2);
  until(run, 120);
  assert.is(podLines(run).length, 3);
  assert.equal(conditionsOf(run), ['Failed BackoffLimitExceeded']);
});

test('with restartPolicy OnFailure the containers start again, and their restarts count', () => {
  const run = started({ backoffLimit: 1 }, 'bad', 60, 'OnFailure');
  assert.equal(conditionsOf(run), ['Failed BackoffLimitExceeded']);
});

test('the pods of a Job bear its labels, and its selector is made of its uid', () => {
  const run = started({}, 'ok', 1);
  const { metadata, spec } = jobOf(run);
  const [pod] = podsOf(run);
  assert.match(pod!.metadata.name, /^work-[a-z0-9]{5}$/);
  assert.is(pod!.metadata.labels?.['batch.kubernetes.io/job-name'], 'work');
  assert.equal(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } });
});

test('an indexed Job has a pod for each number, with its host name', () => {
  const run = started({ completions: 3, parallelism: 3, completionMode: 'Indexed' }, 'ok', 1);
  assert.equal(
    podsOf(run).map(({ spec }) => spec.hostname),
    ['work-0', 'work-1', 'work-2'],
  );
  until(run, 30);
  assert.equal(conditionsOf(run), ['Complete']);
});

test('a finished Job goes after its time to live', () => {
  const run = started({ ttlSecondsAfterFinished: 5 }, 'ok', 5);
  assert.equal(conditionsOf(run), ['Complete']);
  until(run, 30);
  assert.is(run.world.cluster.store.get('Job', 'default', 'work'), undefined);
  assert.equal(podLines(run), []);
});

test.run();
