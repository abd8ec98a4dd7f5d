/**
 * Names of IP protocols, as iptables reads and prints them.
 * @see https://www.iana.org/assignments/protocol-numbers, iptables/xshared.c proto_to_name
 */
import { integerOf } from './extension/options.ts';

const NUMBERS: Readonly<Record<string, number>> = {
  all: 0,
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  icmp6: 58,
  ospf: 89,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  'mobility-header': 135,
  'ipv6-mh': 135,
  mh: 135,
  udplite: 136,
};

const NAMES = new Map<number, string>();
for (const [name, number] of Object.entries(NUMBERS)) if (!NAMES.has(number)) NAMES.set(number, name);

/** @returns 0-255, or `undefined` when the text names no protocol */
export function protocolOf(text: string): number | undefined {
  const name = text.toLowerCase();
  if (Object.hasOwn(NUMBERS, name)) return NUMBERS[name];
  return integerOf(text, 255);
}

/** `tcp`, or the number where there is no name. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? `${protocol}`;
}

/** The number of a protocol given by name or number, as text. */
export function printProtocolNumber(text: string): string | undefined {
  const number = protocolOf(text);
  return number === undefined ? undefined : `${number}`;
}
