/**
 * The FNV-1a hash, 32 bits.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */

/** Where a hash begins. */
export const FNV_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const ENCODER = new TextEncoder();

/** Hash of the text's UTF-8 bytes: an integer from 0 to 2^32 - 1. */
export function fnv32a(text: string): number {
  return fnv32aBytes(ENCODER.encode(text), FNV_BASIS);
}

/** Goes on from `basis`, so that a hash can be taken piece by piece. */
export function fnv32aBytes(bytes: Uint8Array, basis: number): number {
  let hash = basis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
