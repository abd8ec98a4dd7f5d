/**
 * How an application and the network end a TCP connection: close, half-close, abort, and ICMP errors about it.
 */
import { IcmpType, TcpFlag, UnreachableCode } from '../packet.ts';
import { headerBytes, NO_SACK } from './segment.ts';
import { errorOfIcmp, SocketError } from './socket-error.ts';
import { TIME_WAIT_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { finish, segmentBytes, TcpState } from './tcp-socket.ts';
import { couldSendAll } from './tcp-transmit.ts';

/** What an ICMP error says about a segment of ours. */
export interface IcmpError {
  /** type << 8 | code */
  readonly icmp: number;
  /** Next-hop MTU of "fragmentation needed", else 0. */
  readonly mtuBytes: number;
  /** Sequence number of the quoted segment. */
  readonly sequence: number;
}

/** The application closes: what it has written still goes out, then the FIN. Nobody will read any more. */
export function close(socket: TcpSocket, nowNs: number): void {
  if (socket.orphan) return;
  if (socket.state === TcpState.SynSent) {
    finish(socket, SocketError.None);
    return;
  }
  socket.orphan = true;
  // After a half-close that the peer has acknowledged already, only its FIN is waited for, and not for ever.
  if (socket.state === TcpState.FinWait2)
    socket.lingerAtNs = nowNs + Math.min(socket.profile.finTimeoutNs, TIME_WAIT_NS);
  shutdown(socket);
}

/** The application writes no more but goes on reading: `shutdown(SHUT_WR)`. */
export function shutdown(socket: TcpSocket): void {
  if (socket.finQueued || socket.state === TcpState.Closed) return;
  socket.finMerged = !couldSendAll(socket);
  socket.finQueued = true;
  if (socket.state === TcpState.Established) socket.state = TcpState.FinWait1;
  else if (socket.state === TcpState.CloseWait) socket.state = TcpState.LastAck;
}

/** The application gives the connection up (SO_LINGER 0, or killed with unread data): a RST, and nothing more. */
export function abort(socket: TcpSocket): void {
  const { state } = socket;
  if (state === TcpState.Closed || state === TcpState.TimeWait) return;
  const tell = state !== TcpState.SynSent;
  const flags = TcpFlag.Rst | TcpFlag.Ack;
  const acknowledgement = socket.receiveNext;
  const sequence = socket.sendNext;
  finish(socket, SocketError.None);
  if (!tell) return;
  const base = { flags, sequence, acknowledgement, payloadBytes: 0, headerBytes: headerBytes(flags, 0) };
  socket.reset = { ...base, windowBytes: 0, mss: 0, sack: NO_SACK, timestampNs: 0, echoNs: 0, message: 0 };
}

/**
 * Takes in an ICMP error about a segment of this socket. While connecting it is final; later it is only remembered,
 * for the case that the connection times out. "Fragmentation needed" lowers the path MTU and sends again.
 * @see net/ipv4/tcp_ipv4.c tcp_v4_err
 */
export function unreachable(socket: TcpSocket, error: IcmpError): void {
  if (error.sequence < socket.sendUnacknowledged || error.sequence > socket.sendNext) return;
  if (error.icmp === ((IcmpType.Unreachable << 8) | UnreachableCode.FragmentationNeeded)) {
    lowerMtu(socket, error.mtuBytes);
    return;
  }
  const reason = errorOfIcmp(error.icmp);
  if (reason === SocketError.None) return;
  if (socket.state === TcpState.SynSent) {
    finish(socket, reason);
  } else if (socket.state === TcpState.SynReceived) {
    // Only when the way back is known to lead nowhere; a port unreachable proves nothing about an open attempt.
    const gone = error.icmp >> 8 === IcmpType.TimeExceeded || (error.icmp & 0xff) <= UnreachableCode.Host;
    if (gone) finish(socket, SocketError.None);
  } else {
    socket.softError = reason;
  }
}

/** Least path MTU that an ICMP message may set. @see net.ipv4.route.min_pmtu */
const LEAST_MTU = 552;

function lowerMtu(socket: TcpSocket, mtuBytes: number): void {
  const mtu = Math.max(mtuBytes, LEAST_MTU);
  if (mtu >= socket.mtuBytes) return;
  socket.mtuBytes = mtu;
  const most = segmentBytes(socket);
  const kept = [];
  for (const sent of socket.outstanding) {
    const control = sent.flags & (TcpFlag.Syn | TcpFlag.Fin) ? 1 : 0;
    const bytes = sent.end - sent.sequence - control;
    if (bytes <= most) {
      kept.push(sent);
      continue;
    }
    // Cut into segments that fit, each of them lost.
    for (let start = sent.sequence; start < sent.end - control; start += most) {
      const end = Math.min(start + most, sent.end - control);
      const last = end === sent.end - control;
      kept.push({
        ...sent,
        sequence: start,
        end: last ? sent.end : end,
        flags: last ? sent.flags : TcpFlag.Ack,
        message: last ? sent.message : 0,
        lost: !sent.sacked,
      });
      socket.troubled = true;
    }
  }
  socket.outstanding = kept;
}
