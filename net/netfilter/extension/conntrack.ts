/**
 * `-m conntrack` and `-m state`: what connection tracking knows of a packet: its state, the tuples of its connection,
 * which way it goes, and status bits. A rule that asks for the time left is unknown: the packet has renewed it.
 * @see net/netfilter/xt_conntrack.c conntrack_mt
 */

import { type AddressTable, type Prefix, parsePrefix } from '../../address.ts';
import { Status } from '../../conntrack/status.ts';
import { isIcmp } from '../../conntrack/tuple.ts';
import type { FiveTuple } from '../../five-tuple.ts';
import { type Connection, Holds, type Match, type WalkEnvironment } from '../match.ts';
import { printProtocolNumber, protocolOf } from '../protocol.ts';
import { CtState, type Skb } from '../skb.ts';
import { flag, known, matchExtension } from './extension.ts';
import { type Head, integerOf, type OptionSpec, type Options } from './options.ts';
import { splitRange } from './port-range.ts';

export interface ConntrackMatch extends Match {
  readonly name: 'conntrack' | 'state';
  /** `CtState` bits, 0: not asked. */
  readonly states: number;
  readonly inverted: boolean;
  /** Everything else that it asks, as printed. */
  readonly rest: string;
  /** The same, one by one: all must hold. */
  readonly asked: readonly Asked[];
}

/** One condition on the entry of a packet. */
interface Asked {
  readonly name: string;
  readonly inverted: boolean;
  /** Bounds of a number, or bits of a status; unused for addresses. */
  readonly min: number;
  readonly max: number;
  readonly prefix: Prefix | undefined;
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

const STATUS_BITS: Readonly<Record<string, number>> = {
  EXPECTED: 1,
  SEEN_REPLY: Status.SeenReply,
  ASSURED: Status.Assured,
  CONFIRMED: Status.Confirmed,
};

function askedOf(options: Options, head: Head): Asked[] {
  const asked: Asked[] = [];
  for (const { name } of [...REST, { name: 'ctdir' }]) {
    const text = options.text(name);
    if (text === undefined) continue;
    const inverted = options.inverted(name);
    let [min, max] = [0, 0];
    let prefix: Prefix | undefined;
    if (name === 'ctproto') min = max = protocolOf(text) ?? 0;
    else if (name === 'ctdir') min = text.toUpperCase() === 'REPLY' ? 1 : 0;
    else if (name === 'ctstatus') for (const status of text.toUpperCase().split(',')) min |= STATUS_BITS[status] ?? 0;
    else if (name === 'ctexpire' || name.endsWith('port'))
      [min, max] = numbers(options, name, text).split(':').map(Number) as [number, number];
    else {
      prefix = parsePrefix(text);
      if (prefix?.family !== head.family) options.fail(name, `host/network \`${text}' not found`);
    }
    asked.push({ name, inverted, min, max: max ?? min, prefix });
  }
  return asked;
}

/** Port, ICMP identifier or ICMP type and code, as the kernel keeps them in one place. */
const sourceOf = (tuple: FiveTuple) => tuple.sourcePort;
const destinationOf = (tuple: FiveTuple) => (isIcmp(tuple.protocol) ? tuple.icmp : tuple.destinationPort);

/** What one condition says of a connection, negation left aside. */
function says(
  { name, min, max, prefix }: Asked,
  { original, reply, status, isReply }: Connection,
  addresses: AddressTable,
): Holds {
  const inside = (value: number) => known(value >= min && value <= max);
  const within = (address: number) => known(prefix !== undefined && addresses.within(address, prefix));
  switch (name) {
    case 'ctproto':
      return known(original.protocol === min);
    case 'ctorigsrc':
      return within(original.source);
    case 'ctorigdst':
      return within(original.destination);
    case 'ctreplsrc':
      return within(reply.source);
    case 'ctrepldst':
      return within(reply.destination);
    case 'ctorigsrcport':
      return inside(sourceOf(original));
    case 'ctorigdstport':
      return inside(destinationOf(original));
    case 'ctreplsrcport':
      return inside(sourceOf(reply));
    case 'ctrepldstport':
      return inside(destinationOf(reply));
    case 'ctdir':
      return known(isReply === (min === 1));
    case 'ctstatus':
      // Which packet of a known connection makes it assured is only told when it has passed.
      if ((min & ~status & Status.Assured) !== 0 && (status & Status.Confirmed) !== 0 && (min & status) === 0)
        return Holds.Unknown;
      return known((min & status) !== 0);
    default:
      return Holds.Unknown;
  }
}

function evaluate(match: ConntrackMatch, skb: Skb, environment: WalkEnvironment): Holds {
  const stated = statesHold(match, skb);
  if (stated === Holds.No || match.asked.length === 0) return stated;
  const connection = environment.connection();
  // Of a packet without a connection only the state is asked.
  if (connection === undefined) return known(match.states !== 0);
  let all: Holds = Holds.Yes;
  for (const asked of match.asked) {
    const holds = says(asked, connection, environment.addresses);
    if (holds === Holds.Unknown) all = Holds.Unknown;
    else if ((holds === Holds.Yes) === asked.inverted) return Holds.No;
  }
  return all;
}

function statesHold(match: ConntrackMatch, skb: { readonly ctState: number }): 0 | 1 {
  if (match.states !== 0) {
    // Before conntrack has looked (raw), a packet has no connection: that is INVALID.
    const bits = skb.ctState === 0 ? CtState.Invalid : skb.ctState;
    if (((match.states & bits) !== 0) === match.inverted) return 0;
  }
  return 1;
}

export const conntrack = matchExtension<ConntrackMatch>({
  name: 'conntrack',
  options: [{ name: 'ctstate', words: 1, invertible: true }, ...REST, { name: 'ctdir', words: 1 }],
  parse: (options, head) => {
    if (options.given.length === 0) options.fail(undefined, 'conntrack: At least one option is required');
    const states = statesOf(options, 'ctstate', -1);
    return {
      name: 'conntrack',
      states,
      inverted: options.inverted('ctstate'),
      rest: restOf(options),
      asked: askedOf(options, head),
    };
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
    return { name: 'state', states, inverted: options.inverted('state'), rest: '', asked: [] };
  },
  print: (match) => `${flag(match.inverted, 'state')} ${printStates(match.states)}`,
  list: (match) => `${match.inverted ? '! ' : ''}state ${printStates(match.states)}`,
  evaluate: (match, skb) => statesHold(match, { ctState: skb.ctState & ~NAT_STATES }),
});
