/**
 * `-m set`: whether a packet is in an IP set of the host. A set that nobody has made is unknown.
 * @see net/netfilter/xt_set.c set_match_v4, extensions/libxt_set.c
 */
import { contains } from '../ipset/ip-set.ts';
import type { WalkEnvironment } from '../match.ts';
import type { Skb } from '../skb.ts';
import { type KeptMatch, keptMatch } from './kept.ts';
import type { Head, Options } from './options.ts';

export interface SetMatch extends KeptMatch {
  readonly name: 'set';
  readonly set: string;
  /** For each dimension whether the source is meant. */
  readonly sides: readonly boolean[];
  readonly inverted: boolean;
  readonly returnsNomatch: boolean;
  readonly family: 4 | 6;
  /** It asks for the element's own counters. */
  readonly counts: boolean;
}

const COUNTED = ['packets-eq', 'packets-lt', 'packets-gt', 'bytes-eq', 'bytes-lt', 'bytes-gt'];

function read(options: Options, head: Head): Omit<SetMatch, 'name' | 'text'> {
  const given =
    options.find('match-set') ?? options.fail(undefined, "You must specify `--match-set' with proper arguments");
  const [name, sides] = given.words.map(({ text }) => text);
  if (name!.length > 31) options.fail('match-set', `setname \`${name}' too long, max 31 characters.`);
  return {
    set: name!,
    sides: sides!.split(',').map((side) => {
      if (!side.startsWith('src') && !side.startsWith('dst')) {
        options.fail('match-set', "You must spefify (the comma separated list of) `src' or `dst'.");
      }
      return side.startsWith('src');
    }),
    inverted: given.inverted,
    returnsNomatch: options.has('return-nomatch'),
    family: head.family,
    counts: COUNTED.some((option) => options.has(option)),
  };
}

function evaluate(match: SetMatch, skb: Skb, environment: WalkEnvironment): 0 | 1 | 2 {
  const set = environment.ipset(match.set);
  if (set === undefined || match.counts) return 2;
  const holds = contains(set, skb, match.sides, match.returnsNomatch, match.family, environment);
  return holds === 2 ? 2 : (holds === 1) !== match.inverted ? 1 : 0;
}

export const set = keptMatch<SetMatch>(
  'set',
  [
    { name: 'match-set', aliases: ['set'], words: 2, invertible: true },
    { name: 'return-nomatch', words: 0 },
    { name: 'update-counters', words: 0, invertible: true },
    { name: 'update-subcounters', words: 0, invertible: true },
    ...COUNTED.map((name) => ({ name, words: 1 as const, invertible: name.endsWith('eq') })),
  ],
  { list: (text) => text.trimStart().replaceAll('--', ''), read, evaluate },
);
