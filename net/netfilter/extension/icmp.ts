/**
 * `-m icmp`: type and code of an ICMP header.
 * @see net/ipv4/netfilter/ip_tables.c icmp_match, https://www.iana.org/assignments/icmp-parameters
 */
import { Protocol } from '../../packet.ts';
import type { Match } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { integerOf, type Options } from './options.ts';

export interface IcmpMatch extends Match {
  readonly name: 'icmp' | 'icmp6';
  readonly inverted: boolean;
  /** 255: any */
  readonly type: number;
  readonly minCode: number;
  readonly maxCode: number;
}

type Named = readonly [name: string, type: number, minCode: number, maxCode: number];
const whole = (name: string, type: number): Named => [name, type, 0, 255];
const coded = (name: string, type: number, code: number): Named => [name, type, code, code];

const NAMES: readonly Named[] = [
  whole('any', 255),
  whole('echo-reply', 0),
  whole('pong', 0),
  whole('destination-unreachable', 3),
  coded('network-unreachable', 3, 0),
  coded('host-unreachable', 3, 1),
  coded('protocol-unreachable', 3, 2),
  coded('port-unreachable', 3, 3),
  coded('fragmentation-needed', 3, 4),
  coded('source-route-failed', 3, 5),
  coded('network-unknown', 3, 6),
  coded('host-unknown', 3, 7),
  coded('network-prohibited', 3, 9),
  coded('host-prohibited', 3, 10),
  coded('TOS-network-unreachable', 3, 11),
  coded('TOS-host-unreachable', 3, 12),
  coded('communication-prohibited', 3, 13),
  coded('host-precedence-violation', 3, 14),
  coded('precedence-cutoff', 3, 15),
  whole('source-quench', 4),
  whole('redirect', 5),
  coded('network-redirect', 5, 0),
  coded('host-redirect', 5, 1),
  coded('TOS-network-redirect', 5, 2),
  coded('TOS-host-redirect', 5, 3),
  whole('echo-request', 8),
  whole('ping', 8),
  whole('router-advertisement', 9),
  whole('router-solicitation', 10),
  whole('time-exceeded', 11),
  whole('ttl-exceeded', 11),
  coded('ttl-zero-during-transit', 11, 0),
  coded('ttl-zero-during-reassembly', 11, 1),
  whole('parameter-problem', 12),
  coded('ip-header-bad', 12, 0),
  coded('required-option-missing', 12, 1),
  whole('timestamp-request', 13),
  whole('timestamp-reply', 14),
  whole('address-mask-request', 17),
  whole('address-mask-reply', 18),
];

/** @see net/ipv6/netfilter/ip6_tables.c icmp6_match */
const NAMES6: readonly Named[] = [
  whole('destination-unreachable', 1),
  coded('no-route', 1, 0),
  coded('communication-prohibited', 1, 1),
  coded('beyond-scope', 1, 2),
  coded('address-unreachable', 1, 3),
  coded('port-unreachable', 1, 4),
  coded('failed-policy', 1, 5),
  coded('reject-route', 1, 6),
  whole('packet-too-big', 2),
  whole('time-exceeded', 3),
  whole('ttl-exceeded', 3),
  coded('ttl-zero-during-transit', 3, 0),
  coded('ttl-zero-during-reassembly', 3, 1),
  whole('parameter-problem', 4),
  coded('bad-header', 4, 0),
  coded('unknown-header-type', 4, 1),
  coded('unknown-option', 4, 2),
  whole('echo-request', 128),
  whole('ping', 128),
  whole('echo-reply', 129),
  whole('pong', 129),
  whole('mld-listener-query', 130),
  whole('mld-listener-report', 131),
  whole('mld-listener-done', 132),
  whole('mld-listener-reduction', 132),
  whole('router-solicitation', 133),
  whole('router-advertisement', 134),
  whole('neighbour-solicitation', 135),
  whole('neighbor-solicitation', 135),
  whole('neighbour-advertisement', 136),
  whole('neighbor-advertisement', 136),
  whole('redirect', 137),
];

