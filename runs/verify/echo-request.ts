/**
 * ICMP echo as bytes: the request that a lab sends and what an ICMP message that comes back means for it.
 */
import type { RequestOutcome } from './agent-message.ts';

/** The Internet checksum over a whole number of bytes. @see RFC 1071 */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * An echo request.
 * @param identifier 0 to 65535
 * @param sequence 0 to 65535
 * @param payloadBytes behind the eight bytes of ICMP header
 * @see RFC 792 page 14
 */
export function echoRequest(identifier: number, sequence: number, payloadBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + payloadBytes, 0x61);
  bytes.fill(0, 0, 8);
  bytes[0] = 8;
  bytes.writeUInt16BE(identifier, 4);
  bytes.writeUInt16BE(sequence, 6);
  bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

/**
 * What a message says about an echo request.
 * @param message from the IP header on
 * @returns `undefined` when it is about something else
 */
export function echoOutcome(message: Buffer, identifier: number, sequence: number): RequestOutcome | undefined {
  const icmp = message.subarray(((message[0] ?? 0) & 15) * 4);
  if (icmp.length < 8) return undefined;
  const type = icmp[0] as number;
  if (type === 0) {
    return icmp.readUInt16BE(4) === identifier && icmp.readUInt16BE(6) === sequence ? 'answered' : undefined;
  }
  if (type !== 3 && type !== 11) return undefined;
  const quoted = icmp.subarray(8);
  const inner = quoted.subarray(((quoted[0] ?? 0) & 15) * 4);
  if (inner.length < 8 || inner.readUInt16BE(4) !== identifier || inner.readUInt16BE(6) !== sequence) return undefined;
  return type === 3 && icmp[1] === 3 ? 'refused' : 'unreachable';
}
