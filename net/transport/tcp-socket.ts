/**
 * The record of one TCP connection's end, its states, and how it is born and read. `evolve` owns and changes it; each
 * function takes the instant as an argument. What is sent and received is counted, never held.
 */
import { MICROSECOND } from '../../core/time.ts';
import { TcpFlag } from '../packet.ts';
import type { Segment, SegmentDraft } from './segment.ts';
import { TIMESTAMP_BYTES } from './segment.ts';
import { SocketError } from './socket-error.ts';
import type { TcpProfile } from './tcp-profile.ts';
import { INITIAL_RTO_NS, INITIAL_WINDOW_SEGMENTS, RECEIVE_WINDOW_BYTES } from './tcp-profile.ts';

/** States, numbered as in the kernel. @see include/net/tcp_states.h */
export const TcpState = {
  Established: 1,
  SynSent: 2,
  SynReceived: 3,
  FinWait1: 4,
  FinWait2: 5,
  TimeWait: 6,
  Closed: 7,
  CloseWait: 8,
  LastAck: 9,
  Listen: 10,
  Closing: 11,
} as const;

const STATE_NAMES = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
];

/** A state as `ss` writes it. */
export function stateName(state: number): string {
  return STATE_NAMES[state] ?? '';
}

/** What the one retransmission timer is armed for. @see include/net/inet_connection_sock.h ICSK_TIME_* */
export const RetransmitTimer = { None: 0, Timeout: 1, LossProbe: 2, Reordering: 3 } as const;

/** Congestion states that the model tells apart. @see include/uapi/linux/tcp.h tcp_ca_state */
export const Congestion = { Open: 0, Recovery: 3, Loss: 4 } as const;

/** Bits of a pending ACK. @see include/net/inet_connection_sock.h inet_csk_ack_state_t */
export const AckPending = { Scheduled: 1, Pushed: 4, Pushed2: 8, Now: 16 } as const;

/** The instant of what has not happened. */
export const NEVER = Number.NEGATIVE_INFINITY;

/** A segment on its way: sent and not yet acknowledged. */
export interface Outstanding {
  readonly sequence: number;
  /** Sequence number behind it. */
  readonly end: number;
  readonly flags: number;
  readonly message: number;
  sentAtNs: number;
  retransmissions: number;
  sacked: boolean;
  /** Taken for lost, and not sent again since. */
  lost: boolean;
}

/** What an application has written and TCP has not yet sent: the stream up to `end`. */
export interface Write {
  readonly end: number;
  readonly message: number;
}

export interface TcpSocket {
  readonly profile: TcpProfile;
  state: number;
  /** `SocketError`, once the connection has ended badly. */
  error: number;
  /** Reported by ICMP on an open connection: becomes `error` only if the connection times out. */
  softError: number;
  /** The application has closed both directions: nobody reads any more. */
  orphan: boolean;
  readonly ipHeaderBytes: number;
  mtuBytes: number;
  /** Largest payload, options not taken off: our own option and the peer's. */
  readonly advertisedMss: number;
  peerMss: number;
  readonly receiveWindowBytes: number;

  sendUnacknowledged: number;
  sendNext: number;
  sendWindow: number;
  /** End of what the application has written. The FIN, when queued, takes this number. */
  writeEnd: number;
  finQueued: boolean;
  /** The FIN rides on the last data segment, because that had to wait. */
  finMerged: boolean;
  writes: Write[];
  outstanding: Outstanding[];
  /** Some outstanding segment may be SACKed or lost: else nobody needs to look at each of them. */
  troubled: boolean;

  receiveNext: number;
  /** `receiveNext` when an ACK was last sent. */
  acknowledged: number;
  /** Ranges received out of order, flat and sorted: start, end, start, end ... */
  outOfOrder: number[];
  /** Out-of-order ranges, newest first, as SACK reports them: their starts. */
  outOfOrderRecency: number[];
  /** Writes of the peer whose end was received ahead of `receiveNext`. */
  earlyMessages: Write[];
  /** Sequence number behind the peer's FIN that came out of order, else 0. */
  earlyFin: number;
  /** Messages of the peer that have come whole and in order, for the application to take off. */
  inbox: number[];
  /** Bytes received in order since the start. */
  receivedBytes: number;
  /** The peer's FIN has been received in order. */
  peerClosed: boolean;
  /** The peer's time stamp to echo: that of the segment which opened the stretch now unacknowledged. */
  recentStampNs: number;
  /** What has come twice, to be said once by D-SACK; 0 and 0: nothing. */
  duplicateStart: number;
  duplicateEnd: number;

