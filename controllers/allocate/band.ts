/**
 * Drawing a free number from a range whose lower band is kept for those who ask for a number by name: the API server
 * draws from the upper band first and turns to the lower one when that is full.
 * @see KEP-3070 (cluster IPs, 1.24), KEP-3668 (node ports, 1.27)
 */

/** A uniform draw: an integer from 0 to `below` - 1. */
export type DrawBelow = (below: number) => number;

/**
 * @param size numbers in the range: 0 to size - 1
 * @param staticBand how many of them, from 0 on, are given out last; 0: no bands
 * @param isUsed by number
 * @returns a free number, or -1 when the range is full. One draw a band; then the next free number, going round.
 */
export function drawFree(
  size: number,
  staticBand: number,
  isUsed: (number: number) => boolean,
  draw: DrawBelow,
): number {
  const upper = size - staticBand;
  if (upper > 0) {
    const found = scan(staticBand, upper, draw(upper), isUsed);
    if (found >= 0) return found;
  }
  return staticBand > 0 ? scan(0, staticBand, draw(staticBand), isUsed) : -1;
}

function scan(first: number, count: number, start: number, isUsed: (number: number) => boolean): number {
  for (let i = 0; i < count; i++) {
    const number = first + ((start + i) % count);
    if (!isUsed(number)) return number;
  }
  return -1;
}

/** Size of the lower band: a share of the range between two bounds, nothing for a range up to the lower bound. */
export function staticBand(size: number, share: number, least: number, most: number): number {
  return size <= least ? 0 : Math.floor(Math.min(Math.max(size / share, least), most));
}
