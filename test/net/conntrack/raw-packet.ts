/**
 * IPv4 packets as bytes, for sending them to a real kernel.
 */

export interface RawSegment {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payloadBytes: number;
  readonly window: number;
  /** Below 0: no option. */
  readonly windowScale: number;
  /** SACK blocks: start, end, start, end ... A SYN permits them in any case. */
  readonly sack?: readonly number[];
}

const octets = (address: string): number[] => address.split('.').map(Number);

function checksum(bytes: Buffer, seed = 0): number {
  let sum = seed;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function rawIp(protocol: number, source: string, destination: string, body: Buffer, ttl = 64): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + body.length, 2);
  header[8] = ttl;
  header[9] = protocol;
  header.set(octets(source), 12);
  header.set(octets(destination), 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, body]);
}

function withTransportChecksum(
  protocol: number,
  source: string,
  destination: string,
  body: Buffer,
  at: number,
): Buffer {
  const pseudo = Buffer.from([
    ...octets(source),
    ...octets(destination),
    0,
    protocol,
    body.length >> 8,
    body.length & 255,
  ]);
  body.writeUInt16BE(checksum(Buffer.concat([pseudo, body])), at);
  return body;
}

function rawOptions({ flags, windowScale, sack = [] }: RawSegment): Buffer {
  const options = flags & 2 ? [1, 1, 4, 2] : [];
  if (windowScale >= 0) options.push(1, 3, 3, windowScale);
  if (sack.length > 0) options.push(1, 1, 5, 2 + 4 * sack.length);
  const blocks = Buffer.alloc(4 * sack.length);
  for (const [i, edge] of sack.entries()) blocks.writeUInt32BE(edge >>> 0, 4 * i);
  return Buffer.concat([Buffer.from(options), blocks]);
}

export function rawTcp(segment: RawSegment): Buffer {
  const { source, destination } = segment;
  const options = rawOptions(segment);
  const body = Buffer.alloc(20 + options.length + segment.payloadBytes);
  body.writeUInt16BE(segment.sourcePort, 0);
  body.writeUInt16BE(segment.destinationPort, 2);
  body.writeUInt32BE(segment.sequence >>> 0, 4);
  body.writeUInt32BE(segment.acknowledgement >>> 0, 8);
  body[12] = (5 + options.length / 4) << 4;
  body[13] = segment.flags;
  body.writeUInt16BE(segment.window, 14);
  body.set(options, 20);
  return rawIp(6, source, destination, withTransportChecksum(6, source, destination, body, 16));
}

export function rawUdp(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  size = 4,
): Buffer {
  const body = Buffer.alloc(8 + size);
  body.writeUInt16BE(sourcePort, 0);
  body.writeUInt16BE(destinationPort, 2);
  body.writeUInt16BE(body.length, 4);
  return rawIp(17, source, destination, withTransportChecksum(17, source, destination, body, 6));
}

/** @param rest the four bytes behind the checksum and what follows */
export function rawIcmp(source: string, destination: string, type: number, code: number, rest: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
  body.writeUInt16BE(checksum(body), 2);
  return rawIp(1, source, destination, body);
}

export function rawEcho(source: string, destination: string, type: number, id: number): Buffer {
  const rest = Buffer.alloc(8);
  rest.writeUInt16BE(id, 0);
  return rawIcmp(source, destination, type, 0, rest);
}

/** What is read back of a packet on the wire. */
export interface Seen {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ICMP: type << 8 | code. */
  readonly icmp: number;
  /** What an ICMP error quotes. */
  readonly quoted: Seen | undefined;
}

export function parseRaw(bytes: Buffer): Seen {
  const at = (bytes[0]! & 15) * 4;
  const protocol = bytes[9]!;
  const address = (from: number): string => [...bytes.subarray(from, from + 4)].join('.');
  const icmp = protocol === 1 ? bytes.readUInt16BE(at) : 0;
  const error = protocol === 1 && [3, 4, 5, 11, 12].includes(icmp >> 8);
  return {
    protocol,
    source: address(12),
    destination: address(16),
    sourcePort: protocol === 1 ? (error ? 0 : bytes.readUInt16BE(at + 4)) : bytes.readUInt16BE(at),
    destinationPort: protocol === 1 ? 0 : bytes.readUInt16BE(at + 2),
    icmp,
    quoted: error && bytes.length >= at + 36 ? parseRaw(bytes.subarray(at + 8)) : undefined,
  };
}
