/**
 * `-m statistic`: a share of the packets, drawn at random or counted out. The nth mode's counter is the kernel's own
 * and stands in `RuleCounters.nth`; the walk reads it and tells by its path that it advanced.
 * @see net/netfilter/xt_statistic.c, extensions/libxt_statistic.c
 */
import type { Match } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { integerOf, type Options } from './options.ts';

export interface StatisticMatch extends Match {
  readonly name: 'statistic';
  readonly mode: 'random' | 'nth';
  readonly inverted: boolean;
  /** random: out of 2^31 */
  readonly probability: number;
  /** nth: one in `every` packets, 1 and up, the first of them after `packet` others. */
  readonly every: number;
  readonly packet: number;
}

const CERTAIN = 0x80000000;

/** Where the kernel's counter stands when the rule is loaded: it matches once the counter comes round to 0. */
export function initialNth(match: StatisticMatch): number {
  return match.every - 1 - match.packet;
}

/** The counter after one more evaluation. @see net/netfilter/xt_statistic.c statistic_mt */
export function advanceNth(match: StatisticMatch, counter: number): number {
  return counter === match.every - 1 ? 0 : counter + 1;
}

/** Whether the evaluation that moves the counter to `counter` matches. */
export function nthHolds(match: StatisticMatch, counter: number): boolean {
  return (counter === 0) !== match.inverted;
}

export function isNth(match: Match): match is StatisticMatch {
  return match.name === 'statistic' && (match as StatisticMatch).mode === 'nth';
}

function randomOf(options: Options): StatisticMatch {
  const text = options.text('probability');
  if (text === undefined) return options.fail('mode', '--probability must be specified when using random mode');
  const share = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(share >= 0 && share <= 1)) {
    options.fail('probability', 'statistic: bad value for option "--probability", or out of range (0-1).');
  }
  const probability = Math.round(CERTAIN * share);
  return {
    name: 'statistic',
    mode: 'random',
    inverted: options.inverted('probability'),
    probability,
    every: 0,
    packet: 0,
  };
}

function nthOf(options: Options): StatisticMatch {
  const every = options.text('every');
  const packet = options.text('packet');
  if (every === undefined) return options.fail('mode', '--every must be specified when using nth mode');
  if (packet === undefined) return options.fail('every', 'statistic: option "--every" also requires "--packet".');
  const period = integerOf(every, 0x7fffffff);
  const first = integerOf(packet, 0x7fffffff) ?? options.bad('packet');
  if (period === undefined || period === 0) return options.bad('every');
  if (first >= period) return options.fail('packet', 'the --packet p must be 0 <= p <= n-1');
  return {
    name: 'statistic',
    mode: 'nth',
    inverted: options.inverted('every'),
    probability: 0,
    every: period,
    packet: first,
  };
}

export const statistic = matchExtension<StatisticMatch>({
  name: 'statistic',
  options: [
    { name: 'mode', words: 1 },
    { name: 'probability', words: 1, invertible: true },
    { name: 'every', words: 1, invertible: true },
    { name: 'packet', words: 1 },
  ],
  parse: (options) => {
    const mode = options.required('mode');
    if (mode === 'random') return randomOf(options);
    if (mode === 'nth') return nthOf(options);
    return options.fail('mode', `Bad mode "${mode}"`);
  },
  print: (match) =>
    match.mode === 'random'
      ? ` --mode random${flag(match.inverted, 'probability')} ${(match.probability / CERTAIN).toFixed(11)}`
      : ` --mode nth${flag(match.inverted, 'every')} ${match.every} --packet ${match.packet}`,
  list: (match) =>
    match.mode === 'random'
      ? `statistic mode random${match.inverted ? ' !' : ''} probability ${(match.probability / CERTAIN).toFixed(11)}`
      : `statistic mode nth${match.inverted ? ' !' : ''} every ${match.every}${match.packet === 0 ? '' : ` packet ${match.packet}`}`,
  evaluate: (match, _skb, environment, ruleIndex) =>
    match.mode === 'random'
      ? known(environment.draw(ruleIndex) < match.probability !== match.inverted)
      : known(nthHolds(match, advanceNth(match, environment.nth(ruleIndex)))),
});
