/**
 * What ends a socket badly, as the closed list that an application sees: the errno names of `connect` and `recv`.
 */
import { IcmpType, UnreachableCode } from '../packet.ts';

export const SocketError = {
  None: 0,
  /** ECONNREFUSED: a RST answered the SYN, or an ICMP port unreachable came back. */
  Refused: 1,
  /** ECONNRESET: a RST met an open connection. EPIPE, where the peer had already closed, counts as this too. */
  Reset: 2,
  /** ETIMEDOUT: the last retransmission went unanswered. */
  TimedOut: 3,
  /** EHOSTUNREACH: ICMP host unreachable, administratively prohibited or TTL exceeded; or no answer to ARP. */
  HostUnreachable: 4,
  /** ENETUNREACH */
  NetworkUnreachable: 5,
  /** ENOPROTOOPT: ICMP protocol unreachable. */
  ProtocolUnreachable: 6,
  /** EMSGSIZE: a datagram with DF set that is too big for the path. */
  MessageTooBig: 7,
} as const;

const NAMES = ['', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOPROTOOPT', 'EMSGSIZE'];

/** The errno's name; empty for `None`. */
export function errorName(error: number): string {
  return NAMES[error] ?? '';
}

/** Codes of ICMP unreachable whose errno is ENETUNREACH: net unreachable, unknown, prohibited, and for this TOS. */
const NETWORK_CODES = 1 | (1 << 6) | (1 << 9) | (1 << 11);

/**
 * The error that an ICMP error message stands for.
 * @param icmp type << 8 | code
 * @returns a `SocketError`; `None` when the message is no error about a destination
 * @see net/ipv4/icmp.c icmp_err_convert
 */
export function errorOfIcmp(icmp: number): number {
  const code = icmp & 0xff;
  if (icmp >> 8 === IcmpType.TimeExceeded) return SocketError.HostUnreachable;
  if (icmp >> 8 !== IcmpType.Unreachable) return SocketError.None;
  if (code === UnreachableCode.Port) return SocketError.Refused;
  if (code === UnreachableCode.Protocol) return SocketError.ProtocolUnreachable;
  if (code === UnreachableCode.FragmentationNeeded) return SocketError.MessageTooBig;
  return (NETWORK_CODES >> code) & 1 ? SocketError.NetworkUnreachable : SocketError.HostUnreachable;
}
