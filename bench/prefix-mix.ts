/**
 * Routing tables like the Internet's: how long prefixes are, and how they nest.
 */
import type { Family, Prefix } from '../net/address.ts';
import { HashPerLength } from '../net/fib/hash-per-length.ts';
import { maskAt } from '../net/fib/word.ts';
import { xorshift } from './xorshift.ts';

/**
 * Prefixes of each length among 10,000, in the shape of the default-free zone of the early 2020s: six in ten IPv4
 * prefixes are a /24, nearly half of the IPv6 ones a /48. Rounded, and of no one day's table: the shape counts here.
 */
export const SHARES: { readonly [F in Family]: Readonly<Record<number, number>> } = {
  4: {
    8: 1,
    10: 1,
    11: 1,
    12: 3,
    13: 6,
    14: 12,
    15: 20,
    16: 135,
    17: 85,
    18: 140,
    19: 255,
    20: 440,
    21: 520,
    22: 1140,
    23: 1040,
    24: 6201,
  },
  6: {
    20: 2,
    24: 5,
    28: 80,
    29: 290,
    30: 90,
    31: 50,
    32: 1250,
    33: 130,
    34: 180,
    35: 80,
    36: 470,
    38: 140,
    40: 920,
    42: 250,
    44: 1020,
    45: 90,
    46: 300,
    47: 170,
    48: 4483,
  },
};

/** So many of the prefixes of either family lie inside of another: an assumption, near to what is told of IPv6. */
const INSIDE = 0.55;

/** @returns `count` different prefixes in no order, the same for the same count */
export function mixedPrefixes(family: Family, count: number): Prefix[] {
  const draw = xorshift(family * 0x01000193 + count);
  const lengths = Object.entries(SHARES[family]).flatMap(([length, share]) =>
    Array<number>(share).fill(Number(length)),
  );
  const known = new HashPerLength(family);
  const prefixes: Prefix[] = [];
  while (prefixes.length < count) {
    const length = lengths[draw() % lengths.length]!;
    const stem = draw() / 2 ** 32 < INSIDE ? shorter(prefixes, length, draw) : undefined;
    const prefix = stem === undefined ? fresh(family, length, draw) : longer(stem, length, draw);
    if (known.find(prefix) !== 0) continue;
    known.insert(prefix, 1);
    prefixes.push(prefix);
  }
  return prefixes;
}

/** Some prefix that is shorter, if there are not too few to meet one. */
function shorter(prefixes: readonly Prefix[], length: number, draw: () => number): Prefix | undefined {
  for (let i = 0; i < Math.min(32, prefixes.length); i++) {
    const prefix = prefixes[draw() % prefixes.length]!;
    if (prefix.length < length) return prefix;
  }
  return undefined;
}

/** A prefix inside of another. */
function longer(stem: Prefix, length: number, draw: () => number): Prefix {
  const words = stem.words.map(
    (word, i) => (word | (draw() & ~maskAt(stem.length, i))) & maskAt(length, i),
  ) as unknown as Prefix['words'];
  return { family: stem.family, length, words };
}

/** A prefix somewhere in what is given out: first byte 1 to 223, or 2000::/3. */
function fresh(family: Family, length: number, draw: () => number): Prefix {
  if (family === 6) return longer({ family, length: 3, words: [0x20000000, 0, 0, 0] }, length, draw);
  return longer({ family, length: 8, words: [(1 + (draw() % 223)) << 24, 0, 0, 0] }, length, draw);
}

/**
 * Addresses to look up, four words each: somewhere inside of a prefix, each prefix equally likely. No locality,
 * which is the hardest that traffic can be.
 */
export function mixedAddresses(prefixes: readonly Prefix[], count: number): Int32Array {
  const draw = xorshift(count);
  const words = new Int32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const { family, length, words: first } = prefixes[draw() % prefixes.length]!;
    for (let j = 0; j < (family === 4 ? 1 : 4); j++) words[4 * i + j] = first[j]! | (draw() & ~maskAt(length, j));
  }
  return words;
}
