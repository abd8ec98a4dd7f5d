/**
 * A TCP socket's timers: retransmission with back-off, the loss probe of a quiet tail, the wait for reordering, the
 * delayed ACK, and the last wait of a closed connection. All but the last are rounded up as the timer wheel does.
 */
import { MICROSECOND } from '../../core/time.ts';
import { ackTimeout } from './delayed-ack.ts';
import { SocketError } from './socket-error.ts';
import { INITIAL_RTO_NS, PROBE_SLACK_NS, RTO_MAX_NS, RTO_MIN_NS } from './tcp-profile.ts';
import { detectLoss, enterLoss } from './tcp-recovery.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { Congestion, finish, markLost, NEVER, RetransmitTimer, rtoNs, smoothedRttNs, TcpState } from './tcp-socket.ts';
import { expiryNs } from './timer-wheel.ts';

/** When this socket's earliest timer fires, or Infinity. */
export function deadlineNs(socket: TcpSocket): number {
  return Math.min(socket.retransmitAtNs, socket.delayedAckAtNs, socket.lingerAtNs);
}

/** Arms the retransmission timer for its plain purpose, whatever it was armed for. */
export function armRetransmitTimer(socket: TcpSocket, nowNs: number, delayNs: number): void {
  socket.retransmitTimer = RetransmitTimer.Timeout;
  socket.retransmitAtNs = expiryNs(nowNs, delayNs, socket.profile.tickNs);
}

export function stopRetransmitTimer(socket: TcpSocket): void {
  socket.retransmitTimer = RetransmitTimer.None;
  socket.retransmitAtNs = Number.POSITIVE_INFINITY;
}

/** The RTO, counted from the sending of the oldest outstanding segment if the timer served another purpose. */
export function rearmRetransmitTimer(socket: TcpSocket, nowNs: number): void {
  const head = socket.outstanding[0];
  if (head === undefined) {
    stopRetransmitTimer(socket);
    return;
  }
  const other =
    socket.retransmitTimer === RetransmitTimer.LossProbe || socket.retransmitTimer === RetransmitTimer.Reordering;
  armRetransmitTimer(socket, nowNs, other ? Math.max(head.sentAtNs + rtoNs(socket) - nowNs, 1) : rtoNs(socket));
}

/**
 * Arms the loss probe, if the connection is in good order: two round trips, plus the peer's ACK delay when a single
 * segment is out, and never after the RTO.
 * @param advancing the RTO counts from now
 * @returns whether it is armed
 * @see RFC 8985 section 7.2, net/ipv4/tcp_output.c tcp_schedule_loss_probe
 */
export function scheduleLossProbe(socket: TcpSocket, nowNs: number, advancing: boolean): boolean {
  const head = socket.outstanding[0];
  if (head === undefined || socket.congestion !== Congestion.Open) return false;
  if (socket.troubled) for (const sent of socket.outstanding) if (sent.sacked) return false;
  let waitNs = INITIAL_RTO_NS;
  if (socket.srtt8Us > 0) {
    const slackNs = socket.outstanding.length === 1 ? RTO_MIN_NS : PROBE_SLACK_NS;
    waitNs = 2 * smoothedRttNs(socket) + slackNs;
  }
  const timeoutNs = advancing ? rtoNs(socket) : head.sentAtNs + rtoNs(socket) - nowNs;
  if (timeoutNs > 0) waitNs = Math.min(waitNs, timeoutNs);
  socket.retransmitTimer = RetransmitTimer.LossProbe;
  socket.retransmitAtNs = expiryNs(nowNs, waitNs, socket.profile.tickNs);
  return true;
}

/** The timer for `deadlineNs` has fired: does what has come due at `nowNs`. Early calls do nothing. */
export function timeout(socket: TcpSocket, nowNs: number): void {
  if (socket.lingerAtNs <= nowNs) {
    finish(socket, SocketError.None);
    return;
  }
  if (socket.delayedAckAtNs <= nowNs) ackTimeout(socket);
  if (socket.retransmitAtNs <= nowNs) retransmitTimeout(socket, nowNs);
}

function retransmitTimeout(socket: TcpSocket, nowNs: number): void {
  if (socket.retransmitTimer === RetransmitTimer.LossProbe) {
    // At most one probe a loss episode: the next expiry is the RTO's.
    if (socket.probePoint === 0) socket.probeDue = true;
    rearmRetransmitTimer(socket, nowNs);
    return;
  }
  if (socket.retransmitTimer === RetransmitTimer.Reordering) {
    detectLoss(socket, nowNs);
    if (socket.retransmitAtNs <= nowNs) rearmRetransmitTimer(socket, nowNs);
    return;
  }
  expire(socket, nowNs);
}

/** @see net/ipv4/tcp_timer.c tcp_retransmit_timer, reqsk_timer_handler */
function expire(socket: TcpSocket, nowNs: number): void {
  const head = socket.outstanding[0];
  if (head === undefined) {
    stopRetransmitTimer(socket);
    return;
  }
  if (isOver(socket, nowNs)) {
    finish(socket, socket.state === TcpState.SynReceived ? SocketError.None : socket.softError || SocketError.TimedOut);
    return;
  }
  socket.timeouts++;
  socket.retransmits++;
  if (socket.state === TcpState.SynSent || socket.state === TcpState.SynReceived) markLost(socket, head);
  else enterLoss(socket, nowNs);
  const linear = socket.state === TcpState.SynSent && socket.timeouts <= socket.profile.synLinearTimeouts;
  if (!linear) socket.rtoUs = Math.min(rtoNs(socket) * 2, RTO_MAX_NS) / MICROSECOND;
  armRetransmitTimer(socket, nowNs, rtoNs(socket));
}

/** Whether the kernel gives up instead of sending once more. @see net/ipv4/tcp_timer.c tcp_write_timeout */
function isOver(socket: TcpSocket, nowNs: number): boolean {
  const { profile } = socket;
  if (socket.state === TcpState.SynSent) return socket.retransmits >= profile.synRetries + profile.synLinearTimeouts;
  if (socket.state === TcpState.SynReceived) return socket.retransmits >= profile.synAckRetries;
  if (socket.firstRetransmissionNs === NEVER) return false;
  const retries = socket.orphan ? profile.orphanRetries : profile.retries2;
  return nowNs - socket.firstRetransmissionNs >= backoffNs(retries);
}

/** How long `retries` doublings of the least RTO take. @see net/ipv4/tcp_timer.c tcp_model_timeout */
export function backoffNs(retries: number): number {
  const doublings = Math.floor(Math.log2(RTO_MAX_NS / RTO_MIN_NS));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * RTO_MIN_NS;
  return (2 ** (doublings + 1) - 1) * RTO_MIN_NS + (retries - doublings) * RTO_MAX_NS;
}
