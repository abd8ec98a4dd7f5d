/**
 * ICMP redirects: the message, and how often one neighbour gets it: at once, then after 20, 40, 80 ms ..., nine in all,
 * until it has been left in peace for 20 s.
 * @see net/ipv4/route.c ip_rt_send_redirect, RFC 1812 section 5.2.7.2
 */
import { MILLISECOND } from '../../core/time.ts';
import type { Address } from '../address.ts';
import { IcmpType } from '../packet.ts';

/** Redirect for a host, as type << 8 | code. */
export const REDIRECT_HOST = (IcmpType.Redirect << 8) | 1;

/** @see route.c ip_rt_redirect_load, ip_rt_redirect_number, ip_rt_redirect_silence */
const LOAD_NS = 20 * MILLISECOND;
const MOST = 9;
const SILENCE_NS = LOAD_NS * 2 ** (MOST + 1);

export interface RedirectTally {
  readonly sent: number;
  readonly atNs: number;
}

/** Whether a redirect to this neighbour is due now, as far as its number goes. */
export function redirectAllowed(tallies: ReadonlyMap<Address, RedirectTally>, to: Address, nowNs: number): boolean {
  const tally = tallies.get(to);
  if (tally === undefined || nowNs > tally.atNs + SILENCE_NS) return true;
  return tally.sent < MOST && nowNs > tally.atNs + LOAD_NS * 2 ** tally.sent;
}

/** Notes one that was sent. For `evolve`. */
export function redirectSent(tallies: Map<Address, RedirectTally>, to: Address, nowNs: number): void {
  const tally = tallies.get(to);
  const silent = tally === undefined || nowNs > tally.atNs + SILENCE_NS;
  tallies.set(to, { sent: silent ? 1 : tally.sent + 1, atNs: nowNs });
}
