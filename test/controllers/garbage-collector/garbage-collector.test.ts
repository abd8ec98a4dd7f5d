/** What goes with its owner. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import { SECOND } from '../../../core/time.ts';
import { apply, deployment, smallRun, until } from '../small-cluster.ts';

const test = suite('garbage-collector');

const remove = (at: number, kind: string, name: string) =>
  ({ kind: ClusterCommandKind.WriteObject, at, verb: WriteVerb.Delete, text: JSON.stringify({ kind, name }) }) as const;

test('an object whose owner never was goes at once', () => {
  const run = smallRun();
  const orphan = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid: 'nobody', controller: true }],
    },
    spec: { containers: [{ name: 'c', image: 'nginx' }] },
  };
  run.engine.bus.schedule(apply(0, orphan));
  until(run, 5);
  assert.is(run.world.cluster.store.get('Pod', 'default', 'p'), undefined);
});

test('what was missed while the collector stood still goes when it starts', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 2)));
  run.engine.bus.schedule({ kind: ClusterCommandKind.StopComponent, at: 4 * SECOND, text: 'garbage-collector' });
  run.engine.bus.schedule(remove(5 * SECOND, 'Deployment', 'web'));
  until(run, 10);
  const { store } = run.world.cluster;
  assert.is(store.view().list('Pod').length, 2);
  run.engine.bus.schedule({ kind: ClusterCommandKind.StartComponent, at: 10 * SECOND, text: 'garbage-collector' });
  until(run, 15);
  assert.is(store.view().list('ReplicaSet').length + store.view().list('Pod').length, 0);
});

test('deleting a ReplicaSet of a living Deployment brings a new one', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, deployment('web', 2)));
  until(run, 5);
  const { store } = run.world.cluster;
  const before = store.view().list('ReplicaSet')[0]!.metadata;
  run.engine.bus.schedule(remove(5 * SECOND, 'ReplicaSet', before.name));
  until(run, 15);
  const sets = store.view().list('ReplicaSet');
  assert.equal(
    sets.map(({ metadata }) => metadata.name),
    [before.name],
  );
  assert.is.not(sets[0]!.metadata.uid, before.uid);
  assert.is(store.view().list('Pod').length, 2);
});

test.run();
