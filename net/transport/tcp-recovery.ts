/**
 * What the sender concludes about loss: which outstanding segments have arrived, which are lost, and how much may be
 * on its way. RACK by time of sending (RFC 8985), loss after an RTO, and the congestion window.
 */

import { MICROSECOND } from '../../core/time.ts';
import { PROBE_SLACK_NS } from './tcp-profile.ts';
import type { Outstanding, TcpSocket } from './tcp-socket.ts';
import { Congestion, markLost, NEVER, RetransmitTimer } from './tcp-socket.ts';
import { expiryNs } from './timer-wheel.ts';

/** SACKed segments that make reordering unlikely. @see net.ipv4.tcp_reordering */
const REORDERING = 3;
/** CUBIC's decrease: 717 / 1024. @see net/ipv4/tcp_cubic.c beta */
const DECREASE = 717 / 1024;

/** Segments believed to be on their way. */
export function inFlight(socket: TcpSocket): number {
  if (!socket.troubled) return socket.outstanding.length;
  let count = 0;
  for (const sent of socket.outstanding) if (!sent.sacked && !sent.lost) count++;
  return count;
}

/** Segments that may be sent now. */
export function quota(socket: TcpSocket): number {
  return Math.max(0, socket.congestionWindow - inFlight(socket));
}

/** Remembers the most recently sent segment that has arrived. @see RFC 8985 section 6.2 step 2 */
export function rackAdvance(socket: TcpSocket, sent: Outstanding, nowNs: number): void {
  const rttNs = nowNs - sent.sentAtNs;
  // The ACK is for the first transmission if it comes sooner than any round trip: it says nothing about the last one.
  if (sent.retransmissions > 0 && rttNs < socket.minRttUs * MICROSECOND) return;
  if (sentAfter(sent.sentAtNs, sent.end, socket.rackSentNs, socket.rackEnd)) {
    socket.rackSentNs = sent.sentAtNs;
    socket.rackEnd = sent.end;
    socket.rackRttUs = Math.floor(rttNs / MICROSECOND);
  }
}

function sentAfter(atNs: number, end: number, otherAtNs: number, otherEnd: number): boolean {
  return atNs > otherAtNs || (atNs === otherAtNs && end > otherEnd);
}

/**
 * Marks as lost what was sent well before something that has arrived. Arms the reordering timer for what may yet come.
 * @see RFC 8985 section 6.2 step 5, net/ipv4/tcp_recovery.c tcp_rack_detect_loss
 */
export function detectLoss(socket: TcpSocket, nowNs: number): void {
  // In good order everything outstanding was sent after all that has arrived.
  if (!socket.troubled || socket.rackSentNs === NEVER) return;
  let sackedSegments = 0;
  for (const sent of socket.outstanding) if (sent.sacked) sackedSegments++;
  const certain = socket.congestion !== Congestion.Open || sackedSegments >= REORDERING;
  const windowNs = certain ? 0 : Math.floor(Math.min(socket.minRttUs / 4, socket.srtt8Us / 64)) * MICROSECOND;
  let waitNs = 0;
  let found = false;
  for (const sent of socket.outstanding) {
    if (sent.sacked || sent.lost) continue;
    if (!sentAfter(socket.rackSentNs, socket.rackEnd, sent.sentAtNs, sent.end)) continue;
    const remainingNs = socket.rackRttUs * MICROSECOND + windowNs - (nowNs - sent.sentAtNs);
    if (remainingNs <= 0) {
      markLost(socket, sent);
      found = true;
    } else {
      waitNs = Math.max(waitNs, remainingNs);
    }
  }
  if (found && socket.congestion === Congestion.Open) enterRecovery(socket);
  if (waitNs > 0) {
    socket.retransmitTimer = RetransmitTimer.Reordering;
    socket.retransmitAtNs = expiryNs(nowNs, waitNs + PROBE_SLACK_NS, socket.profile.tickNs);
  }
}

function enterRecovery(socket: TcpSocket): void {
  socket.congestion = Congestion.Recovery;
  socket.recoveryPoint = socket.sendNext;
  reduce(socket);
  // The first retransmission never waits for the window. @see RFC 6937
  socket.congestionWindow = Math.max(socket.slowStartThreshold, inFlight(socket) + 1);
}

/** Takes the window down as CUBIC does on loss. */
export function reduce(socket: TcpSocket): void {
  socket.slowStartThreshold = Math.max(2, Math.floor(socket.congestionWindow * DECREASE));
}

/** The RTO has expired: everything outstanding is taken for lost, and the window starts from one segment. */
export function enterLoss(socket: TcpSocket, nowNs: number): void {
  if (socket.congestion === Congestion.Open) reduce(socket);
  socket.congestion = Congestion.Loss;
  socket.recoveryPoint = socket.sendNext;
  for (const [index, sent] of socket.outstanding.entries()) {
    // Sent less than a round trip ago: its ACK may be on the way.
    if (sent.sacked || (index > 0 && nowNs - sent.sentAtNs < socket.rackRttUs * MICROSECOND)) continue;
    markLost(socket, sent);
  }
  socket.congestionWindow = inFlight(socket) + 1;
}

/**
 * Progress was made: leaves recovery when all that was out at its start has arrived, and opens the window.
 * @param segments newly acknowledged
 */
export function acknowledgedSegments(socket: TcpSocket, segments: number): void {
  if (socket.congestion !== Congestion.Open && socket.sendUnacknowledged >= socket.recoveryPoint) {
    if (socket.congestion === Congestion.Recovery) socket.congestionWindow = socket.slowStartThreshold;
    socket.congestion = Congestion.Open;
    return;
  }
  if (socket.congestion === Congestion.Recovery) return;
  if (socket.congestionWindow < socket.slowStartThreshold) {
    socket.congestionWindow += segments;
    return;
  }
  socket.ackedInAvoidance += segments;
  if (socket.ackedInAvoidance >= socket.congestionWindow) {
    socket.ackedInAvoidance -= socket.congestionWindow;
    socket.congestionWindow++;
  }
}
