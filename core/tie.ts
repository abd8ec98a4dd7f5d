/**
 * Other orders of what falls due at one instant with one rank: sequence numbers scattered by a one-to-one mixing that an
 * order number chooses, and gathered again. So no order needs more memory than the usual one, and each can be had again.
 */

const HALF = 2 ** 32;
const FIRST = 0x9e3779b1;
const SECOND = 0x85ebca6b;
const FIRST_INVERSE = inverse(FIRST);
const SECOND_INVERSE = inverse(SECOND);

/** Inverse of an odd number modulo 2^32, by Newton's iteration: each step doubles the bits that are right. */
function inverse(odd: number): number {
  let x = odd;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x));
  return x;
}

/** @param sequence below 2^45; numbers 2^32 apart keep their order. @param order 1 and up */
export function scattered(sequence: number, order: number): number {
  const high = Math.floor(sequence / HALF);
  let x = Math.imul((sequence - high * HALF) ^ Math.imul(order, SECOND), FIRST);
  x = Math.imul(x ^ (x >>> 16), SECOND);
  return high * HALF + (x >>> 0);
}

/** The sequence number that `scattered` made this of. */
export function gathered(key: number, order: number): number {
  const high = Math.floor(key / HALF);
  let x = Math.imul(key - high * HALF, SECOND_INVERSE);
  x = Math.imul(x ^ (x >>> 16), FIRST_INVERSE);
  return high * HALF + ((x ^ Math.imul(order, SECOND)) >>> 0);
}
