/**
 * How an Arrow IPC stream frames its messages, with one addition that Arrow's rules allow: the padding after a
 * message's metadata ends in a checksum of it. Metadata says how long everything else is, so a flipped bit there could
 * otherwise send a reader anywhere; the rows themselves are sealed by the batch's digest.
 * @see https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
import { createHash } from 'node:crypto';

/** Continuation marker and metadata length, int32 each, before every message. */
export const PREFIX_BYTES = 8;
export const CONTINUATION = -1;

const CHECKSUM_BYTES = 8;

/** Rounds up to Arrow's alignment. */
export function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 8) * 8;
}

/** First bytes of the metadata's sha256. */
function checksum(metadata: Uint8Array): Buffer {
  return createHash('sha256').update(metadata).digest().subarray(0, CHECKSUM_BYTES);
}

/** Prefix, metadata, padding, checksum. The body follows. */
export function frame(metadata: Uint8Array): Buffer {
  const padded = aligned(metadata.length);
  const framed = Buffer.alloc(PREFIX_BYTES + padded + CHECKSUM_BYTES);
  framed.writeInt32LE(CONTINUATION, 0);
  framed.writeInt32LE(padded + CHECKSUM_BYTES, 4);
  framed.set(metadata, PREFIX_BYTES);
  framed.set(checksum(framed.subarray(PREFIX_BYTES, PREFIX_BYTES + padded)), PREFIX_BYTES + padded);
  return framed;
}

/** Takes the checksum off. @returns the metadata, or `undefined` when it isn't what was written */
export function unframe(framed: Uint8Array): Uint8Array | undefined {
  const end = framed.length - CHECKSUM_BYTES;
  if (end <= 0) return undefined;
  const metadata = framed.subarray(0, end);
  return checksum(metadata).equals(framed.subarray(end)) ? metadata : undefined;
}
