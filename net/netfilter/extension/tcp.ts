/**
 * `-m tcp`: ports, flags and options of a TCP header.
 * @see net/netfilter/xt_tcpudp.c tcp_mt
 */
import type { Match } from '../match.ts';
import { Holds } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { integerOf, type Options } from './options.ts';
import { listPortRange, type PortRange, portFits, portRange, printPortRange } from './port-range.ts';

export interface TcpMatch extends Match {
  readonly name: 'tcp';
  readonly sport: PortRange | undefined;
  readonly dport: PortRange | undefined;
  /** A TCP option number, with `!`. */
  readonly option: { readonly inverted: boolean; readonly number: number } | undefined;
  /** `TcpFlag` bits to look at, and those of them that must be set. */
  readonly flags: { readonly inverted: boolean; readonly mask: number; readonly set: number } | undefined;
}

/** In the order of the bits. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const ALL = 0x3f;
const SYN_MASK = 0x17;

function flagsOf(options: Options, text: string): number {
  let bits = 0;
  for (const name of text.toUpperCase().split(',')) {
    const at = FLAG_NAMES.indexOf(name);
    if (name === 'ALL') bits = ALL;
    else if (at >= 0) bits |= 1 << at;
    else if (name !== 'NONE') options.fail('tcp-flags', `Unknown TCP flag \`${name}'`);
  }
  return bits;
}

function printFlags(bits: number): string {
  const names = FLAG_NAMES.filter((_, at) => bits & (1 << at));
  return names.length === 0 ? 'NONE' : names.join(',');
}

function listFlags({ mask, set }: NonNullable<TcpMatch['flags']>, numeric: boolean): string {
  const byte = (bits: number) => `0x${bits.toString(16).toUpperCase().padStart(2, '0')}`;
  return numeric ? `${byte(mask)}/${byte(set)}` : `${printFlags(mask)}/${printFlags(set)}`;
}

function flagsMatch(options: Options): TcpMatch['flags'] {
  if (options.has('syn')) return { inverted: options.inverted('syn'), mask: SYN_MASK, set: 2 };
  const given = options.find('tcp-flags');
  if (given === undefined) return undefined;
  const [mask, set] = given.words.map((word) => flagsOf(options, word.text));
  return { inverted: given.inverted, mask: mask!, set: set! };
}

export const tcp = matchExtension<TcpMatch>({
  name: 'tcp',
  options: [
    { name: 'source-port', aliases: ['sport'], words: 1, invertible: true },
    { name: 'destination-port', aliases: ['dport'], words: 1, invertible: true },
    { name: 'syn', words: 0, invertible: true },
    { name: 'tcp-flags', words: 2, invertible: true },
    { name: 'tcp-option', words: 1, invertible: true },
  ],
  parse: (options) => {
    const number = options.text('tcp-option');
    return {
      name: 'tcp',
      sport: portRange(options, 'source-port'),
      dport: portRange(options, 'destination-port'),
      option:
        number === undefined
          ? undefined
          : { inverted: options.inverted('tcp-option'), number: integerOf(number, 255) ?? options.bad('tcp-option') },
      flags: flagsMatch(options),
    };
  },
  print: ({ sport, dport, option, flags }) =>
    printPortRange('sport', sport) +
    printPortRange('dport', dport) +
    (option === undefined ? '' : `${flag(option.inverted, 'tcp-option')} ${option.number}`) +
    (flags === undefined
      ? ''
      : `${flag(flags.inverted, 'tcp-flags')} ${printFlags(flags.mask)} ${printFlags(flags.set)}`),
  list: ({ sport, dport, option, flags }, numeric) =>
    `tcp${listPortRange('spt', sport)}${listPortRange('dpt', dport)}${
      option === undefined ? '' : ` option=${option.inverted ? '!' : ''}${option.number}`
    }${flags === undefined ? '' : ` flags:${flags.inverted ? '!' : ''}${listFlags(flags, numeric)}`}`,
  evaluate: ({ sport, dport, option, flags }, skb) => {
    if (skb.fragmentOffset !== 0) return Holds.No;
    if (!portFits(sport, skb.sourcePort) || !portFits(dport, skb.destinationPort)) return Holds.No;
    if (flags !== undefined && ((skb.flags & flags.mask) === flags.set) === flags.inverted) return Holds.No;
    return option === undefined ? Holds.Yes : Holds.Unknown;
  },
});

export interface UdpMatch extends Match {
  readonly name: 'udp';
  readonly sport: PortRange | undefined;
  readonly dport: PortRange | undefined;
}

/** `-m udp`. @see net/netfilter/xt_tcpudp.c udp_mt */
export const udp = matchExtension<UdpMatch>({
  name: 'udp',
  options: [
    { name: 'source-port', aliases: ['sport'], words: 1, invertible: true },
    { name: 'destination-port', aliases: ['dport'], words: 1, invertible: true },
  ],
  parse: (options) => ({
    name: 'udp',
    sport: portRange(options, 'source-port'),
    dport: portRange(options, 'destination-port'),
  }),
  print: ({ sport, dport }) => printPortRange('sport', sport) + printPortRange('dport', dport),
  list: ({ sport, dport }) => `udp${listPortRange('spt', sport)}${listPortRange('dpt', dport)}`,
  evaluate: ({ sport, dport }, skb) =>
    known(skb.fragmentOffset === 0 && portFits(sport, skb.sourcePort) && portFits(dport, skb.destinationPort)),
});
