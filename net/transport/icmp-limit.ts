/**
 * The rate limit on ICMP errors: a token bucket per destination (six at once, then one a second), and one for the
 * whole host (50 at once, then 1,000 a second). What leaves by the loopback device is not limited.
 */
import { SECOND } from '../../core/time.ts';
import type { Address } from '../address.ts';
import { IcmpType, UnreachableCode } from '../packet.ts';

/** Time per token of a destination. @see net.ipv4.icmp_ratelimit */
const PEER_INTERVAL_NS = SECOND;
/** Tokens that a destination's bucket holds. @see net/ipv4/inetpeer.c XRLIM_BURST_FACTOR */
const PEER_BURST = 6;
/** Types that are limited: unreachable, source quench, time exceeded, parameter problem. @see icmp_ratemask */
const LIMITED_TYPES = 6168;
const HOST_PER_SECOND = 1_000;
const HOST_BURST = 50;
/** The host's bucket is filled at most this often. */
const HOST_FILL_NS = SECOND / 50;
/** Beyond this many destinations the full buckets are forgotten: they say nothing. */
const PEERS_MAX = 1_024;

interface PeerBucket {
  /** Saved-up time, 0 to 6 s. */
  savedNs: number;
  atNs: number;
}

/** State of one host's limit. Owned by `evolve`. */
export interface IcmpLimiter {
  readonly peers: Map<Address, PeerBucket>;
  hostCredit: number;
  hostFilledAtNs: number;
}

/** A limiter of a host that has sent nothing yet. The host's bucket is empty, and fills with the first error. */
export function newIcmpLimiter(): IcmpLimiter {
  return { peers: new Map(), hostCredit: 0, hostFilledAtNs: -SECOND };
}

/** Whether messages of this type and code are limited at all; "fragmentation needed" never is. */
export function isLimited(icmp: number): boolean {
  if (icmp === ((IcmpType.Unreachable << 8) | UnreachableCode.FragmentationNeeded)) return false;
  return icmp >> 8 < 32 && ((LIMITED_TYPES >>> (icmp >> 8)) & 1) === 1;
}

/**
 * Whether an ICMP message may leave now. Changes nothing; a message that does leave is told by `icmpSent`.
 * @param icmp type << 8 | code
 * @param loopback the route to `peer` leaves by the loopback device: `peer` is an address of this host
 * @see net/ipv4/icmp.c icmpv4_xrlim_allow, icmp_global_allow
 */
export function icmpAllowed(
  limiter: IcmpLimiter,
  icmp: number,
  peer: Address,
  loopback: boolean,
  nowNs: number,
): boolean {
  if (loopback || !isLimited(icmp)) return true;
  if (hostCredit(limiter, nowNs) <= 0) return false;
  return savedNs(limiter.peers.get(peer), nowNs) >= PEER_INTERVAL_NS;
}

/**
 * Takes the tokens of a message that left. The kernel takes nought, one or two of the host's tokens at random; here it
 * is always their mean, one.
 */
export function icmpSent(limiter: IcmpLimiter, icmp: number, peer: Address, loopback: boolean, nowNs: number): void {
  if (loopback || !isLimited(icmp)) return;
  const credit = hostCredit(limiter, nowNs);
  if (credit !== limiter.hostCredit) limiter.hostFilledAtNs = nowNs;
  limiter.hostCredit = credit - 1;
  const bucket = limiter.peers.get(peer);
  const saved = savedNs(bucket, nowNs) - PEER_INTERVAL_NS;
  if (bucket !== undefined) {
    bucket.savedNs = saved;
    bucket.atNs = nowNs;
    return;
  }
  if (limiter.peers.size >= PEERS_MAX) forgetFull(limiter, nowNs);
  limiter.peers.set(peer, { savedNs: saved, atNs: nowNs });
}

function savedNs(bucket: PeerBucket | undefined, nowNs: number): number {
  const most = PEER_BURST * PEER_INTERVAL_NS;
  return bucket === undefined ? most : Math.min(most, bucket.savedNs + nowNs - bucket.atNs);
}

function hostCredit(limiter: IcmpLimiter, nowNs: number): number {
  if (limiter.hostCredit > 0) return limiter.hostCredit;
  const sinceNs = Math.min(nowNs - limiter.hostFilledAtNs, SECOND);
  if (sinceNs < HOST_FILL_NS) return 0;
  return Math.min(HOST_BURST, limiter.hostCredit + Math.floor((HOST_PER_SECOND * sinceNs) / SECOND));
}

function forgetFull(limiter: IcmpLimiter, nowNs: number): void {
  for (const [peer, bucket] of limiter.peers) {
    if (savedNs(bucket, nowNs) >= PEER_BURST * PEER_INTERVAL_NS) limiter.peers.delete(peer);
  }
}
