/**
 * A packet as a record: IP header, transport header and the size of what it carries. Sizes are real because MTU, link
 * rates and rule counters depend on them; payloads are references, never bytes.
 */
import type { Address } from './address.ts';

/** IP protocol numbers. @see https://www.iana.org/assignments/protocol-numbers */
export const Protocol = { Icmp: 1, Tcp: 6, Udp: 17, Icmpv6: 58, Sctp: 132 } as const;

/** TCP header flags. @see RFC 9293 section 3.1 */
export const TcpFlag = { Fin: 1, Syn: 2, Rst: 4, Psh: 8, Ack: 16, Urg: 32 } as const;

/** ICMP types that the model sends or understands. @see RFC 792, RFC 1191 */
export const IcmpType = { EchoReply: 0, Unreachable: 3, Redirect: 5, Echo: 8, TimeExceeded: 11 } as const;

/** Codes of ICMP type 3. @see RFC 792, RFC 1812 section 5.2.7.1 */
export const UnreachableCode = {
  Net: 0,
  Host: 1,
  Protocol: 2,
  Port: 3,
  FragmentationNeeded: 4,
  AdminProhibited: 13,
} as const;

export interface Packet {
  /** Number of this packet, 1 and up; an answer, a retransmission and an outer tunnel packet are packets of their own. */
  readonly id: number;
  /** The request that it belongs to: shared by both directions and by ICMP errors about it. */
  readonly flow: number;
  readonly protocol: number;
  readonly source: Address;
  readonly destination: Address;
  /** TCP and UDP: 0-65535. ICMP echo: the identifier. ICMP error: 0. */
  readonly sourcePort: number;
  /** TCP and UDP: 0-65535. ICMP: 0. */
  readonly destinationPort: number;
  /** ICMP: type << 8 | code, else 0. */
  readonly icmp: number;
  /** TCP flags as `TcpFlag` bits, else 0. */
  readonly flags: number;
  /** TCP sequence and acknowledgement number, relative to the initial ones as Wireshark shows them; ICMP echo: sequence. */
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Bytes behind the transport header. */
  readonly payloadBytes: number;
  /** Total length in the IP header. */
  readonly sizeBytes: number;
  readonly ttl: number;
  readonly dontFragment: boolean;
  /** Next-hop MTU that an ICMP "fragmentation needed" reports, else 0. */
  readonly mtu: number;
  /** What an ICMP error quotes, or what a tunnel packet carries. */
  readonly inner: Packet | undefined;
}

export const HeaderBytes = { Ipv4: 20, Ipv6: 40, Udp: 8, Icmp: 8, Vxlan: 50 } as const;
