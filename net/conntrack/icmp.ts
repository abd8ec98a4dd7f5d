/**
 * What connection tracking knows of ICMP and ICMPv6 types: which question has which answer, which types open a
 * connection, and which are errors about another packet.
 */
import { Protocol } from '../packet.ts';

/** Question to answer and back, by protocol. @see net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c */
const ANSWER_V4: Readonly<Record<number, number>> = { 8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 };
const ANSWER_V6: Readonly<Record<number, number>> = { 128: 129, 129: 128, 139: 140, 140: 139 };

/** `type << 8 | code` of the answer (the code stays), or -1 when the type has no counterpart and so cannot be tracked. */
export function invertIcmp(protocol: number, icmp: number): number {
  // Echo first: it is nearly all there is.
  if (protocol === Protocol.Icmp && (icmp >> 8 === 8 || icmp >> 8 === 0)) return icmp ^ (8 << 8);
  const type = (protocol === Protocol.Icmp ? ANSWER_V4 : ANSWER_V6)[icmp >> 8];
  return type === undefined ? -1 : (type << 8) | (icmp & 255);
}

/** Whether a packet of this type may open a connection: questions only. */
export function opensIcmp(protocol: number, icmp: number): boolean {
  const type = icmp >> 8;
  if (protocol === Protocol.Icmp) return type === 8 || type === 13 || type === 15 || type === 17;
  return type === 128 || type === 139;
}

/** Whether the type reports on a packet that it quotes: Destination Unreachable, Time Exceeded and their like. */
export function isIcmpError(protocol: number, icmp: number): boolean {
  const type = icmp >> 8;
  if (protocol === Protocol.Icmp) return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  return protocol === Protocol.Icmpv6 && type < 128;
}

/** Whether connection tracking leaves the type alone: neighbour discovery and multicast listener reports of IPv6. */
export function isUntrackedIcmp(protocol: number, icmp: number): boolean {
  const type = icmp >> 8;
  return protocol === Protocol.Icmpv6 && ((type >= 130 && type <= 137) || type === 143);
}
