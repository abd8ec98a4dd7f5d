/** ReplicaSets in a running cluster. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import { SECOND } from '../../../core/time.ts';
import { apply, smallRun, until } from '../small-cluster.ts';

const test = suite('replica-set-controller');

function replicaSet(name: string, replicas: number, minReadySeconds = 0): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  };
}

test('a pod that is deleted is replaced', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, replicaSet('web', 2)));
  until(run, 5);
  const { store } = run.world.cluster;
  const [gone] = store.view().list('Pod');
  const text = JSON.stringify({ kind: 'Pod', name: gone!.metadata.name });
  run.engine.bus.schedule({ kind: ClusterCommandKind.WriteObject, at: 5 * SECOND, verb: WriteVerb.Delete, text });
  until(run, 10);
  const names = store
    .view()
    .list('Pod')
    .map(({ metadata }) => metadata.name);
  assert.is(names.length, 2);
  assert.not.ok(names.includes(gone!.metadata.name));
});

test('pods without a controller are adopted when the selector takes them', () => {
  const run = smallRun();
  const orphan = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mine', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'nginx' }] },
  };
  run.engine.bus.schedule(apply(0, orphan, { ...orphan, metadata: { name: 'other', labels: { app: 'db' } } }));
  run.engine.bus.schedule(apply(3 * SECOND, replicaSet('web', 2)));
  until(run, 8);
  const { store } = run.world.cluster;
  assert.is(store.view().list('Pod').length, 3);
  assert.is(store.get('Pod', 'default', 'mine')?.metadata.ownerReferences?.[0]?.name, 'web');
  assert.is(store.get('Pod', 'default', 'other')?.metadata.ownerReferences, undefined);
});

test('pods count as available only after minReadySeconds', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, replicaSet('web', 2, 10)));
  until(run, 5);
  const status = () => run.world.cluster.store.get('ReplicaSet', 'default', 'web')!.status;
  assert.is(status().readyReplicas, 2);
  assert.is(status().availableReplicas, undefined);
  until(run, 15);
  assert.is(status().availableReplicas, 2);
});

test('each creation is noted with the pod that came of it', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, replicaSet('web', 1)));
  until(run, 5);
  const [pod] = run.world.cluster.store.view().list('Pod');
  const notes = run.world.cluster.notes.about('ReplicaSet', 'default', 'web');
  assert.equal(
    notes.map(({ reason, message, source }) => [reason, message, source]),
    [['SuccessfulCreate', `Created pod: ${pod!.metadata.name}`, 'replica-set']],
  );
});

test.run();
