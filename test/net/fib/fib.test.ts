/**
 * One suite for every way to match the longest prefix: known cases, and any sequence of inserts and removals held
 * against looking at all prefixes one by one.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Family, type Prefix, parseAddress, parsePrefix } from '../../../net/address.ts';
import { type Fib, type FibKind, LARGEST_VALUE } from '../../../net/fib/fib.ts';
import { FIB_KINDS } from '../../../net/fib/kinds.ts';
import { LINEAR } from '../../../net/fib/linear.ts';
import { maskAt, shortened } from '../../../net/fib/word.ts';

const test = suite('longest-prefix match');

type Words = readonly [number, number, number, number];

const at = (fib: Fib, text: string): number => fib.lookup(...parseAddress(text)!.words);

function tableOf(kind: FibKind, family: Family, texts: readonly string[]): Fib {
  return kind.build(
    family,
    texts.map((text) => parsePrefix(text)!),
    texts.map((_, i) => i + 1),
  );
}

/** Registers a claim for each way and each family, or says why a family is left out. */
function each(claim: string, check: (kind: FibKind, family: Family) => void): void {
  for (const kind of FIB_KINDS) {
    for (const family of [4, 6] as const) {
      const name = `${kind.name}, IPv${family}: ${claim}`;
      const why = kind.without[family];
      if (why === undefined) test(name, () => check(kind, family));
      else test(`${name} (left out: ${why})`, () => assert.throws(() => kind.build(family, [], []), why));
    }
  }
}

/** Prefixes that nest and touch: a few stems, cut at any length. Crowds at the lengths where tables change their step. */
function prefixOf(family: Family, shortest = 0): fc.Arbitrary<Prefix> {
  const word = fc.constantFrom(0, -1, 0x0a000000, 0x0a0001ff, 0x0a000200, 0x0a00ff80, 0x20010db8, 1 << 31, 0x7fffffff);
  const most = family === 4 ? 32 : 128;
  const edges = [0, 1, 16, 17, 18, 19, 24, 25, 30, 31, 32, 33, 48, 64, 65, 96, 126, 127, 128];
  const length = fc.oneof(
    fc.integer({ min: shortest, max: most }),
    fc.constantFrom(...edges.filter((edge) => edge >= shortest && edge <= most)),
  );
  const rest = family === 4 ? fc.constant(0) : word;
  return fc
    .tuple(fc.tuple(word, rest, rest, rest), length)
    .map(([words, bits]) => shortened({ family, length: most, words }, bits));
}

/** Addresses at the edges of prefixes, just beside them, and inside. */
function probesOf(prefixes: readonly Prefix[], family: Family): Words[] {
  const probes: Words[] = [
    [0, 0, 0, 0],
    [-1, -1, -1, -1],
  ];
  for (const { words, length } of prefixes) {
    const last = words.map((word, i) => word | ~maskAt(length, i)) as unknown as Words;
    const word = family === 4 ? 0 : 3;
    const beside = (from: Words, step: number) =>
      from.map((w, i) => (i === word ? (w + step) | 0 : w)) as unknown as Words;
    probes.push([...words], last, beside(words, -1), beside(last, 1), beside(words, 77));
  }
  return family === 4 ? probes.map(([w]) => [w, 0, 0, 0]) : probes;
}

const change = (family: Family, shortest: number) =>
  fc.record({
    prefix: prefixOf(family, shortest),
    value: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(LARGEST_VALUE)),
    removes: fc.boolean(),
  });

function same(fib: Fib, plain: Fib, probes: readonly Words[]): void {
  assert.is(fib.size, plain.size);
  for (const words of probes) assert.is(fib.lookup(...words), plain.lookup(...words), words.join(' '));
}

const V4 = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.128/25', '10.1.2.129/32', '10.1.2.130/31'];
const V6 = [
  '2001:db8::/32',
  '2001:db8:1::/48',
  '2001:db8:1:2::/64',
  '2001:db8:1:2:8000::/65',
  '2001:db8:1:2:8000::1/128',
];

each('the longest of nested prefixes wins, and 0 says none', (kind, family) => {
  const fib = tableOf(kind, family, family === 4 ? V4 : V6);
  if (family === 4) {
    const asked = ['192.0.2.1', '10.9.9.9', '10.1.9.9', '10.1.2.9', '10.1.2.200', '10.1.2.129', '10.1.2.131'];
    assert.equal(
      asked.map((text) => at(fib, text)),
      [0, 1, 2, 3, 4, 5, 6],
    );
  } else {
    const asked = [
      '2001:db9::',
      '2001:db8:9::',
      '2001:db8:1:9::',
      '2001:db8:1:2::9',
      '2001:db8:1:2:8000::2',
      '2001:db8:1:2:8000::1',
    ];
    assert.equal(
      asked.map((text) => at(fib, text)),
      [0, 1, 2, 3, 4, 5],
    );
  }
});

