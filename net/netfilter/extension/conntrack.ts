/**
 * `-m conntrack` and `-m state`: what connection tracking knows of a packet. States and NAT bits are evaluated; the
 * tuples, status bits and time-outs of the entry are not at hand in a walk, so a rule that asks for them is unknown.
 * @see net/netfilter/xt_conntrack.c conntrack_mt
 */

import type { Match } from '../match.ts';
import { printProtocolNumber } from '../protocol.ts';
import { CtState } from '../skb.ts';
import { flag, matchExtension } from './extension.ts';
import { integerOf, type OptionSpec, type Options } from './options.ts';
import { splitRange } from './port-range.ts';

export interface ConntrackMatch extends Match {
  readonly name: 'conntrack' | 'state';
  /** `CtState` bits, 0: not asked. */
  readonly states: number;
  readonly inverted: boolean;
  /** Everything else that it asks, as printed. */
  readonly rest: string;
}

/** In the order in which they are printed. */
const STATES: readonly (readonly [string, number])[] = [
  ['INVALID', CtState.Invalid],
  ['NEW', CtState.New],
  ['RELATED', CtState.Related],
  ['ESTABLISHED', CtState.Established],
  ['UNTRACKED', CtState.Untracked],
  ['SNAT', CtState.Snat],
  ['DNAT', CtState.Dnat],
];
const STATUSES = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];
const NAT_STATES = CtState.Snat | CtState.Dnat;

function statesOf(options: Options, name: string, allowed: number): number {
  let bits = 0;
  for (const state of options.text(name)?.split(',') ?? []) {
    const bit = STATES.find(([text]) => text === state.toUpperCase())?.[1] ?? 0;
    if ((bit & allowed) === 0) options.fail(name, `Bad ${name} "${state}"`);
    bits |= bit;
  }
  return bits;
}

const printStates = (bits: number) =>
  STATES.filter(([, bit]) => bits & bit)
    .map(([name]) => name)
    .join(',');

function statuses(options: Options, text: string): string {
  const given = text.toUpperCase().split(',');
  const wrong = given.find((status) => status !== 'NONE' && !STATUSES.includes(status));
  if (wrong !== undefined) options.fail('ctstatus', `Bad ctstatus "${wrong}"`);
  return STATUSES.filter((status) => given.includes(status)).join(',') || 'NONE';
}

function numbers(options: Options, name: string, text: string): string {
  const [from, to] = splitRange(text, ':');
  const bad = () => options.fail(name, `conntrack: Bad value for "--${name}" option: "${text}"`);
  const min = integerOf(from, 0xffffffff) ?? bad();
  const max = to === undefined ? min : (integerOf(to, 0xffffffff) ?? bad());
  return min === max ? `${min}` : `${min}:${max}`;
}

/** In the order in which they are printed. */
const REST: readonly OptionSpec[] = [
  'ctproto',
  'ctorigsrc',
  'ctorigdst',
  'ctreplsrc',
  'ctrepldst',
  'ctorigsrcport',
  'ctorigdstport',
  'ctreplsrcport',
  'ctrepldstport',
  'ctstatus',
  'ctexpire',
].map((name) => ({ name, words: 1, invertible: true }));

function restOf(options: Options): string {
  let text = '';
  for (const { name } of REST) {
    const given = options.text(name);
    if (given === undefined) continue;
    let value = given;
    if (name === 'ctproto')
      value = printProtocolNumber(given) ?? options.fail(name, `unknown protocol "${given}" specified`);
    else if (name === 'ctstatus') value = statuses(options, given);
    else if (name === 'ctexpire' || name.endsWith('port')) value = numbers(options, name, given);
    else value = given.replace(/\/(32|128)$/, '');
    text += `${flag(options.inverted(name), name)} ${value}`;
  }
  const direction = options.text('ctdir')?.toUpperCase();
  if (direction === undefined) return text;
  if (direction !== 'ORIGINAL' && direction !== 'REPLY') {
    options.fail('ctdir', `conntrack: Bad value for "--ctdir" option: "${options.text('ctdir')}"`);
  }
  return `${text} --ctdir ${direction}`;
}

function evaluate(match: ConntrackMatch, skb: { readonly ctState: number }): 0 | 1 | 2 {
  if (match.states !== 0) {
    // Before conntrack has looked (raw), a packet has no connection: that is INVALID.
    const bits = skb.ctState === 0 ? CtState.Invalid : skb.ctState;
    if (((match.states & bits) !== 0) === match.inverted) return 0;
  }
  return match.rest === '' ? 1 : 2;
}

export const conntrack = matchExtension<ConntrackMatch>({
  name: 'conntrack',
  options: [{ name: 'ctstate', words: 1, invertible: true }, ...REST, { name: 'ctdir', words: 1 }],
  parse: (options) => {
    if (options.given.length === 0) options.fail(undefined, 'conntrack: At least one option is required');
    const states = statesOf(options, 'ctstate', -1);
    return { name: 'conntrack', states, inverted: options.inverted('ctstate'), rest: restOf(options) };
  },
  print: (match) =>
    (match.states === 0 ? '' : `${flag(match.inverted, 'ctstate')} ${printStates(match.states)}`) + match.rest,
  list: (match) =>
    (
      (match.states === 0 ? '' : `${match.inverted ? ' !' : ''} ctstate ${printStates(match.states)}`) +
      match.rest.replaceAll(' --', ' ')
    ).trimStart(),
  evaluate,
});

export const state = matchExtension<ConntrackMatch>({
  name: 'state',
  options: [{ name: 'state', words: 1, invertible: true }],
  parse: (options) => {
    options.required('state');
    const states = statesOf(options, 'state', ~NAT_STATES);
    return { name: 'state', states, inverted: options.inverted('state'), rest: '' };
  },
  print: (match) => `${flag(match.inverted, 'state')} ${printStates(match.states)}`,
  list: (match) => `${match.inverted ? '! ' : ''}state ${printStates(match.states)}`,
  evaluate: (match, skb) => evaluate(match, { ctState: skb.ctState & ~NAT_STATES }),
});
