/**
 * Tables like the Internet's: shares by length, nesting, and addresses that lie where they should.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mixedAddresses, mixedPrefixes, SHARES } from '../../bench/prefix-mix.ts';
import { formatPrefix } from '../../net/address.ts';
import { LINEAR } from '../../net/fib/linear.ts';
import { Patricia } from '../../net/fib/patricia.ts';

const test = suite('prefix mix');

const COUNT = 20_000;

for (const family of [4, 6] as const) {
  const prefixes = mixedPrefixes(family, COUNT);

  test(`mixedPrefixes(${family}) has each length as often as it says, within what chance allows`, () => {
    assert.is(
      Object.values(SHARES[family]).reduce((sum, share) => sum + share, 0),
      10_000,
    );
    for (const [length, share] of Object.entries(SHARES[family])) {
      const wanted = (COUNT * share) / 10_000;
      const found = prefixes.filter((prefix) => prefix.length === Number(length)).length;
      // Five deviations of a binomial; short prefixes run out, and are then drawn again.
      if (wanted >= 20)
        assert.ok(Math.abs(found - wanted) < 5 * Math.sqrt(wanted) + 0.02 * wanted, `${length}: ${found}`);
    }
  });

  test(`mixedPrefixes(${family}) gives no prefix twice, and the same ones again`, () => {
    const texts = prefixes.map(formatPrefix);
    assert.is(new Set(texts).size, COUNT);
    assert.equal(mixedPrefixes(family, 500).map(formatPrefix), mixedPrefixes(family, 500).map(formatPrefix));
  });

  test(`mixedPrefixes(${family}) nests: some third to two thirds lie inside of another`, () => {
    const trie = new Patricia(family);
    for (const prefix of prefixes) trie.insert(prefix, 1);
    const inside = prefixes.filter((prefix) => trie.covering(prefix, prefix.length - 1) !== 0).length;
    assert.ok(inside > COUNT / 3 && inside < (2 * COUNT) / 3, String(inside));
  });

  test(`mixedAddresses(${family}) lie inside of the prefixes, and not always in the same`, () => {
    const few = prefixes.slice(0, 50);
    const fib = LINEAR.build(
      family,
      few,
      few.map((_, i) => i + 1),
    );
    const words = mixedAddresses(few, 2_000);
    const found = new Set<number>();
    for (let i = 0; i < words.length; i += 4) {
      const number = fib.lookup(words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!);
      assert.is.not(number, 0);
      found.add(number);
    }
    assert.ok(found.size > 40);
  });
}

test.run();
