/**
 * `-m limit`: a token bucket of the rule's own, full when its table is loaded.
 * @see net/netfilter/xt_limit.c limit_mt, extensions/libxt_limit.c
 */
import { HZ } from '../jiffy.ts';
import type { WalkEnvironment } from '../match.ts';
import { ownKey, type TokenBucket } from '../match-state.ts';
import type { Skb } from '../skb.ts';
import { known } from './extension.ts';
import { type KeptMatch, keptMatch } from './kept.ts';
import { integerOf, type Options } from './options.ts';

export interface LimitMatch extends KeptMatch {
  readonly name: 'limit';
  /** Credits that a packet costs. */
  readonly cost: number;
  /** The most credits that there may be. */
  readonly cap: number;
}

/** A rate is kept as 1/10,000 s between two packets. @see include/uapi/linux/netfilter/xt_limit.h XT_LIMIT_SCALE */
const SCALE = 10_000;
/** The largest power of two with which a day's ticks fit 32 bits. @see xt_limit.c CREDITS_PER_JIFFY */
const CREDITS_PER_JIFFY = 2 ** Math.floor(Math.log2(0xffffffff / (HZ * 86_400)));
const PERIOD_MOST = Math.floor(0xffffffff / (HZ * CREDITS_PER_JIFFY));

const UNITS: readonly (readonly [name: string, long: string, seconds: number])[] = [
  ['day', 'day', 86_400],
  ['hour', 'hour', 3_600],
  ['min', 'minute', 60],
  ['sec', 'second', 1],
];

/** Seconds of a rate's unit, or undefined. @param unit as written: `s`, `min`, `hours` is none */
export function unitSeconds(unit: string): number | undefined {
  return unit === '' ? undefined : UNITS.find(([, long]) => long.startsWith(unit.toLowerCase()))?.[2];
}

/** `3/hour` in 1/`scale` s between two packets. */
export function periodOf(text: string, options: Options, scale = SCALE): number {
  const [count, unit = 'second'] = text.split('/');
  const seconds = unitSeconds(unit);
  const number = Number.parseInt(count!, 10);
  if (seconds === undefined || !(number > 0)) return options.fail(undefined, `bad rate "${text}"'`);
  const period = Math.floor((scale * seconds) / number);
  return period === 0 ? options.fail(undefined, `Rate too fast "${text}"`) : period;
}

/** `3/hour` as the kernel keeps it: `60/hour` is `1/min`. */
export function rateText(text: string, options: Options): string {
  const period = periodOf(text, options);
  let at = 1;
  while (at < UNITS.length) {
    const size = UNITS[at]![2] * SCALE;
    if (period > size || Math.floor(size / period) < size % period) break;
    at++;
  }
  return `${Math.floor((UNITS[at - 1]![2] * SCALE) / period)}/${UNITS[at - 1]![0]}`;
}

/** @see xt_limit.c user2credits */
function credits(period: number): number {
  return period > PERIOD_MOST
    ? (Math.floor(period / SCALE) * HZ * CREDITS_PER_JIFFY) >>> 0
    : Math.floor((period * HZ * CREDITS_PER_JIFFY) / SCALE);
}

function read(options: Options): Omit<LimitMatch, 'name' | 'text'> {
  const period = periodOf(options.text('limit') ?? '3/hour', options);
  const burst = options.integer('limit-burst', 10_000) ?? 5;
  return { cost: credits(period), cap: credits((period * burst) >>> 0) };
}

function evaluate(
  { cost, cap }: LimitMatch,
  _skb: Skb,
  environment: WalkEnvironment,
  rule: number,
  slot: number,
): 0 | 1 {
  const { matches, jiffies } = environment;
  const key = ownKey(rule, slot);
  const bucket = matches.get(key) as TokenBucket | undefined;
  const grown = bucket === undefined ? cap : bucket.credit + (jiffies - bucket.seenAt) * CREDITS_PER_JIFFY;
  const credit = Math.min(grown, cap);
  const holds = cost <= credit;
  matches.set(key, { owner: '', credit: holds ? credit - cost : credit, seenAt: jiffies });
  return known(holds);
}

const number = (text: string, options: Options) =>
  `${integerOf(text, 0xffffffff) ?? options.fail(undefined, `${options.name}: bad integer value "${text}"`)}`;

export const limit = keptMatch<LimitMatch>(
  'limit',
  [
    { name: 'limit', words: 1, canonical: rateText, otherwise: ' --limit 3/hour' },
    { name: 'limit-burst', words: 1, canonical: number, hidden: '5' },
  ],
  {
    list: (text) => {
      const burst = / --limit-burst (\d+)/.exec(text)?.[1] ?? '5';
      return `limit: avg ${/ --limit (\S+)/.exec(text)?.[1]} burst ${burst}`;
    },
    read,
    evaluate,
    stateful: true,
  },
);
