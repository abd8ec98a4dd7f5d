/** Rollouts: the arithmetic, and whole ones. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import { newReplicas, oldReplicas, rolloutBounds } from '../../../controllers/deployment/rollout.ts';
import type { Deployment } from '../../../controllers/object/deployment.ts';
import { isPodReady, isPodTerminal } from '../../../controllers/object/pod.ts';
import type { ReplicaSet } from '../../../controllers/object/replica-set.ts';
import { SECOND } from '../../../core/time.ts';
import { apply, deployment, smallRun, until } from '../small-cluster.ts';

const test = suite('deployment/rollout');

function wanted(replicas: number, maxSurge: number | string, maxUnavailable: number | string, type = 'RollingUpdate') {
  const rollingUpdate = { maxSurge, maxUnavailable };
  return { spec: { replicas, strategy: { type, rollingUpdate } } } as unknown as Deployment;
}

function set(name: string, replicas: number, availableReplicas = replicas): ReplicaSet {
  return { metadata: { name }, spec: { replicas }, status: { replicas, availableReplicas } } as unknown as ReplicaSet;
}

test('rolloutBounds() rounds the surge up and the rest down, and never comes to nothing', () => {
  assert.equal(rolloutBounds(wanted(3, '25%', '25%')), { maxSurge: 1, maxUnavailable: 0 });
  assert.equal(rolloutBounds(wanted(10, '25%', '25%')), { maxSurge: 3, maxUnavailable: 2 });
  assert.equal(rolloutBounds(wanted(3, 0, '10%')), { maxSurge: 0, maxUnavailable: 1 });
  assert.equal(rolloutBounds(wanted(4, 2, 1)), { maxSurge: 2, maxUnavailable: 1 });
});

test('newReplicas() fills up to the surge', () => {
  assert.is(newReplicas(wanted(10, 3, 2), [set('old', 10)], undefined), 3);
  assert.is(newReplicas(wanted(10, 3, 2), [set('old', 8), set('new', 3)], set('new', 3)), 5);
  assert.is(newReplicas(wanted(10, 3, 2), [set('new', 10), set('old', 3)], set('new', 10)), 10);
  assert.is(newReplicas(wanted(4, 1, 1, 'Recreate'), [set('old', 4)], undefined), 4);
});

test('oldReplicas() takes pods that are not available first, then as many as may be missing', () => {
  assert.equal([...oldReplicas(wanted(10, 3, 2), { next: set('new', 3, 0), old: [set('old', 10)] })], [['old', 8]]);
  assert.equal([...oldReplicas(wanted(10, 3, 2), { next: set('new', 5, 0), old: [set('old', 8)] })], []);
  assert.equal([...oldReplicas(wanted(10, 3, 2), { next: set('new', 3, 3), old: [set('old', 10, 6)] })], [['old', 5]]);
  assert.equal(
    [...oldReplicas(wanted(4, 0, 1), { next: set('new', 1, 1), old: [set('a', 2), set('b', 2)] })],
    [['a', 0]],
  );
});

function update(at: number, image: string) {
  const patch = { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } };
  const text = JSON.stringify({ kind: 'Deployment', name: 'web', patch });
  return { kind: ClusterCommandKind.WriteObject, at, verb: WriteVerb.Patch, text } as const;
}

/** Whether a set still counts pods as available that its spec has given up: upstream counts by status, and is misled. */
const isBehind = ({ spec, status }: ReplicaSet): boolean => (status.availableReplicas ?? 0) > spec.replicas;

