/**
 * Every match extension that is known, by name.
 */
import type { Match } from '../match.ts';
import { addrtype } from './addrtype.ts';
import { comment } from './comment.ts';
import { conntrack, state } from './conntrack.ts';
import type { MatchExtension } from './extension.ts';
import { mac, nfacct, pkttype, policy, rpfilter } from './frame.ts';
import { hashlimit } from './hashlimit.ts';
import { icmp, icmp6 } from './icmp.ts';
import { KEPT_MATCHES } from './kept-match.ts';
import { limit } from './limit.ts';
import { connmark, mark } from './mark.ts';
import { multiport } from './multiport.ts';
import { owner } from './owner.ts';
import { physdev } from './physdev.ts';
import { iprange, length, ttl } from './range-match.ts';
import { recent } from './recent.ts';
import { set } from './set.ts';
import { statistic } from './statistic.ts';
import { tcp, udp } from './tcp.ts';

const LIST: readonly MatchExtension[] = [
  addrtype,
  comment,
  conntrack,
  state,
  icmp,
  icmp6,
  connmark,
  mark,
  multiport,
  owner,
  physdev,
  limit,
  hashlimit,
  set,
  pkttype,
  mac,
  policy,
  rpfilter,
  nfacct,
  recent,
  iprange,
  length,
  ttl,
  statistic,
  tcp,
  udp,
  ...KEPT_MATCHES,
];

const BY_NAME = new Map(LIST.map((extension) => [extension.name, extension]));

/** @returns undefined when the match is not known */
export function matchExtensionOf(name: string): MatchExtension | undefined {
  return BY_NAME.get(name);
}

/** Whether a match remembers something in `MatchStore`. */
export function isStateful(match: Match): boolean {
  return BY_NAME.get(match.name)?.stateful === true;
}

/** The match that a protocol brings along (`-p tcp --dport 80`), and the protocol that a match needs. */
const BY_PROTOCOL: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  50: 'esp',
  51: 'ah',
  58: 'icmp6',
  132: 'sctp',
};

/** @returns undefined when the protocol has no options of its own */
export function matchOfProtocol(protocol: number): MatchExtension | undefined {
  const name = BY_PROTOCOL[protocol];
  return name === undefined ? undefined : BY_NAME.get(name);
}

const PROTOCOLS = new Map(Object.entries(BY_PROTOCOL).map(([protocol, name]) => [name, Number(protocol)]));

/** @returns undefined when the match goes with every protocol */
export function protocolOfMatch(name: string): number | undefined {
  return PROTOCOLS.get(name);
}
