/**
 * The TCP tracker: takes one segment, moves the connection's state, and says what becomes of the segment and of the
 * entry's time-out.
 * @see net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet
 */
import type { ConntrackSettings } from './settings.ts';
import { Direction, Status } from './status.ts';
import { nextTcpState, SegmentKind, segmentKind, TcpMove, TcpState, TcpTimeout, validTcpFlags } from './tcp-state.ts';
import type { Segment, TcpTrack } from './tcp-track.ts';
import { EndFlag, readOptions, segmentEnd, windowOf } from './tcp-track.ts';
import { Fit, fitWindow } from './tcp-window.ts';

/** What becomes of a packet that belongs to an entry. */
export const Verdict = {
  /** Belongs to it, and renews its time-out. */
  Accept: 0,
  /** Belongs to it, and changes nothing. */
  Ignore: 1,
  /** Does not fit: goes on without a connection, as INVALID. */
  Invalid: 2,
  /** Opens the connection anew: the entry goes, the packet makes another. */
  Reopen: 3,
  /** Belongs to it, and ends it at once. */
  Close: 4,
} as const;

/** Set in `trackTcp`'s answer when the entry becomes assured. */
export const ASSURE = 8;
/** Set in `trackTcp`'s answer when the time-out stays as it is. */
export const KEEP_TIMEOUT = 16;
/** Shift of the index into `tcpTimeoutsNs` in `trackTcp`'s answer. */
export const TIMEOUT_SHIFT = 8;

/** Set in `judgeReset`'s answer when the segment is taken without looking at the window. */
const SKIP_WINDOW = 16;
const INVALID_RESET = -1;

/**
 * Takes one segment. Changes `track`: try it on a copy to only ask.
 * @param status the entry's `Status` before this segment
 * @returns a `Verdict` with, for Accept, `ASSURE`, `KEEP_TIMEOUT` and the time-out's index above `TIMEOUT_SHIFT`; for
 * Invalid, the index of a time-out that must not be exceeded any more, or 0
 */
export function trackTcp(
  track: TcpTrack,
  status: number,
  direction: number,
  segment: Segment,
  settings: ConntrackSettings,
): number {
  if (!validTcpFlags(segment.flags)) return Verdict.Invalid;
  const kind = segmentKind(segment.flags);
  let before = track.state;
  let state = nextTcpState(direction, kind, before);

  if (state === TcpMove.Invalid) return Verdict.Invalid;
  if (state === TcpState.SynSent && before >= TcpState.TimeWait) {
    const closed = (track.ends[0].flags | track.ends[1].flags) & EndFlag.CloseInit;
    if (closed || (track.lastDirection === direction && track.lastKind === SegmentKind.Rst)) return Verdict.Reopen;
    state = TcpMove.Ignore;
  }
  if (state === TcpMove.Ignore) {
    if (!answersIgnoredSyn(track, direction, kind, segment)) {
      ignore(track, before, direction, kind, segment);
      return Verdict.Ignore;
    }
    believeIgnoredSyn(track, direction);
    before = TcpState.SynSent;
    state = TcpState.SynRecv;
  }

  let checked = true;
  if (state === TcpState.TimeWait && before === TcpState.LastAck && kind === SegmentKind.Ack) {
    if (track.lastDirection !== direction && track.lastKind === SegmentKind.Syn && track.expectChallenge) {
      track.expectChallenge = false;
      return Verdict.Ignore;
    }
  } else if (state === TcpState.SynSent2) {
    track.simultaneousOpen = true;
  } else if (state === TcpState.SynRecv && direction === Direction.Reply && kind === SegmentKind.Ack) {
    if (track.simultaneousOpen) state = TcpState.Established;
  } else if (kind === SegmentKind.Rst) {
    const judged = judgeReset(track, status, before, direction, segment, settings.tcpIgnoreInvalidRst);
    if (judged === INVALID_RESET) return Verdict.Invalid;
    state = judged & ~SKIP_WINDOW;
    checked = (judged & SKIP_WINDOW) === 0;
  }

  if (checked) {
    const fit = fitWindow(track, direction, kind, segment, settings.tcpLiberal);
    if (fit === Fit.Ignore) return Verdict.Ignore;
    if (fit === Fit.Invalid) return Verdict.Invalid | (afterInvalid(track, status, direction, kind) << TIMEOUT_SHIFT);
  }
  track.lastKind = kind;
  track.lastDirection = direction;
  track.state = state;
  if (before !== state && state === TcpState.FinWait) track.ends[direction]!.flags |= EndFlag.CloseInit;
  return accept(track, status, before, kind, settings);
}

function answersIgnoredSyn(track: TcpTrack, direction: number, kind: number, segment: Segment): boolean {
  return (
    kind === SegmentKind.SynAck &&
    track.lastKind === SegmentKind.Syn &&
    track.lastDirection !== direction &&
    (segment.acknowledgement | 0) === track.lastEnd
  );
}

/** The ends are in step and we were not: take over what the SYN said that we had only let through. */
function believeIgnoredSyn(track: TcpTrack, direction: number): void {
  const opener = track.ends[track.lastDirection]!;
  opener.end = track.lastEnd;
  opener.maxEnd = track.lastEnd;
  opener.maxWindow = track.lastWindow || 1;
  opener.scale = track.lastScale;
  opener.flags = track.lastFlags;
  track.expectChallenge = false;
  const other = track.ends[direction]!;
  other.end = 0;
  other.maxEnd = 0;
  other.maxWindow = 0;
  other.maxAck = 0;
  other.scale = 0;
  other.flags &= EndFlag.Liberal;
}

