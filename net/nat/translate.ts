/**
 * What NAT makes of a packet of a known connection, and of an ICMP error about one. Nothing is changed in place.
 * Destinations are rewritten as a packet comes in or starts here (PREROUTING, OUTPUT), sources as it leaves or arrives
 * at a socket (POSTROUTING, INPUT).
 * @see net/netfilter/nf_nat_core.c nf_nat_packet, net/netfilter/nf_nat_proto.c
 */
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { Direction, NAT_DONE_MASK, NAT_MASK, Status } from '../conntrack/status.ts';
import { invert, isIcmp } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';

/** What translating needs of a connection: an entry has it, and so has the draft of one not confirmed yet. */
export type Translation = Pick<ConntrackEntry, 'original' | 'reply' | 'status'>;

/** Which end of a packet a hook rewrites. */
export const Manip = { Source: 0, Destination: 1 } as const;

/** The `Status` bit under which a hook rewrites packets that go in this direction. */
function neededStatus(manip: number, direction: number): number {
  const source = manip === Manip.Source;
  return source === (direction === Direction.Original) ? Status.SrcNat : Status.DstNat;
}

/** Takes one end of `target` over. ICMP questions and answers take its identifier, whichever end it is. */
function manipulate(packet: FiveTuple, target: FiveTuple, manip: number): FiveTuple {
  const icmp = isIcmp(packet.protocol);
  if (manip === Manip.Source) {
    return { ...packet, source: target.source, sourcePort: target.sourcePort };
  }
  return icmp
    ? { ...packet, destination: target.destination, sourcePort: target.sourcePort }
    : { ...packet, destination: target.destination, destinationPort: target.destinationPort };
}

/**
 * Rewrites one end of a packet of `entry` that goes in `direction`.
 * @returns the tuple it has then; `packet` itself when nothing changes
 */
export function translate(entry: Translation, direction: number, manip: number, packet: FiveTuple): FiveTuple {
  if (!(entry.status & neededStatus(manip, direction))) return packet;
  const target = invert(direction === Direction.Original ? entry.reply : entry.original);
  return target === undefined ? packet : manipulate(packet, target, manip);
}

/** The tuple that a packet of `entry` has once both of its ends are rewritten. */
export function translated(entry: Translation, direction: number, packet: FiveTuple): FiveTuple {
  if (!(entry.status & NAT_MASK)) return packet;
  return translate(entry, direction, Manip.Source, translate(entry, direction, Manip.Destination, packet));
}

export interface TranslatedError {
  /** Addresses of the error itself. */
  readonly source: number;
  readonly destination: number;
  /** The tuple of the packet that it quotes. */
  readonly quoted: FiveTuple;
}

const ICMP_REDIRECT = 5;

/**
 * Rewrites one end of an ICMP error about `entry` and, inside it, the other end of the packet it quotes, so that the
 * receiver finds what it sent. An error from a host on the way seems to come from the destination, as an answer does.
 * So does an error that this host makes itself: it belongs to the connection of the packet that caused it, confirmed or
 * not, and passes OUTPUT and POSTROUTING as Related.
 * @param direction the direction in which the error goes: that of the quoted packet's answers
 * @returns `undefined` for a redirect about a translated connection: it is dropped
 * @see nf_nat_icmp_reply_translation
 */
export function translateError(
  entry: Translation,
  direction: number,
  manip: number,
  error: FiveTuple,
  quoted: FiveTuple,
): TranslatedError | undefined {
  const { source, destination } = error;
  if (isRedirect(error) && ((entry.status & NAT_DONE_MASK) !== NAT_DONE_MASK || entry.status & NAT_MASK)) {
    return undefined;
  }
  if (!(entry.status & neededStatus(manip, direction))) return { source, destination, quoted };
  const sent = direction === Direction.Original ? entry.reply : entry.original;
  // The quoted packet goes the other way: its source is where the error's destination is.
  const inside = manipulate(quoted, sent, manip === Manip.Source ? Manip.Destination : Manip.Source);
  return manip === Manip.Source
    ? { source: sent.destination, destination, quoted: inside }
    : { source, destination: sent.source, quoted: inside };
}

function isRedirect(error: FiveTuple): boolean {
  return error.protocol === 1 && error.icmp >> 8 === ICMP_REDIRECT;
}
