/**
 * Matches on a span of values in the IP header: `-m iprange`, `-m length`, `-m ttl`.
 * @see net/netfilter/xt_iprange.c, net/netfilter/xt_length.c, net/netfilter/xt_hl.c
 */
import { type AddressTable, formatWords, parseAddress } from '../../address.ts';
import type { Match } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { type Head, integerOf, type Options } from './options.ts';
import { splitRange } from './port-range.ts';

interface AddressRange {
  readonly inverted: boolean;
  readonly family: 4 | 6;
  readonly min: readonly number[];
  readonly max: readonly number[];
}

export interface IprangeMatch extends Match {
  readonly name: 'iprange';
  readonly source: AddressRange | undefined;
  readonly destination: AddressRange | undefined;
}

function addressRange(options: Options, name: string, head: Head): AddressRange | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const [from, to] = splitRange(text, '-');
  const min = parseAddress(from);
  const max = to === undefined ? min : parseAddress(to);
  if (min?.family !== head.family || max?.family !== head.family) {
    return options.fail(name, `iprange: Bad value for "--${name}" option: "${text}"`);
  }
  return { inverted: options.inverted(name), family: head.family, min: min.words, max: max.words };
}

const printRange = (range: AddressRange | undefined, name: string) =>
  range === undefined
    ? ''
    : `${flag(range.inverted, name)} ${formatWords(range.family, range.min)}-${formatWords(range.family, range.max)}`;

const listRange = (range: AddressRange | undefined, end: string) =>
  range === undefined
    ? ''
    : `${end} IP range ${range.inverted ? '! ' : ''}${formatWords(range.family, range.min)}-${formatWords(range.family, range.max)}`;

/** Less, equal or greater, as unsigned 128-bit numbers. */
function compare(addresses: AddressTable, address: number, words: readonly number[]): number {
  for (let at = 0; at < 4; at++) {
    const difference = (addresses.word(address, at) >>> 0) - (words[at]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const within = (addresses: AddressTable, address: number, range: AddressRange | undefined) =>
  range === undefined ||
  (compare(addresses, address, range.min) >= 0 && compare(addresses, address, range.max) <= 0) !== range.inverted;

export const iprange = matchExtension<IprangeMatch>({
  name: 'iprange',
  options: [
    { name: 'src-range', words: 1, invertible: true },
    { name: 'dst-range', words: 1, invertible: true },
  ],
  parse: (options, head) => {
    if (options.given.length === 0)
      options.fail(undefined, "iprange match: You must specify `--src-range' or `--dst-range'");
    return {
      name: 'iprange',
      source: addressRange(options, 'src-range', head),
      destination: addressRange(options, 'dst-range', head),
    };
  },
  print: ({ source, destination }) => printRange(source, 'src-range') + printRange(destination, 'dst-range'),
  list: ({ source, destination }) =>
    [listRange(source, 'source'), listRange(destination, 'destination')].filter((text) => text !== '').join(' '),
  evaluate: ({ source, destination }, skb, { addresses }) =>
    known(within(addresses, skb.source, source) && within(addresses, skb.destination, destination)),
});

export interface LengthMatch extends Match {
  readonly name: 'length';
  readonly inverted: boolean;
  readonly min: number;
  readonly max: number;
}

export const length = matchExtension<LengthMatch>({
  name: 'length',
  options: [{ name: 'length', words: 1, invertible: true }],
  parse: (options) => {
    const text = options.required('length');
    const [from, to] = splitRange(text, ':');
    const bad = () => options.fail('length', `length: Bad value for "--length" option: "${text}"`);
    const min = from === '' ? 0 : (integerOf(from, 0xffff) ?? bad());
    const max = to === undefined ? min : to === '' ? 0xffff : (integerOf(to, 0xffff) ?? bad());
    return { name: 'length', inverted: options.inverted('length'), min, max };
  },
  print: ({ inverted, min, max }) => `${flag(inverted, 'length')} ${min === max ? min : `${min}:${max}`}`,
  list: ({ inverted, min, max }) => `length ${inverted ? '!' : ''}${min === max ? min : `${min}:${max}`}`,
  evaluate: ({ inverted, min, max }, skb) => known((skb.sizeBytes >= min && skb.sizeBytes <= max) !== inverted),
});

export interface TtlMatch extends Match {
  readonly name: 'ttl';
  readonly mode: 'ttl-eq' | 'ttl-lt' | 'ttl-gt';
  readonly inverted: boolean;
  readonly ttl: number;
}

export const ttl = matchExtension<TtlMatch>({
  name: 'ttl',
  options: [
    { name: 'ttl-eq', aliases: ['ttl'], words: 1, invertible: true },
    { name: 'ttl-lt', words: 1 },
    { name: 'ttl-gt', words: 1 },
  ],
  parse: (options) => {
    const mode = options.given[0]?.spec.name as TtlMatch['mode'] | undefined;
    if (mode === undefined || options.given.length > 1) {
      return options.fail(undefined, "TTL: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt");
    }
    return { name: 'ttl', mode, inverted: options.inverted(mode), ttl: options.integer(mode, 255)! };
  },
  print: ({ mode, inverted, ttl }) => `${flag(inverted, mode)} ${ttl}`,
  list: ({ mode, inverted, ttl }) =>
    `TTL match TTL ${mode === 'ttl-lt' ? '<' : mode === 'ttl-gt' ? '>' : inverted ? '!=' : '=='} ${ttl}`,
  evaluate: ({ mode, inverted, ttl }, skb) =>
    known(mode === 'ttl-eq' ? (skb.ttl === ttl) !== inverted : mode === 'ttl-lt' ? skb.ttl < ttl : skb.ttl > ttl),
});
