/**
 * The life of an entry by protocol: how it starts, and how each packet renews it.
 * @see net/netfilter/nf_conntrack_proto_{tcp,udp,icmp,icmpv6,generic}.c
 */
import { invariant } from '../../core/error.ts';
import { SECOND } from '../../core/time.ts';
import { Protocol } from '../packet.ts';
import type { ConntrackDraft, ConntrackEntry, TrackedPacket } from './entry.ts';
import type { ConntrackSettings } from './settings.ts';
import { Direction, Status } from './status.ts';
import { segmentKind } from './tcp-state.ts';
import { emptyTcpTrack, startTcpTrack } from './tcp-track.ts';
import { ASSURE, KEEP_TIMEOUT, TIMEOUT_SHIFT, trackTcp, Verdict } from './tcp-tracker.ts';

/** Two-way UDP traffic that outlasts this is a stream. */
const STREAM_AFTER_NS = 2 * SECOND;
/** The loser of a race at confirm waits so long for its answer. */
const CLASH_TIMEOUT_NS = SECOND;

/** Makes an entry of a draft and its first packet. The time-out counts from now: the packet's way out of the host. */
export function startEntry(
  id: number,
  draft: ConntrackDraft,
  packet: TrackedPacket,
  settings: ConntrackSettings,
  nowNs: number,
): ConntrackEntry {
  const { flow, original, reply, mark } = draft;
  const { protocol } = original;
  const clash = (draft.status & Status.NatClash) !== 0;
  const entry: ConntrackEntry = {
    id,
    flow,
    protocol,
    original,
    reply,
    status: draft.status | Status.Confirmed | (clash ? Status.FixedTimeout : 0),
    mark,
    expiresAtNs: nowNs + CLASH_TIMEOUT_NS,
    streamAtNs: nowNs + STREAM_AFTER_NS,
    tcp: protocol === Protocol.Tcp ? emptyTcpTrack() : undefined,
    packetsOriginal: 0,
    bytesOriginal: 0,
    packetsReply: 0,
    bytesReply: 0,
  };
  if (entry.tcp !== undefined) {
    const started = startTcpTrack(entry.tcp, packet, segmentKind(packet.flags), settings.tcpLoose);
    invariant(started, 'No TCP connection begins with this segment: classify says so');
  }
  renew(entry, Direction.Original, packet, settings, nowNs);
  return entry;
}

/** Takes a packet of an entry. @returns a `Verdict` */
export function renew(
  entry: ConntrackEntry,
  direction: number,
  packet: TrackedPacket,
  settings: ConntrackSettings,
  nowNs: number,
): number {
  if (entry.tcp !== undefined) return renewTcp(entry, direction, packet, settings, nowNs);
  let timeoutNs: number;
  switch (entry.protocol) {
    case Protocol.Udp:
      timeoutNs = udpTimeout(entry, settings, nowNs);
      break;
    case Protocol.Icmp:
      timeoutNs = settings.icmpTimeoutNs;
      break;
    case Protocol.Icmpv6:
      timeoutNs = settings.icmpv6TimeoutNs;
      break;
    default:
      timeoutNs = settings.genericTimeoutNs;
  }
  refresh(entry, direction, packet.sizeBytes, timeoutNs, nowNs);
  return Verdict.Accept;
}

function renewTcp(
  entry: ConntrackEntry,
  direction: number,
  packet: TrackedPacket,
  settings: ConntrackSettings,
  nowNs: number,
): number {
  const answer = trackTcp(entry.tcp!, entry.status, direction, packet, settings);
  const timeoutNs = settings.tcpTimeoutsNs[answer >> TIMEOUT_SHIFT]!;
  const verdict = answer & 7;
  if (verdict === Verdict.Accept && !(answer & KEEP_TIMEOUT)) {
    if (answer & ASSURE) entry.status |= Status.Assured;
    refresh(entry, direction, packet.sizeBytes, timeoutNs, nowNs);
  } else if (verdict === Verdict.Invalid && timeoutNs > 0 && entry.expiresAtNs > nowNs + 120 * SECOND) {
    entry.expiresAtNs = Math.min(entry.expiresAtNs, nowNs + timeoutNs);
  }
  return verdict;
}

function udpTimeout(entry: ConntrackEntry, settings: ConntrackSettings, nowNs: number): number {
  if (!(entry.status & Status.SeenReply) || nowNs <= entry.streamAtNs) return settings.udpTimeoutNs;
  if (!(entry.status & Status.NatClash)) entry.status |= Status.Assured;
  return settings.udpStreamTimeoutNs;
}

function refresh(entry: ConntrackEntry, direction: number, bytes: number, timeoutNs: number, nowNs: number): void {
  if (!(entry.status & Status.FixedTimeout)) entry.expiresAtNs = nowNs + timeoutNs;
  if (direction === Direction.Original) {
    entry.packetsOriginal++;
    entry.bytesOriginal += bytes;
  } else {
    entry.packetsReply++;
    entry.bytesReply += bytes;
  }
}
