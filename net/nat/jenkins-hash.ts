/**
 * Bob Jenkins' lookup3 hash over 32-bit words. The kernel spreads clients over the addresses of a pool with it, so
 * equal tuples must hash to equal numbers here.
 * @see https://burtleburtle.net/bob/c/lookup3.c hashword
 */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** `hashword` of exactly four words. @returns an int32 */
export function hashFourWords(w0: number, w1: number, w2: number, w3: number, seed: number): number {
  let c = (0xdeadbeef + 16 + seed) | 0;
  let a = (c + w0) | 0;
  let b = (c + w1) | 0;
  c = (c + w2) | 0;

  a = ((a - c) | 0) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = ((a - c) | 0) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = ((b - a) | 0) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = ((c - b) | 0) ^ rotate(b, 4);
  b = (b + a) | 0;

  a = (a + w3) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}