  ackPending: number;
  ackDelayNs: number;
  quickAcks: number;
  pingpong: number;
  receiveMss: number;
  lastReceivedNs: number;
  lastInvalidAckNs: number;

  // Round trips are in whole microseconds, as in the kernel: small integers, which never make V8 change the record's
  // hidden class. Instants begin as infinities for the same reason: a 0 that later holds a double triples the cost.
  /** Smoothed RTT times 8; 0 before the first sample. */
  srtt8Us: number;
  /** Mean deviation times 4. */
  mdev4Us: number;
  mdevMaxUs: number;
  rttvarUs: number;
  rttSequence: number;
  minRttUs: number;
  rtoUs: number;
  /** RTO expiries since the last progress. */
  retransmits: number;
  /** RTO expiries since the connection began to be opened, and retransmissions in all. */
  timeouts: number;
  totalRetransmissions: number;
  /** When the oldest unacknowledged byte was first sent again, else `NEVER`. */
  firstRetransmissionNs: number;

  congestion: number;
  congestionWindow: number;
  slowStartThreshold: number;
  /** Segments acknowledged towards the next increase in congestion avoidance. */
  ackedInAvoidance: number;
  /** `sendNext` when recovery began. */
  recoveryPoint: number;
  /** `sendNext` when a loss probe was sent; 0 when none is out. */
  probePoint: number;
  probeRetransmitted: boolean;
  /** A loss probe is to be sent now. */
  probeDue: boolean;
  /** Send time, end and RTT of the most recently sent segment known to have arrived. @see RFC 8985 */
  rackSentNs: number;
  rackEnd: number;
  rackRttUs: number;

  retransmitTimer: number;
  retransmitAtNs: number;
  delayedAckAtNs: number;
  /** End of FIN-WAIT-2 or TIME-WAIT. */
  lingerAtNs: number;
  /** A RST that waits to be sent. */
  reset: SegmentDraft | undefined;
}

export interface SocketOptions {
  readonly profile: TcpProfile;
  /** Of the outgoing route. */
  readonly mtuBytes: number;
  /** 20 or 40. */
  readonly ipHeaderBytes: number;
  /** What this end is ready to receive ahead, scaled. Default: as far as Linux opens it of itself, 3 MiB. */
  readonly receiveWindowBytes?: number;
}

/** Opens actively: the socket is in SYN-SENT and `nextSegment` is its SYN. */
export function open(options: SocketOptions): TcpSocket {
  return newSocket(options, TcpState.SynSent);
}

/**
 * Opens passively on a SYN: the socket is in SYN-RECV and `nextSegment` is its SYN-ACK.
 * @param segment the SYN as received
 */
export function accept(options: SocketOptions, segment: Segment): TcpSocket {
  const socket = newSocket(options, TcpState.SynReceived);
  learnFromSyn(socket, segment);
  return socket;
}

/** Takes over what a SYN says. */
export function learnFromSyn(socket: TcpSocket, segment: Segment): void {
  socket.receiveNext = segment.sequence + 1;
  socket.acknowledged = socket.receiveNext;
  socket.recentStampNs = segment.timestampNs;
  socket.sendWindow = segment.windowBytes;
  if (segment.mss > 0) socket.peerMss = segment.mss;
}

/** Payload of a full segment: the lesser of both MSS and the path's MTU, less time stamps. @see tcp_current_mss */
export function segmentBytes(socket: TcpSocket): number {
  const fromMtu = socket.mtuBytes - socket.ipHeaderBytes - 20;
  return Math.min(fromMtu, socket.peerMss, socket.advertisedMss) - TIMESTAMP_BYTES;
}

/** The retransmission timeout in ns. */
export function rtoNs(socket: TcpSocket): number {
  return socket.rtoUs * MICROSECOND;
}

/** The smoothed round trip in ns; 0 before the first sample. */
export function smoothedRttNs(socket: TcpSocket): number {
  return Math.floor(socket.srtt8Us / 8) * MICROSECOND;
}

