/**
 * The receiving half of a TCP socket: a delivered segment in, by the kernel's order of checks. The stream goes to the
 * application as counts and message references, in order.
 */
import { TcpFlag } from '../packet.ts';
import { acknowledgeNow, enterQuickAcks, scheduleAck } from './delayed-ack.ts';
import type { Segment } from './segment.ts';
import { resetFor, sequenceLength } from './segment.ts';
import { SocketError } from './socket-error.ts';
import { acknowledge } from './tcp-acknowledge.ts';
import { INITIAL_WINDOW_SEGMENTS, INVALID_RATELIMIT_NS, TIME_WAIT_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { finish, learnFromSyn, markLost, rtoNs, TcpState } from './tcp-socket.ts';
import { takeData } from './tcp-stream.ts';
import { armRetransmitTimer, stopRetransmitTimer } from './tcp-timer.ts';

/** Takes in a segment that was delivered to this socket. @see net/ipv4/tcp_input.c tcp_rcv_state_process */
export function receive(socket: TcpSocket, segment: Segment, nowNs: number): void {
  switch (socket.state) {
    case TcpState.Closed:
      socket.reset = resetFor(segment);
      return;
    case TcpState.SynSent:
      receiveInSynSent(socket, segment, nowNs);
      return;
    case TcpState.SynReceived:
      receiveInSynReceived(socket, segment, nowNs);
      return;
    case TcpState.TimeWait:
      receiveInTimeWait(socket, segment, nowNs);
      return;
    default:
      receiveConnected(socket, segment, nowNs);
  }
}

function receiveInSynSent(socket: TcpSocket, segment: Segment, nowNs: number): void {
  const { flags } = segment;
  const acked = (flags & TcpFlag.Ack) !== 0;
  if (acked && (segment.acknowledgement <= socket.sendUnacknowledged || segment.acknowledgement > socket.sendNext)) {
    socket.reset = resetFor(segment);
    return;
  }
  if (flags & TcpFlag.Rst) {
    if (acked) finish(socket, SocketError.Refused);
    return;
  }
  if ((flags & TcpFlag.Syn) === 0) return;
  learnFromSyn(socket, segment);
  socket.lastReceivedNs = nowNs;
  if (!acked) {
    // Both ends opened at once: the SYN goes out again as a SYN-ACK. @see RFC 9293 section 3.5
    socket.state = TcpState.SynReceived;
    const head = socket.outstanding[0];
    if (head !== undefined) markLost(socket, head);
    return;
  }
  establish(socket, segment, nowNs);
  acknowledgeNow(socket);
}

function establish(socket: TcpSocket, segment: Segment, nowNs: number): void {
  socket.state = TcpState.Established;
  socket.sendWindow = segment.windowBytes;
  acknowledge(socket, segment, nowNs);
  // More than one lost SYN: start gently. @see net/ipv4/tcp_input.c tcp_init_transfer
  socket.congestionWindow = socket.totalRetransmissions > 1 ? 1 : INITIAL_WINDOW_SEGMENTS;
  socket.retransmits = 0;
  socket.timeouts = 0;
  if (socket.finQueued) socket.state = TcpState.FinWait1;
}

function receiveInSynReceived(socket: TcpSocket, segment: Segment, nowNs: number): void {
  const { flags } = segment;
  const kind = flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst);
  if (kind === TcpFlag.Syn && segment.sequence + 1 === socket.receiveNext) {
    if (!mayAnswerInvalid(socket, nowNs)) return;
    const head = socket.outstanding[0];
    if (head !== undefined) markLost(socket, head);
    armRetransmitTimer(socket, nowNs, rtoNs(socket));
    return;
  }
  const offset = segment.sequence - socket.receiveNext;
  const simultaneous = kind === (TcpFlag.Syn | TcpFlag.Ack) && offset === -1;
  if (!simultaneous && (offset < 0 || offset > socket.receiveWindowBytes)) {
    if ((flags & TcpFlag.Rst) === 0) challenge(socket, nowNs);
    return;
  }
  if (flags & TcpFlag.Rst) {
    finish(socket, SocketError.None);
    return;
  }
  if ((flags & TcpFlag.Ack) === 0) return;
  if (segment.acknowledgement !== 1) {
    socket.reset = resetFor(segment);
    return;
  }
  socket.lastReceivedNs = nowNs;
  establish(socket, segment, nowNs);
  if (simultaneous) acknowledgeNow(socket);
  else afterAcknowledgement(socket, segment, nowNs);
}

