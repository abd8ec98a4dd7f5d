/** JSON merge patches. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergePatch, removalPatch } from '../../controllers/merge-patch.ts';

const test = suite('merge-patch');

// Cases of the RFC's own appendix whose target and patch are objects.
const CASES: readonly [target: object, patch: object, result: object][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test('mergePatch() does what RFC 7386 lists', () => {
  for (const [target, patch, result] of CASES) {
    assert.equal(mergePatch(target as never, patch as never), result, JSON.stringify([target, patch]));
  }
});

test('removalPatch() takes away what the next manifest has no more, and nothing else', () => {
  const previous = { metadata: { labels: { a: '1', b: '2' } }, spec: { replicas: 3 } };
  const next = { metadata: { labels: { b: '2' } }, spec: { replicas: 3 } };
  assert.equal(removalPatch(previous, next), { metadata: { labels: { a: null } } });
});

test.run();
