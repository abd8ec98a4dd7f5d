/** The object store against a plain model: a list of snapshots. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../controllers/object/kind.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { ObjectStore } from '../../controllers/store.ts';

const test = suite('ObjectStore');

function pod(namespace: string, name: string, uid: string, node?: string, owner?: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid,
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: owner }] }),
    },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }) } as unknown as Pod['spec'],
    status: { phase: 'Pending' },
  };
}

test('view() shows the objects as they were at its revision', () => {
  const store = new ObjectStore();
  store.write(1, 0, 0, pod('a', 'x', '1'), false);
  store.write(2, 0, 0, pod('a', 'x', '1', 'node1'), false);
  store.write(3, 0, 0, pod('a', 'x', '1', 'node1'), true);
  assert.is(store.view(1).get('Pod', 'a', 'x')?.spec.nodeName, undefined);
  assert.is(store.view(2).get('Pod', 'a', 'x')?.spec.nodeName, 'node1');
  assert.is(store.view(3).get('Pod', 'a', 'x'), undefined);
  assert.equal(store.view(1).listBy('Pod', 'node', 'node1'), []);
  assert.is(store.view(2).listBy('Pod', 'node', 'node1').length, 1);
});

test('list() goes by key, whatever the order of the writes', () => {
  const store = new ObjectStore();
  ['b', 'a', 'c', 'B'].forEach((name, i) => {
    store.write(i + 1, 0, 0, pod(name === 'c' ? 'other' : 'ns', name, name), false);
  });
  assert.equal(
    store
      .view()
      .list('Pod')
      .map(({ metadata }) => metadata.name),
    ['B', 'a', 'b', 'c'],
  );
  assert.equal(
    store
      .view()
      .list('Pod', 'ns')
      .map(({ metadata }) => metadata.name),
    ['B', 'a', 'b'],
  );
});

test('write() takes revisions in order only', () => {
  const store = new ObjectStore();
  assert.throws(() => store.write(2, 0, 0, pod('a', 'x', '1'), false), /Revision 2 after 0/);
});

test('a name that is used again is another object, with another uid', () => {
  const store = new ObjectStore();
  store.write(1, 0, 0, pod('a', 'x', 'first', 'node1', 'owner1'), false);
  store.write(2, 0, 0, pod('a', 'x', 'first', 'node1', 'owner1'), true);
  store.write(3, 0, 0, pod('a', 'x', 'second', 'node1', 'owner2'), false);
  assert.is(store.view(1).byUid('first')?.metadata.uid, 'first');
  assert.is(store.view(3).byUid('first'), undefined);
  assert.is(store.view(3).byUid('second')?.metadata.uid, 'second');
  assert.equal(store.view(3).listBy('Pod', 'owner', 'owner1'), []);
  assert.is(store.view(3).listBy('Pod', 'owner', 'owner2').length, 1);
});

test('views at or above the pruned revision equal a plain model', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    node: fc.constantFrom('n1', 'n2'),
    deleted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), fc.nat(300), (steps, keep) => {
      const store = new ObjectStore();
      const model = new Map<string, Pod>();
      const snapshots: Pod[][] = [[]];
      for (const { name, node, deleted } of steps) {
        const known = model.get(name);
        if (deleted && known === undefined) continue;
        const revision = snapshots.length;
        const object = deleted ? known! : pod('ns', name, known?.metadata.uid ?? `${name}${revision}`, node);
        store.write(revision, 0, 0, object, deleted);
        if (deleted) model.delete(name);
        else model.set(name, object);
        snapshots.push([...model.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
        store.prune(() => Math.max(0, revision - keep));
      }
      for (let revision = store.oldestRevision; revision < snapshots.length; revision++) {
        const view = store.view(revision);
        const expected = snapshots[revision] as readonly KubeObject[];
        assert.equal(view.list('Pod'), expected);
        for (const node of ['n1', 'n2']) {
          assert.equal(
            view.listBy('Pod', 'node', node),
            expected.filter((one) => (one as Pod).spec.nodeName === node),
          );
        }
        for (const one of expected) assert.is(view.byUid(one.metadata.uid!), one);
      }
    }),
    { numRuns: 100, seed: 3 },
  );
});

test('lastWrite() is the last revision of the kind at or below one that is not pruned, and views in between are alike', () => {
  const service = (name: string) => ({ ...pod('ns', name, name), kind: 'Service' }) as unknown as KubeObject;
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 300 }), fc.nat(100), (steps, keep) => {
      const store = new ObjectStore();
      const wrote = [0];
      steps.forEach((one, i) => {
        const name = `n${i % 3}`;
        store.write(i + 1, 0, 0, one === 0 ? service(name) : pod('ns', name, name), false);
        wrote.push(one === 0 ? i + 1 : wrote[i]!);
        store.prune(() => Math.max(0, i + 1 - keep));
      });
      assert.is(store.lastWrite('Node', steps.length), 0);
      for (let revision = store.oldestRevision; revision <= steps.length; revision++) {
        assert.is(store.lastWrite('Service', revision), wrote[revision]);
        const seen = Math.max(store.oldestRevision, wrote[revision]!);
        assert.equal(store.view(revision).list('Service'), store.view(seen).list('Service'));
      }
    }),
    { numRuns: 100, seed: 5 },
  );
});

test('prune() drops what nobody can see, so that the log stays short', () => {
  const store = new ObjectStore();
  for (let revision = 1; revision <= 10_000; revision++) {
    store.write(revision, 0, 0, pod('ns', `p${revision % 10}`, `u${revision % 10}`), false);
    store.prune(() => revision - 5);
  }
  assert.ok(store.oldestRevision > 9_800, `oldest revision ${store.oldestRevision}`);
  assert.throws(() => store.view(100), /Revision 100 is pruned/);
  assert.is(store.view().list('Pod').length, 10);
});

test.run();
