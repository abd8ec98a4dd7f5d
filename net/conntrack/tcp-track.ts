/**
 * What a middlebox remembers of one TCP connection: how far each end has sent, what it may send, and the last segment
 * seen. Sequence numbers are int32 and wrap.
 * @see include/uapi/linux/netfilter/nf_conntrack_tcp.h struct ip_ct_tcp
 */
import { SegmentKind } from './tcp-state.ts';

/** What was seen of one end's sending. */
export interface TcpEnd {
  /** Behind the highest byte sent. */
  end: number;
  /** Behind the highest byte that the other end allows. */
  maxEnd: number;
  /** Largest window advertised, bytes; 0: nothing seen yet. */
  maxWindow: number;
  /** Highest acknowledgement sent. */
  maxAck: number;
  /** Shift of its window field. */
  scale: number;
  /** `EndFlag` bits. */
  flags: number;
}

/** @see IP_CT_TCP_FLAG_* in nf_conntrack_tcp.h */
export const EndFlag = {
  WindowScale: 0x01,
  /** It was the first to send a FIN. */
  CloseInit: 0x04,
  Liberal: 0x08,
  DataUnacknowledged: 0x10,
  MaxAckSet: 0x20,
} as const;

export interface TcpTrack {
  /** `TcpState` */
  state: number;
  /** By direction. */
  readonly ends: readonly [TcpEnd, TcpEnd];
  lastDirection: number;
  /** `SegmentKind` of the last segment that was believed or ignored. */
  lastKind: number;
  lastSequence: number;
  lastAck: number;
  lastEnd: number;
  lastWindow: number;
  /** Scale and flags of a SYN that was let through without being believed. */
  lastScale: number;
  lastFlags: number;
  /** Whether that SYN may draw a challenge ACK (RFC 5961). */
  expectChallenge: boolean;
  simultaneousOpen: boolean;
  /** Times that the last segment came again unchanged. */
  retransmissions: number;
}

/** What the tracker reads of a TCP segment; a `Packet` is one. */
export interface Segment {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payloadBytes: number;
  /** The window field, unscaled; absent: `DEFAULT_WINDOW`. */
  readonly window?: number;
  /** Shift that a SYN offers; absent or negative: none. */
  readonly windowScale?: number;
  /** What only its two ends see of it. Its window goes before `window`. */
  readonly segment?: SegmentDetail | undefined;
}

/** The window as its receiver understands it, and SACK blocks: start, end, start, end ... */
export interface SegmentDetail {
  readonly windowBytes: number;
  readonly sack: readonly number[];
}

/** Taken where a segment names no window: what Linux offers first, with an MSS of 1460. */
export const DEFAULT_WINDOW = 65_160;

export function windowOf(segment: Segment): number {
  return segment.segment?.windowBytes ?? segment.window ?? DEFAULT_WINDOW;
}

/** The highest byte that the segment acknowledges, selectively or not. */
export function highestAck(segment: Segment): number {
  let highest = segment.acknowledgement | 0;
  const sack = segment.segment?.sack;
  if (sack === undefined) return highest;
  for (let i = 1; i < sack.length; i += 2) if (((sack[i]! - highest) | 0) > 0) highest = sack[i]! | 0;
  return highest;
}

/** Sequence number behind the segment. SYN and FIN take one each. */
export function segmentEnd(segment: Segment): number {
  const { flags } = segment;
  return (segment.sequence + segment.payloadBytes + ((flags >> 1) & 1) + (flags & 1)) | 0;
}

function emptyEnd(): TcpEnd {
  return { end: 0, maxEnd: 0, maxWindow: 0, maxAck: 0, scale: 0, flags: 0 };
}

export function emptyTcpTrack(): TcpTrack {
  return {
    state: 0,
    ends: [emptyEnd(), emptyEnd()],
    lastDirection: 0,
    lastKind: SegmentKind.None,
    lastSequence: 0,
    lastAck: 0,
    lastEnd: 0,
    lastWindow: 0,
    lastScale: 0,
    lastFlags: 0,
    expectChallenge: false,
    simultaneousOpen: false,
    retransmissions: 0,
  };
}

function copyEnd(from: TcpEnd, to: TcpEnd): void {
  to.end = from.end;
  to.maxEnd = from.maxEnd;
  to.maxWindow = from.maxWindow;
  to.maxAck = from.maxAck;
  to.scale = from.scale;
  to.flags = from.flags;
}

/** Copies one record over another, so that a segment can be tried without being taken. */
export function copyTcpTrack(from: TcpTrack, to: TcpTrack): void {
  copyEnd(from.ends[0], to.ends[0]);
  copyEnd(from.ends[1], to.ends[1]);
  to.state = from.state;
  to.lastDirection = from.lastDirection;
  to.lastKind = from.lastKind;
  to.lastSequence = from.lastSequence;
  to.lastAck = from.lastAck;
  to.lastEnd = from.lastEnd;
  to.lastWindow = from.lastWindow;
  to.lastScale = from.lastScale;
  to.lastFlags = from.lastFlags;
  to.expectChallenge = from.expectChallenge;
  to.simultaneousOpen = from.simultaneousOpen;
  to.retransmissions = from.retransmissions;
}

/**
 * Starts the record of a new connection with its first segment.
 * @returns false when no connection may begin so: neither a SYN nor, with `loose`, an ACK
 */
export function startTcpTrack(track: TcpTrack, segment: Segment, kind: number, loose: boolean): boolean {
  const [opener, other] = track.ends;
  if (kind !== SegmentKind.Syn && (kind !== SegmentKind.Ack || !loose)) return false;
  opener.end = segmentEnd(segment);
  opener.maxWindow = windowOf(segment) || 1;
  if (kind === SegmentKind.Syn) {
    opener.maxEnd = opener.end;
    readOptions(segment, opener);
  } else {
    // The history is lost, and with it the scale: nothing is judged by the window from here on.
    opener.maxEnd = (opener.end + opener.maxWindow) | 0;
    opener.flags = EndFlag.Liberal;
    other.flags = EndFlag.Liberal;
  }
  return true;
}

/** Takes the window scale that a SYN offers. */
export function readOptions(segment: Segment, end: TcpEnd): void {
  const scale = segment.windowScale ?? -1;
  end.flags &= EndFlag.Liberal;
  end.scale = scale < 0 ? 0 : Math.min(scale, 14);
  if (scale >= 0) end.flags |= EndFlag.WindowScale;
}
