/**
 * `-m mark` and `-m connmark`: the marks of the packet and of its connection.
 * @see net/netfilter/xt_mark.c mark_mt, net/netfilter/xt_connmark.c connmark_mt
 */

import type { Match } from '../match.ts';
import { CtState } from '../skb.ts';
import { flag, known, matchExtension } from './extension.ts';
import { printMasked } from './options.ts';

export interface MarkMatch extends Match {
  readonly name: 'mark' | 'connmark';
  readonly inverted: boolean;
  /** int32 */
  readonly value: number;
  readonly mask: number;
}

const OPTIONS = [{ name: 'mark', words: 1, invertible: true }] as const;
const print = (match: MarkMatch) => `${flag(match.inverted, 'mark')} ${printMasked(match.value, match.mask)}`;

const list = (match: MarkMatch) => `${match.inverted ? ' !' : ''} ${printMasked(match.value, match.mask)}`;

export const mark = matchExtension<MarkMatch>({
  name: 'mark',
  options: OPTIONS,
  parse: (options) => {
    options.required('mark');
    return { name: 'mark', inverted: options.inverted('mark'), ...options.masked('mark')! };
  },
  print,
  list: (match) => `mark match${list(match)}`,
  evaluate: ({ inverted, value, mask }, skb) => known(((skb.mark & mask) === value) !== inverted),
});

const UNTRACKED_OR_INVALID = CtState.Untracked | CtState.Invalid;

export const connmark = matchExtension<MarkMatch>({
  name: 'connmark',
  options: OPTIONS,
  parse: (options) => {
    options.required('mark');
    return { name: 'connmark', inverted: options.inverted('mark'), ...options.masked('mark')! };
  },
  print,
  // The tool prints two blanks here.
  list: (match) => `connmark match ${list(match)}`,
  evaluate: ({ inverted, value, mask }, skb) => {
    // A packet without a connection matches neither way.
    if (skb.ctState === 0 || (skb.ctState & UNTRACKED_OR_INVALID) !== 0) return 0;
    return known(((skb.connectionMark & mask) === value) !== inverted);
  },
});
