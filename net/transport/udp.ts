/**
 * UDP sockets: bound to a port, perhaps to an address, perhaps connected to one peer. A datagram goes to the socket
 * that fits it best; where none fits, the host answers ICMP port unreachable, which only a connected socket hears of.
 */
import type { Address } from '../address.ts';
import { HeaderBytes, IcmpType, UnreachableCode } from '../packet.ts';
import { errorOfIcmp, SocketError } from './socket-error.ts';

/** What a host answers to a datagram for which there is no socket: type << 8 | code. */
export const PORT_UNREACHABLE = (IcmpType.Unreachable << 8) | UnreachableCode.Port;

export interface UdpSocket {
  /** 0: any address of the host. */
  readonly localAddress: Address;
  readonly localPort: number;
  /** 0: not connected, takes datagrams from anybody. */
  readonly remoteAddress: Address;
  readonly remotePort: number;
  /** `SocketError` that the next call will report, then forget. */
  error: number;
  receivedDatagrams: number;
  receivedBytes: number;
}

/** Binds a socket; with a remote end it is connected as well. */
export function bind(localAddress: Address, localPort: number, remoteAddress = 0, remotePort = 0): UdpSocket {
  return {
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    error: SocketError.None,
    receivedDatagrams: 0,
    receivedBytes: 0,
  };
}

/**
 * How well a socket fits a datagram: the one with the highest score gets it.
 * @returns -1 when it does not fit at all
 * @see net/ipv4/udp.c compute_score
 */
export function fit(
  socket: UdpSocket,
  source: Address,
  sourcePort: number,
  destination: Address,
  destinationPort: number,
): number {
  if (socket.localPort !== destinationPort) return -1;
  let score = 0;
  if (socket.localAddress !== 0) {
    if (socket.localAddress !== destination) return -1;
    score += 4;
  }
  if (socket.remoteAddress !== 0) {
    if (socket.remoteAddress !== source) return -1;
    score += 4;
  }
  if (socket.remotePort !== 0) {
    if (socket.remotePort !== sourcePort) return -1;
    score += 4;
  }
  return score;
}

/** Takes in a datagram. @param payloadBytes behind the UDP header */
export function receiveDatagram(socket: UdpSocket, payloadBytes: number): void {
  socket.receivedDatagrams++;
  socket.receivedBytes += payloadBytes;
}

/**
 * Takes in an ICMP error about a datagram of this socket: an unconnected socket ignores it.
 * @param icmp type << 8 | code
 * @see net/ipv4/udp.c __udp4_lib_err
 */
export function datagramUnreachable(socket: UdpSocket, icmp: number): void {
  if (socket.remoteAddress !== 0 && isHeard(icmp)) socket.error = errorOfIcmp(icmp);
}

/**
 * Whether a connected socket is told of an ICMP error. Host and network unreachable may pass: it is told of neither.
 * @param icmp type << 8 | code
 * @see net/ipv4/icmp.c icmp_err_convert
 */
export function isHeard(icmp: number): boolean {
  const passing = (1 << 0) | (1 << 1) | (1 << 5) | (1 << 11) | (1 << 12);
  return icmp >> 8 === IcmpType.Unreachable && ((passing >> (icmp & 0xff)) & 1) === 0;
}

/** Total length of a datagram's packet. */
export function datagramBytes(payloadBytes: number, ipHeaderBytes: number = HeaderBytes.Ipv4): number {
  return ipHeaderBytes + HeaderBytes.Udp + payloadBytes;
}
