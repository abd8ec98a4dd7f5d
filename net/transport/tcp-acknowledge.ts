/**
 * What an incoming acknowledgement does to the sending half: takes off what has arrived, samples the round trip, finds
 * losses and sets the timer anew.
 */

import { MILLISECOND } from '../../core/time.ts';
import { sampleRtt } from './rtt.ts';
import type { Segment } from './segment.ts';
import { sequenceLength } from './segment.ts';
import { acknowledgedSegments, detectLoss, rackAdvance, reduce } from './tcp-recovery.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { Congestion, NEVER, RetransmitTimer } from './tcp-socket.ts';
import { rearmRetransmitTimer, scheduleLossProbe } from './tcp-timer.ts';

/**
 * Takes in the acknowledgement number, the window and the SACK blocks of a segment.
 * @see net/ipv4/tcp_input.c tcp_ack
 */
export function acknowledge(socket: TcpSocket, segment: Segment, nowNs: number): void {
  const before = socket.sendUnacknowledged;
  const ack = segment.acknowledgement;
  if (ack >= before) socket.sendWindow = segment.windowBytes;
  const newlySacked = takeSack(socket, segment.sack, nowNs);
  const segments = ack > before ? takeCumulative(socket, segment, nowNs) : 0;
  endProbe(socket, segment, ack > before || newlySacked);
  if (segments > 0) {
    socket.retransmits = 0;
    acknowledgedSegments(socket, segments);
    if (socket.troubled || socket.firstRetransmissionNs !== NEVER) restate(socket);
    if (!scheduleLossProbe(socket, nowNs, true)) rearmRetransmitTimer(socket, nowNs);
  }
  if (segments > 0 || newlySacked) {
    const armed = socket.retransmitTimer;
    detectLoss(socket, nowNs);
    if (armed === RetransmitTimer.LossProbe && socket.congestion !== Congestion.Open) {
      rearmRetransmitTimer(socket, nowNs);
    }
  }
}

/** Looks anew at what is still outstanding, after some that was sent more than once has arrived. */
function restate(socket: TcpSocket): void {
  socket.firstRetransmissionNs = NEVER;
  socket.troubled = false;
  for (const sent of socket.outstanding) {
    if (sent.retransmissions > 0) socket.firstRetransmissionNs = sent.sentAtNs;
    if (sent.sacked || sent.lost) socket.troubled = true;
  }
}

/** Takes off all segments up to the acknowledgement. @returns how many */
function takeCumulative(socket: TcpSocket, segment: Segment, nowNs: number): number {
  const { outstanding } = socket;
  const ack = segment.acknowledgement;
  let count = 0;
  let sampleNs = 0;
  let repeated = false;
  while (count < outstanding.length && outstanding[count]!.end <= ack) {
    const sent = outstanding[count]!;
    if (!sent.sacked) rackAdvance(socket, sent, nowNs);
    if (sent.retransmissions > 0) repeated = true;
    else if (sampleNs === 0 && !sent.sacked) sampleNs = nowNs - sent.sentAtNs;
    count++;
  }
  // One or two as a rule: taken off one by one they leave no list of themselves behind.
  if (count > 4) outstanding.splice(0, count);
  else for (let i = 0; i < count; i++) outstanding.shift();
  socket.sendUnacknowledged = ack;
  const rttNs = repeated ? stampRtt(segment, nowNs) : sampleNs;
  if (count > 0 && rttNs > 0) sampleRtt(socket, rttNs);
  return count;
}

/** Round trip by the echoed time stamp, which tells what transmission is acknowledged; stamps count milliseconds. */
function stampRtt(segment: Segment, nowNs: number): number {
  if (segment.headerBytes === 20) return 0;
  return Math.max(1, Math.floor((nowNs - segment.echoNs) / MILLISECOND)) * MILLISECOND;
}

/** Marks what SACK blocks cover. @returns whether anything was news */
function takeSack(socket: TcpSocket, sack: readonly number[], nowNs: number): boolean {
  let news = false;
  for (let at = 0; at < sack.length; at += 2) {
    const start = sack[at]!;
    const end = sack[at + 1]!;
    for (const sent of socket.outstanding) {
      if (sent.sacked || sent.sequence < start || sent.end > end) continue;
      sent.sacked = true;
      socket.troubled = true;
      sent.lost = false;
      news = true;
      rackAdvance(socket, sent, nowNs);
    }
  }
  return news;
}

/** Ends a loss probe's episode. @see RFC 8985 section 7.4, net/ipv4/tcp_input.c tcp_process_tlp_ack */
function endProbe(socket: TcpSocket, segment: Segment, progress: boolean): void {
  if (socket.probePoint === 0 || segment.acknowledgement < socket.probePoint) return;
  const duplicate = segment.sack.length > 0 && segment.sack[1]! <= segment.acknowledgement;
  if (!socket.probeRetransmitted || duplicate) {
    socket.probePoint = 0;
  } else if (segment.acknowledgement > socket.probePoint) {
    // The probe repaired a loss that no other sign has told of: it counts as one.
    socket.probePoint = 0;
    reduce(socket);
    socket.congestionWindow = socket.slowStartThreshold;
  } else if (!progress && sequenceLength(segment) === 0) {
    socket.probePoint = 0;
  }
}