each('a default route holds what nothing else holds, until it goes', (kind, family) => {
  const any = family === 4 ? '0.0.0.0/0' : '::/0';
  const fib = tableOf(kind, family, [any, family === 4 ? '192.0.2.0/25' : '2001:db8::/33']);
  const [near, far] = family === 4 ? ['192.0.2.127', '192.0.2.128'] : ['2001:db8:7fff::1', '2001:db8:8000::'];
  assert.equal([at(fib, near!), at(fib, far!)], [2, 1]);
  assert.ok(fib.remove(parsePrefix(any)!));
  assert.equal([at(fib, near!), at(fib, far!)], [2, 0]);
  assert.not(fib.remove(parsePrefix(any)!));
});

each('what a removal uncovers is found again', (kind, family) => {
  const texts = family === 4 ? V4 : V6;
  const fib = tableOf(kind, family, texts);
  const deepest = family === 4 ? '10.1.2.129' : '2001:db8:1:2:8000::1';
  for (let left = 5; left > 0; left--) {
    assert.is(at(fib, deepest), left);
    assert.ok(fib.remove(parsePrefix(texts[left - 1]!)!));
  }
  assert.is(at(fib, deepest), 0);
  assert.is(fib.size, texts.length - 5);
});

each('a prefix that is put in again has its new number, and counts once', (kind, family) => {
  const prefix = parsePrefix(family === 4 ? '198.51.100.64/26' : '2001:db8::/40')!;
  const fib = kind.build(family, [prefix], [7]);
  fib.insert(prefix, 9);
  assert.equal([fib.size, fib.lookup(...prefix.words), fib.find(prefix)], [1, 9, 9]);
});

each('built at once or by any inserts and removals, it answers as looking at all does', (kind, family) => {
  // A table of 2^24 entries takes its time to make, and a short prefix to fill: the case above has one.
  const [runs, shortest] = kind.name === 'DIR-24-8' ? [5, 8] : [60, 0];
  fc.assert(
    fc.property(
      fc.array(fc.record({ prefix: prefixOf(family, shortest), value: fc.integer({ min: 1, max: 4 }) }), {
        maxLength: 25,
      }),
      fc.array(change(family, shortest), { maxLength: 25 }),
      (first, changes) => {
        const prefixes = first.map(({ prefix }) => prefix);
        const values = first.map(({ value }) => value);
        // What stands twice at the beginning has the number that it was given last.
        const fib = kind.build(family, prefixes, values);
        const plain = LINEAR.build(family, [], []);
        prefixes.forEach((prefix, i) => {
          plain.insert(prefix, values[i]!);
        });
        const probes = probesOf([...prefixes, ...changes.map(({ prefix }) => prefix)], family);
        same(fib, plain, probes);
        for (const { prefix, value, removes } of changes) {
          assert.is(fib.find(prefix), plain.find(prefix));
          if (removes) assert.is(fib.remove(prefix), plain.remove(prefix));
          else {
            fib.insert(prefix, value);
            plain.insert(prefix, value);
          }
          same(fib, plain, probes);
        }
        for (const { prefix } of [...first, ...changes]) {
          assert.is(fib.remove(prefix), plain.remove(prefix));
        }
        same(fib, plain, probes);
        assert.is(fib.size, 0);
      },
    ),
    { numRuns: runs },
  );
});

each('it tells how many bytes it takes, more with more prefixes', (kind, family) => {
  const prefixes = Array.from({ length: 600 }, (_, i): Prefix => {
    const word = family === 4 ? 0x0a000000 + i * 256 + 128 : 0x20010000 + i * 7;
    return { family, length: family === 4 ? 26 : 40, words: [word, 0, 0, 0] };
  });
  const few = kind.build(family, prefixes.slice(0, 1), [1]);
  const many = kind.build(
    family,
    prefixes,
    prefixes.map((_, i) => 1 + (i % 7)),
  );
  assert.ok(few.lookupBytes > 0);
  assert.ok(many.lookupBytes + many.updateBytes > few.lookupBytes + few.updateBytes);
  assert.is(many.size, 600);
});

test('linear: its answer is that of comparing every prefix with the address', () => {
  const holds = ({ words, length }: Prefix, address: Words): boolean =>
    words.every((word, i) => ((word ^ address[i]!) & maskAt(length, i)) === 0);
  fc.assert(
    fc.property(fc.array(prefixOf(6), { maxLength: 20 }), (prefixes) => {
      const fib = LINEAR.build(
        6,
        prefixes,
        prefixes.map((_, i) => i + 1),
      );
      for (const probe of probesOf(prefixes, 6)) {
        const fitting = prefixes.filter((prefix) => holds(prefix, probe));
        const longest = Math.max(-1, ...fitting.map(({ length }) => length));
        const wanted = prefixes.findLastIndex((prefix) => prefix.length === longest && holds(prefix, probe)) + 1;
        assert.is(fib.lookup(...probe), wanted);
      }
    }),
  );
});

test.run();
