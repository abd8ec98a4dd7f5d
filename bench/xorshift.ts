/**
 * Numbers for inputs of races: the same in each run, and cheap. Simulations draw elsewhere.
 * @see G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003)
 */

/** @returns a function that draws from 0 to 2^32 - 1 */
export function xorshift(seed: number): () => number {
  let state = (seed ^ 0x2545f491) | 1;
  const draw = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) draw();
  return draw;
}
