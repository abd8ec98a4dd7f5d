/**
 * Whether a TCP segment fits what both ends have sent and allowed so far.
 * @see net/netfilter/nf_conntrack_proto_tcp.c tcp_in_window; G. van Rooij, Real Stateful TCP Packet Filtering in IP Filter
 */
import { TcpFlag } from '../packet.ts';
import { Direction } from './status.ts';
import { SegmentKind, TcpState } from './tcp-state.ts';
import type { Segment, TcpEnd, TcpTrack } from './tcp-track.ts';
import { EndFlag, highestAck, readOptions, segmentEnd, windowOf } from './tcp-track.ts';

/** `Ignore`: goes on as part of the connection but changes nothing. */
export const Fit = { Accept: 0, Ignore: 1, Invalid: 2 } as const;

/** An acknowledgement may lag this far behind, or by the largest window if that is more. */
const MAX_ACK_LAG = 66_000;

/** Whether `a` comes after `b` in sequence space. */
function after(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

function startSender(sender: TcpEnd, receiver: TcpEnd, segment: Segment, direction: number): void {
  sender.end = segmentEnd(segment);
  sender.maxEnd = sender.end;
  sender.maxWindow = windowOf(segment) || 1;
  readOptions(segment, sender);
  // Both must offer a scale for either to use it (RFC 7323 section 2.2).
  if (direction === Direction.Reply && !(sender.flags & receiver.flags & EndFlag.WindowScale)) {
    sender.scale = 0;
    receiver.scale = 0;
  }
}

function pickUpSender(sender: TcpEnd, receiver: TcpEnd, segment: Segment): void {
  sender.end = segmentEnd(segment);
  sender.maxWindow = windowOf(segment) << sender.scale || 1;
  sender.maxEnd = (sender.end + sender.maxWindow) | 0;
  const ack = highestAck(segment);
  if (receiver.maxWindow === 0) {
    receiver.end = ack;
    receiver.maxEnd = ack;
  } else if (ack === ((receiver.end + 1) | 0)) {
    // The answer to a keep-alive.
    receiver.end = ack;
  }
}

/** Judges a segment and, when it fits, learns from it. Changes `track`: try it on a copy to only ask. */
export function fitWindow(
  track: TcpTrack,
  direction: number,
  kind: number,
  segment: Segment,
  liberal: boolean,
): number {
  const sender = track.ends[direction]!;
  const receiver = track.ends[1 - direction]!;
  const { flags } = segment;
  if (sender.maxWindow === 0) {
    if (flags & TcpFlag.Syn) {
      startSender(sender, receiver, segment, direction);
      if (!(flags & TcpFlag.Ack)) return Fit.Accept;
    } else {
      pickUpSender(sender, receiver, segment);
    }
  } else if (
    flags & TcpFlag.Syn &&
    after(segmentEnd(segment), sender.end) &&
    (track.state === TcpState.SynSent || track.state === TcpState.SynRecv)
  ) {
    startSender(sender, receiver, segment, direction);
    if (direction === Direction.Reply && !(flags & TcpFlag.Ack)) return Fit.Accept;
  }

  let sequence = segment.sequence | 0;
  let end = segmentEnd(segment);
  let ack = segment.acknowledgement | 0;
  let highest = highestAck(segment);
  // A RST with an acknowledgement of 0 is taken as one without.
  if (!(flags & TcpFlag.Ack) || (flags & TcpFlag.Rst && ack === 0)) {
    ack = receiver.end;
    highest = ack;
  }
  // The answer to a SYN has no sequence number of its own.
  if (flags & TcpFlag.Rst && sequence === 0 && track.state === TcpState.SynSent) {
    sequence = sender.end;
    end = sender.end;
  }

  const misfit = misfitOf(sender, receiver, sequence, end, highest);
  if (misfit === OVER) {
    // More than was allowed, but no more than a window: its acknowledgement must not look too new later.
    sender.end = end;
    sender.flags |= EndFlag.DataUnacknowledged;
  }
  if (misfit !== Fit.Accept) {
    if (liberal || sender.flags & EndFlag.Liberal) return Fit.Accept;
    return misfit === OVER ? Fit.Ignore : misfit;
  }
  learn(sender, receiver, segment, end, ack, highest);
  if (kind === SegmentKind.Ack) countRepeats(track, direction, sequence, ack, end, windowOf(segment));
  return Fit.Accept;
}

/** A misfit besides those of `Fit`: to be ignored, but reaching beyond what the receiver allowed. */
const OVER = 3;

function misfitOf(sender: TcpEnd, receiver: TcpEnd, sequence: number, end: number, ack: number): number {
  const lag = Math.max(sender.maxWindow, MAX_ACK_LAG);
  const ackTooNew = after(ack, receiver.end);
  const ackTooOld = !after(ack, (receiver.end - lag - 1) | 0);
  const tooOld = receiver.maxWindow !== 0 && !after(end, (sender.end - receiver.maxWindow - 1) | 0);
  if (after(sequence, sender.maxEnd)) {
    const overshoot = (end - sender.maxEnd + 1) >>> 0;
    const bearable = receiver.maxWindow !== 0 && overshoot <= receiver.maxWindow;
    return bearable && !tooOld && !ackTooOld && !ackTooNew ? OVER : Fit.Invalid;
  }
  if (ackTooNew) return Fit.Invalid;
  return tooOld || ackTooOld ? Fit.Ignore : Fit.Accept;
}

/**
 * Whether a plain acknowledgement or data segment of a connection that both ends have been seen to open would be
 * Invalid. The common case of `fitWindow`, without learning anything.
 */
export function misfits(track: TcpTrack, direction: number, segment: Segment, liberal: boolean): boolean {
  const sender = track.ends[direction]!;
  const receiver = track.ends[1 - direction]!;
  if (liberal || sender.flags & EndFlag.Liberal) return false;
  const misfit = misfitOf(sender, receiver, segment.sequence | 0, segmentEnd(segment), highestAck(segment));
  return misfit === Fit.Invalid;
}

function learn(sender: TcpEnd, receiver: TcpEnd, segment: Segment, end: number, ack: number, highest: number): void {
  const { flags } = segment;
  const window = flags & TcpFlag.Syn ? windowOf(segment) : windowOf(segment) << sender.scale;
  const reach = window + ((highest - ack) | 0);
  if (sender.maxWindow < reach) sender.maxWindow = reach;
  if (after(end, sender.end)) {
    sender.end = end;
    sender.flags |= EndFlag.DataUnacknowledged;
  }
  if (flags & TcpFlag.Ack && (!(sender.flags & EndFlag.MaxAckSet) || after(ack, sender.maxAck))) {
    sender.maxAck = ack;
    sender.flags |= EndFlag.MaxAckSet;
  }
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow += (end - sender.maxEnd) | 0;
  const allowed = (highest + window) | 0;
  if (!after(receiver.maxEnd, allowed)) receiver.maxEnd = window === 0 ? (allowed + 1) | 0 : allowed;
  if (ack === receiver.end) receiver.flags &= ~EndFlag.DataUnacknowledged;
}

function countRepeats(
  track: TcpTrack,
  direction: number,
  sequence: number,
  ack: number,
  end: number,
  window: number,
): void {
  if (
    track.lastDirection === direction &&
    track.lastSequence === sequence &&
    track.lastAck === ack &&
    track.lastEnd === end &&
    track.lastWindow === window
  ) {
    track.retransmissions++;
    return;
  }
  track.lastDirection = direction;
  track.lastSequence = sequence;
  track.lastAck = ack;
  track.lastEnd = end;
  track.lastWindow = window;
  track.retransmissions = 0;
}
