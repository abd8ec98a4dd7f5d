/**
 * ICMP as a host speaks it: which packets may be answered with an error, how large the error is, and echo.
 */
import { HeaderBytes, IcmpType, Protocol } from '../packet.ts';

/** Largest ICMP error. @see RFC 1812 section 4.3.2.3 */
const ERROR_BYTES_MAX = 576;

/** Types that are errors: unreachable, source quench, redirect, time exceeded, parameter problem. */
const ERROR_TYPES = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 11) | (1 << 12);
/** Types that the kernel knows are 0-18; to others it never answers with an error. */
const TYPE_MAX = 18;

/** Whether an ICMP message is an error, about which no error may be sent. @param icmp type << 8 | code */
export function isIcmpError(icmp: number): boolean {
  const type = icmp >> 8;
  return type <= TYPE_MAX && ((ERROR_TYPES >> type) & 1) === 1;
}

/** What decides whether a packet may draw an ICMP error. */
export interface ErrorSubject {
  readonly protocol: number;
  /** type << 8 | code, for ICMP. */
  readonly icmp: number;
  /** 0 for a whole packet and for a first fragment. */
  readonly fragmentOffset: number;
}

/**
 * Whether a host may send an ICMP error about a packet.
 * @param unicast its destination, and the frame that carried it, are neither broadcast nor multicast
 * @see RFC 1122 section 3.2.2, net/ipv4/icmp.c __icmp_send
 */
export function mayDrawError(packet: ErrorSubject, unicast: boolean): boolean {
  if (!unicast || packet.fragmentOffset !== 0) return false;
  if (packet.protocol !== Protocol.Icmp) return true;
  return packet.icmp >> 8 <= TYPE_MAX && !isIcmpError(packet.icmp);
}

/**
 * Total length of an ICMP error: as much of the packet as fits in 576 bytes, or in the MTU of the way back.
 * @param quotedBytes total length of the packet that it is about
 */
export function errorBytes(quotedBytes: number, mtuBytes = ERROR_BYTES_MAX): number {
  const headers = HeaderBytes.Ipv4 + HeaderBytes.Icmp;
  return headers + Math.min(quotedBytes, Math.min(mtuBytes, ERROR_BYTES_MAX) - headers);
}

/** Total length of an echo request and of its reply. @param dataBytes behind the ICMP header; `ping` sends 56 */
export function echoBytes(dataBytes = 56): number {
  return HeaderBytes.Ipv4 + HeaderBytes.Icmp + dataBytes;
}

/** Whether a host answers this ICMP message with an echo reply: a broadcast one is ignored, as the default says. */
export function drawsEchoReply(icmp: number, unicast: boolean): boolean {
  return unicast && icmp >> 8 === IcmpType.Echo;
}