/** Whether the handshake is done and no error has ended the connection. */
export function isConnected(socket: TcpSocket): boolean {
  const { state } = socket;
  return state !== TcpState.SynSent && state !== TcpState.SynReceived && state !== TcpState.Closed;
}

/** Whether a new SYN may take over this socket's tuple: time stamps make a reborn connection safe. @see RFC 6191 */
export function isReusable(socket: TcpSocket, segment: Segment): boolean {
  const kind = segment.flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst);
  return socket.state === TcpState.TimeWait && kind === TcpFlag.Syn;
}

/** Whether the socket holds nothing more to send or wait for, so that its owner may forget it. */
export function isDone(socket: TcpSocket): boolean {
  return socket.state === TcpState.Closed && socket.reset === undefined;
}

/** Takes an outstanding segment for lost: `nextSegment` will send it again. */
export function markLost(socket: TcpSocket, sent: Outstanding): void {
  sent.lost = true;
  socket.troubled = true;
}

/** The oldest segment stays where it is for now: the copy that was sent is still on this host. */
export function hold(socket: TcpSocket): void {
  const head = socket.outstanding[0];
  if (head !== undefined) head.lost = false;
}

/** Ends the connection: no timer, nothing to send but a RST that already waits. @see net/ipv4/tcp.c tcp_done */
export function finish(socket: TcpSocket, error: number): void {
  socket.state = TcpState.Closed;
  if (socket.error === SocketError.None) socket.error = error;
  socket.outstanding = [];
  socket.writes = [];
  socket.ackPending = 0;
  socket.probeDue = false;
  socket.retransmitTimer = RetransmitTimer.None;
  socket.retransmitAtNs = Number.POSITIVE_INFINITY;
  socket.delayedAckAtNs = Number.POSITIVE_INFINITY;
  socket.lingerAtNs = Number.POSITIVE_INFINITY;
}

function newSocket(options: SocketOptions, state: number): TcpSocket {
  const mss = options.mtuBytes - options.ipHeaderBytes - 20;
  return {
    profile: options.profile,
    state,
    error: SocketError.None,
    softError: SocketError.None,
    orphan: false,
    ipHeaderBytes: options.ipHeaderBytes,
    mtuBytes: options.mtuBytes,
    advertisedMss: mss,
    // RFC 9293 section 3.7.1: what a peer that says nothing takes.
    peerMss: 536,
    receiveWindowBytes: options.receiveWindowBytes ?? RECEIVE_WINDOW_BYTES,
    sendUnacknowledged: 0,
    sendNext: 0,
    sendWindow: 0,
    writeEnd: 1,
    finQueued: false,
    finMerged: false,
    writes: [],
    outstanding: [],
    troubled: false,
    receiveNext: 0,
    acknowledged: 0,
    outOfOrder: [],
    outOfOrderRecency: [],
    earlyMessages: [],
    earlyFin: 0,
    inbox: [],
    receivedBytes: 0,
    peerClosed: false,
    recentStampNs: NEVER,
    duplicateStart: 0,
    duplicateEnd: 0,
    ackPending: 0,
    ackDelayNs: 0,
    quickAcks: 0,
    pingpong: 0,
    receiveMss: 536,
    lastReceivedNs: NEVER,
    lastInvalidAckNs: NEVER,
    srtt8Us: 0,
    mdev4Us: 0,
    mdevMaxUs: 0,
    rttvarUs: 0,
    rttSequence: 0,
    minRttUs: Number.POSITIVE_INFINITY,
    rtoUs: INITIAL_RTO_NS / MICROSECOND,
    retransmits: 0,
    timeouts: 0,
    totalRetransmissions: 0,
    firstRetransmissionNs: NEVER,
    congestion: Congestion.Open,
    congestionWindow: INITIAL_WINDOW_SEGMENTS,
    slowStartThreshold: Number.POSITIVE_INFINITY,
    ackedInAvoidance: 0,
    recoveryPoint: 0,
    probePoint: 0,
    probeRetransmitted: false,
    probeDue: false,
    rackSentNs: NEVER,
    rackEnd: 0,
    rackRttUs: 0,
    retransmitTimer: RetransmitTimer.None,
    retransmitAtNs: Number.POSITIVE_INFINITY,
    delayedAckAtNs: Number.POSITIVE_INFINITY,
    lingerAtNs: Number.POSITIVE_INFINITY,
    reset: undefined,
  };
}
