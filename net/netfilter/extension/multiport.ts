/**
 * `-m multiport`: up to fifteen ports or ranges.
 * @see net/netfilter/xt_multiport.c multiport_mt
 */
import type { Match } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { portOf, splitRange } from './port-range.ts';

export interface MultiportMatch extends Match {
  readonly name: 'multiport';
  readonly which: 'sports' | 'dports' | 'ports';
  readonly inverted: boolean;
  /** Pairs: first and last port of each range. */
  readonly ranges: readonly number[];
}

const WHICH = { 'source-ports': 'sports', 'destination-ports': 'dports', ports: 'ports' } as const;
const PROTOCOLS = [6, 17, 33, 132, 136];
/** A range takes two of the fifteen places. */
const PLACES = 15;

function fits(ranges: readonly number[], port: number): boolean {
  for (let at = 0; at < ranges.length; at += 2) {
    if (port >= ranges[at]! && port <= ranges[at + 1]!) return true;
  }
  return false;
}

export const multiport = matchExtension<MultiportMatch>({
  name: 'multiport',
  options: [
    { name: 'source-ports', aliases: ['sports'], words: 1, invertible: true },
    { name: 'destination-ports', aliases: ['dports'], words: 1, invertible: true },
    { name: 'ports', words: 1, invertible: true },
  ],
  parse: (options, head) => {
    if (!PROTOCOLS.includes(head.protocol)) {
      const needed = "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'";
      options.fail(undefined, needed);
    }
    if (head.protocolInverted) options.fail(undefined, 'multiport only works with that protocol, not its opposite');
    const given = options.given[0];
    if (given === undefined) return options.fail(undefined, 'multiport expection an option');
    if (options.given.length > 1) options.fail(options.given[1]!.spec.name, 'multiport: only one option is allowed');
    const option = given.spec.name as keyof typeof WHICH;
    const ranges: number[] = [];
    let places = 0;
    for (const part of given.words[0]!.text.split(',')) {
      const [from, to] = splitRange(part, ':');
      const min = portOf(options, option, from);
      const max = to === undefined ? min : portOf(options, option, to);
      if (to !== undefined && min >= max) options.fail(option, 'invalid portrange specified');
      places += to === undefined ? 1 : 2;
      if (places > PLACES) options.fail(option, 'too many ports specified');
      ranges.push(min, max);
    }
    return { name: 'multiport', which: WHICH[option], inverted: given.inverted, ranges };
  },
  print: ({ which, inverted, ranges }) => `${flag(inverted, which)} ${printRanges(ranges)}`,
  list: ({ which, inverted, ranges }) => `multiport ${which} ${inverted ? ' !' : ''}${printRanges(ranges)}`,
  evaluate: ({ which, inverted, ranges }, skb) => {
    if (skb.fragmentOffset !== 0) return 0;
    const found =
      (which !== 'dports' && fits(ranges, skb.sourcePort)) || (which !== 'sports' && fits(ranges, skb.destinationPort));
    return known(found !== inverted);
  },
});

function printRanges(ranges: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    parts.push(ranges[at] === ranges[at + 1] ? `${ranges[at]}` : `${ranges[at]}:${ranges[at + 1]}`);
  }
  return parts.join(',');
}
