/** The hash chains that the connection table stands on. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HashChains } from '../../../net/conntrack/hash-chains.ts';
import { hashTuple } from '../../../net/conntrack/tuple.ts';
import { bucketOf } from '../../../net/conntrack/tuple-index.ts';

const test = suite('conntrack/hash-chains');

function chain(chains: HashChains, hash: number): number[] {
  const found: number[] = [];
  for (let at = chains.first(hash); at >= 0; at = chains.next(at)) if (chains.hashOf(at) === hash) found.push(at);
  return found;
}

test('HashChains keeps every reference under its hash, newest first, however it grows', () => {
  const steps = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom(0, 1, -1, 77, 1 << 31), fc.boolean()),
    {
      maxLength: 600,
    },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const chains = new HashChains();
      const plain = new Map<number, number>();
      for (const [reference, hash, add] of list) {
        if (add && !plain.has(reference)) {
          plain.set(reference, hash);
          chains.add(reference, hash);
        } else if (!add && plain.delete(reference)) chains.remove(reference);
      }
      for (const hash of [0, 1, -1, 77, 1 << 31]) {
        const wanted = [...plain].filter(([, value]) => value === hash).map(([reference]) => reference);
        assert.equal(chain(chains, hash), wanted.reverse());
      }
    }),
    { numRuns: 100 },
  );
});

test('bucketOf() cuts the range of hashes into equal slices in order', () => {
  assert.equal(
    [0, 2 ** 30, -1, 1 << 31].map((hash) => bucketOf(hash, 4)),
    [0, 1, 3, 2],
  );
  assert.is(bucketOf(-1, 262_144), 262_143);
});

test('hashTuple() spreads neighbouring ports over the buckets evenly', () => {
  const counts = new Array(64).fill(0);
  for (let port = 0; port < 64_000; port++) counts[bucketOf(hashTuple(6, 1, port, 2, 80, 0), 64)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 63 degrees of freedom: 130 is passed once in a million.
  assert.ok(chiSquare < 130, `${chiSquare}`);
});

test.run();
