/** How many pods each node has. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeLoads } from '../../controllers/node-load.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';

const test = suite('node-load');

const node = (name: string) => ({ kind: 'Node', metadata: { name } }) as KubeObject;
const pod = (nodeName: string, phase = 'Running') =>
  ({
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { nodeName, containers: [] },
    status: { phase },
  }) as unknown as KubeObject;

test('least() is what counting all pods of each node gives', () => {
  const names = ['a', 'b', 'c', 'd'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom(...names), fc.boolean()), { maxLength: 60 }),
      fc.subarray(names, { minLength: 1 }),
      (writes, free) => {
        const loads = new NodeLoads();
        for (const name of names) loads.replace(undefined, node(name));
        const pods = new Map<number, KubeObject>();
        for (const [number, name, ended] of writes) {
          const next = pods.get(number) === undefined ? pod(name, ended ? 'Failed' : 'Running') : undefined;
          loads.replace(pods.get(number), next);
          if (next === undefined) pods.delete(number);
          else pods.set(number, next);
        }
        const alive = [...pods.values()].filter((one) => one.kind === 'Pod' && one.status.phase === 'Running');
        const count = (name: string) => alive.filter((one) => one.kind === 'Pod' && one.spec.nodeName === name).length;
        const least = Math.min(...free.map(count));
        assert.equal(
          loads.least(new Set(free)),
          free.filter((name) => count(name) === least),
        );
      },
    ),
  );
});

test('least() leaves out a node that is gone, and its pods with it', () => {
  const loads = new NodeLoads();
  loads.replace(undefined, node('a'));
  loads.replace(undefined, node('b'));
  loads.replace(undefined, pod('b'));
  loads.replace(node('a'), undefined);
  assert.equal(loads.least(new Set(['b'])), ['b']);
});

test.run();
