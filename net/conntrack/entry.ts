/**
 * One tracked connection: the tuples that its packets carry in each direction, and what is known of its life.
 */
import type { FiveTuple } from '../five-tuple.ts';
import type { SegmentDetail, TcpTrack } from './tcp-track.ts';

/** What the event of a new connection says of it: all that `ConntrackTable.insert` needs besides the packet. */
export interface ConntrackDraft {
  /** Number of the flow whose packet made it. */
  readonly flow: number;
  /** As the first packet carried it when it came in. */
  readonly original: FiveTuple;
  /** As the answer will carry it: the inverse of the first packet's tuple when it left. */
  readonly reply: FiveTuple;
  /** `Status` bits that NAT set, with `SrcNatDone` and `DstNatDone` where the host has a nat table, or `NatClash`. */
  readonly status: number;
  /** Connection mark. */
  readonly mark: number;
}

/** Owned by its table: read it, never write it. */
export interface ConntrackEntry {
  /** 1 and up, in order of creation on this host. */
  readonly id: number;
  readonly flow: number;
  readonly protocol: number;
  readonly original: FiveTuple;
  readonly reply: FiveTuple;
  /** `Status` bits. */
  status: number;
  mark: number;
  /** Out of sight from this instant on. */
  expiresAtNs: number;
  /** UDP: the instant behind which two-way traffic makes it a stream. */
  readonly streamAtNs: number;
  /** TCP only. */
  readonly tcp: TcpTrack | undefined;
  packetsOriginal: number;
  bytesOriginal: number;
  packetsReply: number;
  bytesReply: number;
}

/** What connection tracking reads of a packet; a `Packet` is one. */
export interface TrackedPacket {
  readonly protocol: number;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payloadBytes: number;
  readonly sizeBytes: number;
  /** TCP window field, unscaled; absent: Linux's usual first window. */
  readonly window?: number;
  /** Shift that a SYN offers; absent or negative: none. */
  readonly windowScale?: number;
  /** What only the two ends of a TCP segment see of it. Its window goes before `window`. */
  readonly segment?: SegmentDetail | undefined;
}

/** The tuple that a packet carries. */
export function tupleOf(packet: TrackedPacket): FiveTuple {
  const { protocol, source, sourcePort, destination, destinationPort, icmp } = packet;
  return { protocol, source, sourcePort, destination, destinationPort, icmp };
}