function receiveInTimeWait(socket: TcpSocket, segment: Segment, nowNs: number): void {
  if (segment.flags & TcpFlag.Rst) {
    if (segment.sequence === socket.receiveNext) finish(socket, SocketError.None);
    return;
  }
  if (sequenceLength(segment) === 0) return;
  acknowledgeNow(socket);
  if (segment.flags & TcpFlag.Fin) socket.lingerAtNs = nowNs + TIME_WAIT_NS;
}

function receiveConnected(socket: TcpSocket, segment: Segment, nowNs: number): void {
  if (!isAcceptable(socket, segment, nowNs)) return;
  if ((segment.flags & TcpFlag.Ack) === 0) return;
  if (segment.sequence <= socket.acknowledged && segment.timestampNs > socket.recentStampNs) {
    socket.recentStampNs = segment.timestampNs;
  }
  if (segment.acknowledgement > socket.sendNext) {
    challenge(socket, nowNs);
    return;
  }
  acknowledge(socket, segment, nowNs);
  afterAcknowledgement(socket, segment, nowNs);
}

/** The four checks of RFC 5961 and RFC 9293 section 3.10.7.4: window, RST, SYN. */
function isAcceptable(socket: TcpSocket, segment: Segment, nowNs: number): boolean {
  const { flags, sequence } = segment;
  const end = sequence + sequenceLength(segment);
  const inWindow = end >= socket.acknowledged && sequence <= socket.receiveNext + socket.receiveWindowBytes;
  if (flags & TcpFlag.Rst) {
    if (!inWindow) return false;
    if (sequence === socket.receiveNext) finish(socket, SocketError.Reset);
    else challenge(socket, nowNs);
    return false;
  }
  if (flags & TcpFlag.Syn) {
    challenge(socket, nowNs);
    return false;
  }
  if (inWindow) return true;
  // Data draws an answer always, a bare ACK now and then: two confused ends must not echo each other for ever.
  if (sequenceLength(segment) === 0 && !mayAnswerInvalid(socket, nowNs)) return false;
  if (end > sequence && sequence < socket.receiveNext) {
    enterQuickAcks(socket);
    socket.duplicateStart = sequence;
    socket.duplicateEnd = Math.min(end, socket.receiveNext);
  }
  acknowledgeNow(socket);
  return false;
}

function mayAnswerInvalid(socket: TcpSocket, nowNs: number): boolean {
  if (nowNs - socket.lastInvalidAckNs < INVALID_RATELIMIT_NS) return false;
  socket.lastInvalidAckNs = nowNs;
  return true;
}

/** A challenge ACK: a peer that is really lost answers it with a RST that fits. @see RFC 5961 */
function challenge(socket: TcpSocket, nowNs: number): void {
  if (mayAnswerInvalid(socket, nowNs)) acknowledgeNow(socket);
}

function afterAcknowledgement(socket: TcpSocket, segment: Segment, nowNs: number): void {
  if (!advanceClosing(socket, nowNs)) return;
  const bytesEnd = segment.sequence + segment.payloadBytes;
  const closed = socket.orphan && (socket.state === TcpState.FinWait1 || socket.state === TcpState.FinWait2);
  if (closed && segment.payloadBytes > 0 && bytesEnd > socket.receiveNext) {
    // Nobody will ever read this: tell the sender. @see net/ipv4/tcp_input.c TCPABORTONDATA
    finish(socket, SocketError.Reset);
    socket.reset = resetFor(segment);
    return;
  }
  takeData(socket, segment, nowNs);
  scheduleAck(socket, nowNs);
}

/** Moves on once the peer has acknowledged our FIN. @returns whether the segment's data still counts */
function advanceClosing(socket: TcpSocket, nowNs: number): boolean {
  const finAcked = socket.finQueued && socket.sendUnacknowledged > socket.writeEnd;
  if (!finAcked) return true;
  if (socket.state === TcpState.FinWait1) {
    socket.state = TcpState.FinWait2;
    if (socket.orphan) socket.lingerAtNs = nowNs + socket.profile.finTimeoutNs;
  } else if (socket.state === TcpState.Closing) {
    socket.state = TcpState.TimeWait;
    stopRetransmitTimer(socket);
    socket.lingerAtNs = nowNs + TIME_WAIT_NS;
    return false;
  } else if (socket.state === TcpState.LastAck) {
    finish(socket, SocketError.None);
    return false;
  }
  return true;
}
