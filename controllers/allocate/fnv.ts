/**
 * The FNV-1a hash, 32 bits.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const ENCODER = new TextEncoder();

/** Hash of the text's UTF-8 bytes: an integer from 0 to 2^32 - 1. */
export function fnv32a(text: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of ENCODER.encode(text)) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
