/**
 * Packets as a tap beside an interface sees them: read from their first bytes into flat records. Only IPv4 is read
 * as packets; of ARP, which is no packet of a flow, what is asked for.
 */

export interface WirePacket {
  readonly host: string;
  readonly interface: string;
  /** `in`: arrived from the link; `out`: about to leave. */
  readonly direction: 'in' | 'out';
  /** Nanoseconds on the machine's own clock, precise to about a microsecond; only differences mean anything. */
  readonly atNs: number;
  /** IP protocol number. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** TCP and UDP ports; ICMP echo: the identifier as source port; else 0. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ICMP: type << 8 | code, else 0. */
  readonly icmp: number;
  /** TCP flags, the low six bits of RFC 9293, else 0. */
  readonly flags: number;
  /** TCP as on the wire, not relative; ICMP echo: its sequence number; else 0. */
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly ttl: number;
  /** Bytes behind TCP's header, else 0. */
  readonly payloadBytes: number;
  /** Total length in the IP header. */
  readonly sizeBytes: number;
  readonly fragmentOffset: number;
  readonly dontFragment: boolean;
  /** What an ICMP error quotes. */
  readonly quoted: QuotedPacket | undefined;
}

export interface QuotedPacket {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** `192.0.2.1` out of four bytes. */
function dotted(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function isIcmpError(type: number): boolean {
  return type === 3 || type === 5 || type === 11 || type === 12;
}

function readQuoted(bytes: Buffer): QuotedPacket | undefined {
  if (bytes.length < 28) return undefined;
  const ports = ((bytes[0] as number) & 15) * 4;
  const protocol = bytes[9] as number;
  const isEcho = protocol === 1;
  return {
    protocol,
    source: dotted(bytes, 12),
    destination: dotted(bytes, 16),
    sourcePort: bytes.length < ports + 8 ? 0 : bytes.readUInt16BE(isEcho ? ports + 4 : ports),
    destinationPort: bytes.length < ports + 4 || isEcho ? 0 : bytes.readUInt16BE(ports + 2),
  };
}

type Transport = Pick<
  WirePacket,
  'sourcePort' | 'destinationPort' | 'icmp' | 'flags' | 'sequence' | 'acknowledgement' | 'quoted'
>;

const NO_TRANSPORT: Transport = {
  sourcePort: 0,
  destinationPort: 0,
  icmp: 0,
  flags: 0,
  sequence: 0,
  acknowledgement: 0,
  quoted: undefined,
};

function readTransport(protocol: number, bytes: Buffer): Transport {
  if (bytes.length < 8) return NO_TRANSPORT;
  if (protocol === 17 || (protocol === 6 && bytes.length >= 20)) {
    const ports = { sourcePort: bytes.readUInt16BE(0), destinationPort: bytes.readUInt16BE(2) };
    if (protocol === 17) return { ...NO_TRANSPORT, ...ports };
    const flags = (bytes[13] as number) & 63;
    return {
      ...NO_TRANSPORT,
      ...ports,
      flags,
      sequence: bytes.readUInt32BE(4),
      acknowledgement: (flags & 16) === 0 ? 0 : bytes.readUInt32BE(8),
    };
  }
  if (protocol !== 1) return NO_TRANSPORT;
  const icmp = bytes.readUInt16BE(0);
  if (isIcmpError(icmp >> 8)) return { ...NO_TRANSPORT, icmp, quoted: readQuoted(bytes.subarray(8)) };
  return { ...NO_TRANSPORT, icmp, sourcePort: bytes.readUInt16BE(4), sequence: bytes.readUInt16BE(6) };
}

/** Where TCP's payload begins, from the IP header on. */
function tcpPayloadAt(bytes: Buffer, headerBytes: number): number {
  return headerBytes + ((bytes[headerBytes + 12] as number) >> 4) * 4;
}

/**
 * Reads an ARP message.
 * @returns the address that is asked for; `undefined` when it is no question
 * @see RFC 826
 */
export function questionOf(bytes: Buffer): string | undefined {
  return bytes.length >= 28 && bytes.readUInt16BE(6) === 1 ? dotted(bytes, 24) : undefined;
}

/**
 * Reads one packet.
 * @param bytes from the IP header on; the payload's end may be missing
 * @returns `undefined` when it is no whole IPv4 header
 * @see RFC 791 section 3.1, RFC 9293 section 3.1, RFC 792
 */
export function readWirePacket(
  tap: Pick<WirePacket, 'host' | 'interface' | 'direction' | 'atNs'>,
  bytes: Buffer,
): WirePacket | undefined {
  if (bytes.length < 20 || (bytes[0] as number) >> 4 !== 4) return undefined;
  const headerBytes = ((bytes[0] as number) & 15) * 4;
  const protocol = bytes[9] as number;
  const sizeBytes = bytes.readUInt16BE(2);
  const fragment = bytes.readUInt16BE(6);
  const fragmentOffset = (fragment & 0x1fff) * 8;
  return {
    ...tap,
    protocol,
    source: dotted(bytes, 12),
    destination: dotted(bytes, 16),
    ...(fragmentOffset === 0 ? readTransport(protocol, bytes.subarray(headerBytes)) : NO_TRANSPORT),
    ttl: bytes[8] as number,
    payloadBytes: protocol === 6 && bytes.length > headerBytes + 12 ? sizeBytes - tcpPayloadAt(bytes, headerBytes) : 0,
    sizeBytes,
    fragmentOffset,
    dontFragment: (fragment & 0x4000) !== 0,
  };
}
