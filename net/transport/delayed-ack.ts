/**
 * When an ACK leaves: at once while the connection is young (quick ACKs) or when more than one full segment waits,
 * else up to 40 ms later, so that it can ride on data. A connection on which replies follow requests within that time
 * turns interactive ("pingpong") and stops sending quick ACKs.
 */
import type { Segment } from './segment.ts';
import { ACK_DELAY_CALM_NS, ACK_DELAY_MAX_NS, ACK_DELAY_MIN_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { AckPending, rtoNs, smoothedRttNs } from './tcp-socket.ts';
import { expiryNs } from './timer-wheel.ts';

const MOST_QUICK_ACKS = 16;

/** Marks an ACK that nothing may hold back. */
export function acknowledgeNow(socket: TcpSocket): void {
  socket.ackPending |= AckPending.Scheduled | AckPending.Now;
}

export function isInteractive(socket: TcpSocket): boolean {
  return socket.pingpong >= socket.profile.pingpongThreshold;
}

/** A FIN has come: the application will close too, and its FIN can carry the ACK. @see net/ipv4/tcp_input.c tcp_fin */
export function enterInteractive(socket: TcpSocket): void {
  socket.pingpong = socket.profile.pingpongThreshold;
}

/** Something odd has come: the peer should hear at once for a while. @see tcp_enter_quickack_mode */
export function enterQuickAcks(socket: TcpSocket): void {
  grantQuickAcks(socket);
  socket.pingpong = 0;
  socket.ackDelayNs = ACK_DELAY_MIN_NS;
}

function grantQuickAcks(socket: TcpSocket): void {
  const fromWindow = Math.max(2, Math.floor(socket.receiveWindowBytes / (2 * socket.receiveMss)));
  socket.quickAcks = Math.max(socket.quickAcks, Math.min(fromWindow, MOST_QUICK_ACKS));
}

/** Counts data that has come into the pace of ACKs. @see net/ipv4/tcp_input.c tcp_event_data_recv */
export function dataReceived(socket: TcpSocket, segment: Segment, nowNs: number): void {
  socket.ackPending |= AckPending.Scheduled;
  if (segment.payloadBytes >= socket.receiveMss) {
    socket.receiveMss = Math.min(segment.payloadBytes, socket.advertisedMss);
  } else {
    const before = socket.ackPending & AckPending.Pushed;
    socket.ackPending |= before ? AckPending.Pushed | AckPending.Pushed2 : AckPending.Pushed;
  }
  const gapNs = nowNs - socket.lastReceivedNs;
  if (socket.ackDelayNs === 0) {
    grantQuickAcks(socket);
    socket.ackDelayNs = ACK_DELAY_MIN_NS;
  } else if (gapNs <= ACK_DELAY_MIN_NS / 2) {
    socket.ackDelayNs = Math.floor(socket.ackDelayNs / 2) + ACK_DELAY_MIN_NS / 2;
  } else if (gapNs < socket.ackDelayNs) {
    socket.ackDelayNs = Math.min(Math.floor(socket.ackDelayNs / 2) + gapNs, rtoNs(socket));
  } else if (gapNs > rtoNs(socket)) {
    grantQuickAcks(socket);
  }
  socket.lastReceivedNs = nowNs;
}

/**
 * Decides how long the pending ACK may wait, after a segment has been taken in.
 * @see net/ipv4/tcp_input.c __tcp_ack_snd_check, net/ipv4/tcp.c __tcp_cleanup_rbuf
 */
export function scheduleAck(socket: TcpSocket, nowNs: number): void {
  const pending = socket.ackPending;
  if ((pending & AckPending.Scheduled) === 0 || pending & AckPending.Now) return;
  const quick = socket.quickAcks > 0 && !isInteractive(socket);
  const manyBytes = socket.receiveNext - socket.acknowledged > socket.receiveMss;
  // The application reads at once; having drained two small segments it acknowledges them itself.
  const drained = pending & AckPending.Pushed2 || (pending & AckPending.Pushed && !isInteractive(socket));
  if (quick || manyBytes || drained || socket.outOfOrder.length > 0) {
    acknowledgeNow(socket);
    return;
  }
  socket.delayedAckAtNs = Math.min(socket.delayedAckAtNs, expiryNs(nowNs, delayNs(socket), socket.profile.tickNs));
}

/** @see net/ipv4/tcp_output.c tcp_send_delayed_ack */
function delayNs(socket: TcpSocket): number {
  // 0 as long as no data has come: a FIN's ACK then leaves at the next tick.
  if (socket.ackDelayNs <= ACK_DELAY_MIN_NS) return socket.ackDelayNs;
  const patient = isInteractive(socket) || socket.ackPending & AckPending.Pushed;
  const mostNs = patient ? ACK_DELAY_MAX_NS : ACK_DELAY_CALM_NS;
  const rttNs = Math.max(smoothedRttNs(socket), ACK_DELAY_MIN_NS);
  return Math.min(socket.ackDelayNs, socket.srtt8Us > 0 ? Math.min(mostNs, rttNs) : mostNs, ACK_DELAY_MAX_NS);
}

/** A segment with the ACK flag has left. */
export function ackSent(socket: TcpSocket): void {
  if (socket.quickAcks > 0 && socket.ackPending & AckPending.Scheduled) {
    socket.quickAcks--;
    if (socket.quickAcks === 0) socket.ackDelayNs = ACK_DELAY_MIN_NS;
  }
  socket.ackPending = 0;
  socket.delayedAckAtNs = Number.POSITIVE_INFINITY;
  socket.acknowledged = socket.receiveNext;
  socket.duplicateStart = 0;
  socket.duplicateEnd = 0;
}

/** New data has left: a reply within the delay counts towards interactivity. @see tcp_event_data_sent */
export function dataSent(socket: TcpSocket, nowNs: number): void {
  if (nowNs - socket.lastReceivedNs < socket.ackDelayNs) socket.pingpong = Math.min(socket.pingpong + 1, 255);
}

/** The ACK's time has come and no data has taken it along. @see net/ipv4/tcp_timer.c tcp_delack_timer_handler */
export function ackTimeout(socket: TcpSocket): void {
  socket.delayedAckAtNs = Number.POSITIVE_INFINITY;
  if ((socket.ackPending & AckPending.Scheduled) === 0) return;
  if (isInteractive(socket)) {
    socket.pingpong = 0;
    socket.ackDelayNs = ACK_DELAY_MIN_NS;
  } else {
    socket.ackDelayNs = Math.min(socket.ackDelayNs * 2, rtoNs(socket));
  }
  acknowledgeNow(socket);
}
