/**
 * What connection tracking says of a packet as it comes in: the state that `--ctstate` matches, and whether a new entry
 * is due. Asks only; the table changes when the packet is through.
 * @see net/netfilter/nf_conntrack_core.c nf_conntrack_in
 */
import { CtState } from '../netfilter/skb.ts';
import { Protocol, TcpFlag } from '../packet.ts';
import type { ConntrackEntry, TrackedPacket } from './entry.ts';
import { isIcmpError, isUntrackedIcmp, opensIcmp } from './icmp.ts';
import type { ConntrackSettings } from './settings.ts';
import { Direction, Status } from './status.ts';
import type { ConntrackTable } from './table.ts';
import { nextTcpState, segmentKind, TcpMove, TcpState, validTcpFlags } from './tcp-state.ts';
import { copyTcpTrack, emptyTcpTrack, type TcpTrack } from './tcp-track.ts';
import { trackTcp, Verdict } from './tcp-tracker.ts';
import { misfits } from './tcp-window.ts';
import { invert, isIcmp } from './tuple.ts';

/** Bits of `classify`'s answer besides `CtState`. */
export const Track = {
  /** The packet makes a connection, if it gets through: `insert` is due. */
  Create: 0x100,
  /** The entry found is to go first: the connection is opened anew. */
  Replace: 0x200,
} as const;

/** The part of `classify`'s answer that rules match. */
export const CT_STATE_MASK = 0xff;

/** A packet together with what it quotes, if it is an ICMP error; a `Packet` is one. */
export type QuotingPacket = TrackedPacket & { readonly inner: TrackedPacket | undefined };

/**
 * The entry that a packet belongs to, or that an ICMP error is about.
 * @returns a reference, with the direction in which this packet goes, or -1
 */
export function lookUp(table: ConntrackTable, packet: QuotingPacket, nowNs: number): number {
  const { protocol, source, sourcePort, destination, destinationPort, icmp } = packet;
  if (isIcmp(protocol) && isIcmpError(protocol, icmp)) return lookUpQuoted(table, packet, nowNs);
  return table.find(protocol, source, sourcePort, destination, destinationPort, icmp, nowNs);
}

/** An error goes the way of the quoted packet's answer, and must be sent to where that answer would be sent. */
function lookUpQuoted(table: ConntrackTable, packet: QuotingPacket, nowNs: number): number {
  const answer = packet.inner === undefined ? undefined : invert(packet.inner);
  if (answer === undefined) return -1;
  const reference = table.findTuple(answer, nowNs);
  return reference >= 0 && answer.destination === packet.destination ? reference : -1;
}

const trial = emptyTcpTrack();

/**
 * Judges a packet as it comes in.
 * @param reference what `lookUp` gave for it
 * @returns `CtState` bits (one of Invalid, New, Established, Related, Untracked, with Snat and Dnat of its entry) and `Track` bits
 */
export function classify(table: ConntrackTable, reference: number, packet: TrackedPacket): number {
  const { protocol } = packet;
  if (isIcmp(protocol) && isIcmpError(protocol, packet.icmp)) {
    return reference < 0 ? CtState.Invalid : CtState.Related | natBits(table.entry(reference).status);
  }
  if (isUntrackedIcmp(protocol, packet.icmp)) return CtState.Untracked;
  if (reference < 0) return opens(packet, table.settings.tcpLoose) ? CtState.New | Track.Create : CtState.Invalid;

  const entry = table.entry(reference);
  if (entry.tcp !== undefined) {
    const verdict = judge(entry.tcp, entry.status, reference & 1, packet, table.settings);
    if (verdict === Verdict.Invalid) return CtState.Invalid;
    if (verdict === Verdict.Reopen) return CtState.New | Track.Create | Track.Replace;
  }
  const answered = (reference & 1) === Direction.Reply || (entry.status & Status.SeenReply) !== 0;
  return (answered ? CtState.Established : CtState.New) | natBits(entry.status);
}

/** Whether a segment is taken for one of a known TCP connection, and does not open it anew. */
export function belongs(
  { tcp, status }: ConntrackEntry,
  direction: number,
  segment: TrackedPacket,
  settings: ConntrackSettings,
): boolean {
  const verdict = judge(tcp!, status, direction, segment, settings);
  return verdict !== Verdict.Invalid && verdict !== Verdict.Reopen;
}

/** The verdict on a segment of a known connection. */
function judge(track: TcpTrack, status: number, direction: number, packet: TrackedPacket, settings: ConntrackSettings) {
  // ACK, with PSH or without: nothing but the window decides on it once both ends have been seen.
  const plain = (packet.flags & ~TcpFlag.Psh) === TcpFlag.Ack && track.state >= TcpState.SynRecv;
  if (plain && track.state <= TcpState.Close && track.ends[direction]!.maxWindow !== 0) {
    return misfits(track, direction, packet, settings.tcpLiberal) ? Verdict.Invalid : Verdict.Accept;
  }
  copyTcpTrack(track, trial);
  return trackTcp(trial, status, direction, packet, settings) & 7;
}

/** Whether a packet that belongs to no entry may make one. */
function opens(packet: TrackedPacket, loose: boolean): boolean {
  const { protocol, flags } = packet;
  if (protocol === Protocol.Tcp) {
    if (!validTcpFlags(flags)) return false;
    const state = nextTcpState(Direction.Original, segmentKind(flags), 0);
    return state !== TcpMove.Invalid && (loose || (flags & 2) !== 0);
  }
  return !isIcmp(protocol) || opensIcmp(protocol, packet.icmp);
}

/** The `CtState` bits of what NAT did to an entry. */
export function natBits(status: number): number {
  return (status & Status.SrcNat ? CtState.Snat : 0) | (status & Status.DstNat ? CtState.Dnat : 0);
}