const scratchEnd = { end: 0, maxEnd: 0, maxWindow: 0, maxAck: 0, scale: 0, flags: 0 };

function ignore(track: TcpTrack, before: number, direction: number, kind: number, segment: Segment): void {
  track.lastKind = kind;
  track.lastDirection = direction;
  track.lastSequence = segment.sequence | 0;
  track.lastEnd = segmentEnd(segment);
  track.lastWindow = windowOf(segment);
  if (kind === SegmentKind.Syn && direction === Direction.Original) {
    scratchEnd.flags = 0;
    readOptions(segment, scratchEnd);
    track.lastFlags = scratchEnd.flags;
    track.lastScale = scratchEnd.scale;
    // In LAST_ACK a challenge ACK would look like the last one.
    track.expectChallenge = before === TcpState.LastAck;
    track.simultaneousOpen = false;
  }
  if (before === TcpState.SynSent && kind === SegmentKind.Ack && direction === Direction.Reply) {
    track.lastAck = segment.acknowledgement | 0;
  }
}

/** @returns the state to go on with, perhaps with `SKIP_WINDOW`, or `INVALID_RESET` */
function judgeReset(
  track: TcpTrack,
  status: number,
  before: number,
  direction: number,
  segment: Segment,
  ignoreInvalid: boolean,
): number {
  // What is closing may have been reused by its ends already: nothing of it is checked any more.
  if (before >= TcpState.FinWait && before <= TcpState.Close) return TcpState.Close | SKIP_WINDOW;
  let state: number = TcpState.Close;
  const other = track.ends[1 - direction]!;
  const sequence = segment.sequence | 0;
  if (other.flags & EndFlag.MaxAckSet && track.lastKind !== SegmentKind.Syn) {
    const established = before === TcpState.Established && (status & Status.Assured) !== 0;
    if (sequence === 0 && !established) return state;
    if (((sequence - other.maxAck) | 0) < 0 && !ignoreInvalid) return INVALID_RESET;
    if (!established || sequence === other.maxAck) return state;
    const inTrain = track.lastKind === SegmentKind.Ack && track.lastDirection === direction;
    if (inTrain && sequence === track.lastEnd) return state;
    // Not the exact number: its receiver may challenge it and live on.
    state = before;
  }
  const answersIgnored =
    (status & Status.SeenReply && track.lastKind === SegmentKind.Syn) ||
    (!(status & Status.Assured) && track.lastKind === SegmentKind.Ack);
  if (answersIgnored && (segment.acknowledgement | 0) === track.lastEnd) return state | SKIP_WINDOW;
  const answersChallenge =
    before === TcpState.SynSent && track.lastKind === SegmentKind.Ack && track.lastDirection === Direction.Reply;
  return answersChallenge && sequence === track.lastAck ? state | SKIP_WINDOW : state;
}

/** A FIN or RST that does not fit, answered by another: the ends are done though we are out of step. */
function afterInvalid(track: TcpTrack, status: number, direction: number, kind: number): number {
  if (!(status & Status.Assured) || status & Status.FixedTimeout) return 0;
  if (kind !== SegmentKind.Rst && kind !== SegmentKind.Fin) return 0;
  const answered = track.lastKind === SegmentKind.Fin || track.lastKind === SegmentKind.Rst;
  if (track.lastDirection !== direction && answered) return TcpTimeout.Unacknowledged;
  track.lastKind = kind;
  track.lastDirection = direction;
  return 0;
}

function accept(track: TcpTrack, status: number, before: number, kind: number, settings: ConntrackSettings): number {
  const { state } = track;
  const limits = settings.tcpTimeoutsNs;
  const unacknowledged = (track.ends[0].flags | track.ends[1].flags) & EndFlag.DataUnacknowledged;
  let timeout: number = state;
  if (track.retransmissions >= settings.tcpMaxRetrans && limits[state]! > limits[TcpTimeout.MaxRetrans]!) {
    timeout = TcpTimeout.MaxRetrans;
  } else if (kind === SegmentKind.Rst) timeout = TcpState.Close;
  else if (unacknowledged && limits[state]! > limits[TcpTimeout.Unacknowledged]!) timeout = TcpTimeout.Unacknowledged;
  else if (track.lastWindow === 0 && limits[state]! > limits[TcpTimeout.MaxRetrans]!) timeout = TcpTimeout.MaxRetrans;

  if (!(status & Status.SeenReply)) {
    if (kind === SegmentKind.Rst) return Verdict.Close;
    // A SYN sent again does not prolong the wait.
    if (kind === SegmentKind.Syn && before === TcpState.SynSent) return Verdict.Accept | KEEP_TIMEOUT;
    if (state === TcpState.Established && limits[timeout]! > limits[TcpTimeout.Unacknowledged]!) {
      timeout = TcpTimeout.Unacknowledged;
    }
  } else if (
    !(status & Status.Assured) &&
    (before === TcpState.SynRecv || before === TcpState.Established) &&
    state === TcpState.Established
  ) {
    return Verdict.Accept | ASSURE | (timeout << TIMEOUT_SHIFT);
  }
  return Verdict.Accept | (timeout << TIMEOUT_SHIFT);
}