test('a rolling update ends with the new template alone, and keeps its bounds as far as statuses keep up', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(3), fc.nat(3), (replicas, maxSurge, maxUnavailable) => {
      fc.pre(maxSurge + maxUnavailable > 0);
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
      const run = smallRun();
      run.engine.bus.schedule(apply(0, deployment('web', replicas, { strategy })));
      until(run, 5);
      const { store } = run.world.cluster;
      const before = store.view().list('ReplicaSet')[0]!.metadata.name;
      const violations: string[] = [];
      let sets = store.view().list('ReplicaSet');
      let misled = false;
      run.engine.bus.events.subscribe(() => {
        const seen = sets;
        sets = store.view().list('ReplicaSet');
        const isCut = seen.some((set, i) => sets[i]!.spec.replicas < set.spec.replicas);
        misled ||= isCut && seen.some(isBehind);
        const pods = store.view().list('Pod');
        const active = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        if (active.length > replicas + maxSurge) violations.push(`${active.length} pods`);
        const ready = active.filter(isPodReady).length;
        if (ready < replicas - maxUnavailable && !misled) violations.push(`${ready} ready pods`);
      });
      run.engine.bus.schedule(update(5 * SECOND, 'nginx:1.26'));
      until(run, 60);
      assert.equal(violations, []);
      const view = store.view();
      const filled = view.list('ReplicaSet').filter(({ spec }) => spec.replicas > 0);
      assert.is(filled.length, 1);
      assert.is.not(filled[0]!.metadata.name, before);
      assert.is(filled[0]!.metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
      assert.ok(view.list('Pod').every(({ spec }) => spec.containers[0]!.image === 'nginx:1.26'));
      const status = view.get('Deployment', 'default', 'web')!.status;
      assert.is(status.updatedReplicas, replicas);
      assert.is(status.availableReplicas, replicas);
    }),
    { numRuns: 12, seed: 11 },
  );
});

test('a ReplicaSet is named by the hash that a cluster of that release gives its template', () => {
  const nginx = {
    ...deployment('deploy1', 1),
    spec: {
      selector: { matchLabels: { app: 'deploy1' } },
      template: {
        metadata: { labels: { app: 'deploy1' } },
        spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
      },
    },
  };
  const run = smallRun({ minor: 16 });
  run.engine.bus.schedule(apply(0, nginx));
  until(run, 2);
  // As a 1.16.1 cluster named it after `kubectl create deployment deploy1 --image=nginx`.
  assert.equal(
    run.world.cluster.store
      .view()
      .list('ReplicaSet')
      .map(({ metadata }) => metadata.name),
    ['deploy1-5d98f66655'],
  );
});

test('Recreate ends the old pods before it makes new ones', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 3, { strategy: { type: 'Recreate' } })));
  until(run, 5);
  const { store } = run.world.cluster;
  let most = 0;
  run.engine.bus.events.subscribe(() => {
    most = Math.max(
      most,
      new Set(
        store
          .view()
          .list('Pod')
          .filter((pod) => !isPodTerminal(pod))
          .map(({ spec }) => spec.containers[0]!.image),
      ).size,
    );
  });
  run.engine.bus.schedule(update(5 * SECOND, 'nginx:1.26'));
  until(run, 60);
  assert.is(most, 1, 'two templates at once');
  assert.equal(
    store
      .view()
      .list('Pod')
      .map(({ spec }) => spec.containers[0]!.image),
    Array(3).fill('nginx:1.26'),
  );
});

test('going back to an earlier template takes its ReplicaSet again', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 2)));
  until(run, 5);
  const first = run.world.cluster.store.view().list('ReplicaSet')[0]!.metadata.name;
  run.engine.bus.schedule(update(5 * SECOND, 'nginx:1.26'));
  run.engine.bus.schedule(apply(20 * SECOND, deployment('web', 2)));
  until(run, 60);
  const sets = run.world.cluster.store.view().list('ReplicaSet');
  assert.is(sets.length, 2);
  assert.equal(
    sets.filter(({ spec }) => spec.replicas > 0).map(({ metadata }) => metadata.name),
    [first],
  );
  assert.is(
    sets.find(({ metadata }) => metadata.name === first)!.metadata.annotations?.['deployment.kubernetes.io/revision'],
    '3',
  );
});

test('the history of empty ReplicaSets has a limit', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 1, { revisionHistoryLimit: 1 })));
  for (let i = 1; i <= 4; i++) run.engine.bus.schedule(update(10 * i * SECOND, `nginx:1.${i}`));
  until(run, 80);
  assert.is(run.world.cluster.store.view().list('ReplicaSet').length, 2);
});

test.run();