function typeOf(options: Options, option: string, names: readonly Named[], label: string): Named {
  const text = options.required(option);
  const lower = text.toLowerCase();
  const fits = names.filter(([name]) => name.toLowerCase().startsWith(lower));
  const exact = fits.find(([name]) => name.toLowerCase() === lower);
  if (exact !== undefined) return exact;
  if (fits.length === 1) return fits[0]!;
  if (fits.length > 1) {
    options.fail(option, `Ambiguous ${label} type \`${text}': \`${fits[0]![0]}' or \`${fits[1]![0]}'?`);
  }
  const [type, code] = text.split('/', 2);
  const number = integerOf(type!, 255);
  const codeNumber = code === undefined ? undefined : integerOf(code, 255);
  if (number === undefined || (code !== undefined && codeNumber === undefined)) {
    return options.fail(option, `Unknown ${label} type \`${text}'`);
  }
  return ['', number, codeNumber ?? 0, codeNumber ?? 255];
}

/** By number behind `-n`, else by the first name that fits. */
function listIcmp(match: IcmpMatch, numeric: boolean, names: readonly Named[], any: number): string {
  const { inverted, type, minCode, maxCode } = match;
  const sign = inverted ? '!' : '';
  const label = match.name === 'icmp' ? 'icmp' : 'ipv6-icmp';
  const found = names.find(([, ...rest]) => rest[0] === type && rest[1] === minCode && rest[2] === maxCode);
  if (!numeric && found !== undefined) return `${label} ${sign}${found[0]}`;
  if (type === any) return `${label} ${sign}type ${type}`;
  const codes =
    minCode === 0 && maxCode === 255 ? '' : minCode === maxCode ? ` code ${minCode}` : ` codes ${minCode}-${maxCode}`;
  return `${label}${inverted ? ' !' : ''}type ${type}${codes}`;
}

function icmpExtension(name: 'icmp' | 'icmp6', option: string, names: readonly Named[], label: string) {
  const any = name === 'icmp' ? 255 : -1;
  return matchExtension<IcmpMatch>({
    name,
    options: [{ name: option, words: 1, invertible: true }],
    parse: (options) => {
      const [, type, minCode, maxCode] = typeOf(options, option, names, label);
      return { name, inverted: options.inverted(option), type, minCode, maxCode };
    },
    print: ({ inverted, type, minCode, maxCode }) => {
      if (type === any) return `${flag(inverted, option)} any`;
      const codes =
        minCode === 0 && maxCode === 255 ? '' : minCode === maxCode ? `/${minCode}` : `/${minCode}-${maxCode}`;
      return `${flag(inverted, option)} ${type}${codes}`;
    },
    list: (match, numeric) => listIcmp(match, numeric, names, any),
    evaluate: ({ inverted, type, minCode, maxCode }, skb) => {
      if (skb.fragmentOffset !== 0) return 0;
      const code = skb.icmp & 255;
      return known((type === any || (type === skb.icmp >> 8 && code >= minCode && code <= maxCode)) !== inverted);
    },
  });
}

export const icmp = icmpExtension('icmp', 'icmp-type', NAMES, 'ICMP');
export const icmp6 = icmpExtension('icmp6', 'icmpv6-type', NAMES6, 'ICMPv6');

/** `ping`, `3/3` or `8` as type << 8 | code; undefined when it is none. */
export function icmpOf(text: string, protocol: number): number | undefined {
  const named = (protocol === Protocol.Icmp ? NAMES : NAMES6).find(([name]) => name === text);
  if (named !== undefined) return (named[1] << 8) | named[2];
  const [type, code = 0] = text.split('/').map((part) => integerOf(part, 255));
  return type === undefined || code === undefined ? undefined : (type << 8) | code;
}

/** The first name of a type and code, else `type/code`. */
export function icmpName(icmp: number, protocol: number): string {
  const [type, code] = [icmp >> 8, icmp & 255];
  const named = (protocol === Protocol.Icmp ? NAMES : NAMES6).find(
    ([name, ofType, min, max]) => name !== 'any' && ofType === type && min === code && (max === code || code === 0),
  );
  return named?.[0] ?? `${type}/${code}`;
}
