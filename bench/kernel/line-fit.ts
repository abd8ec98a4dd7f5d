/**
 * A straight line through points whose errors grow with their values: least squares of the relative deviations.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
  /** What a deviation is relative to, above 0: the whole of what was measured, of which `y` may be a part. */
  readonly scale: number;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * @param points two of different x at least
 * @throws {RangeError} when there are fewer
 */
export function fitLine(points: readonly Point[]): Line {
  let weights = 0;
  let meanX = 0;
  let meanY = 0;
  for (const { x, y, scale } of points) {
    const weight = 1 / scale ** 2;
    weights += weight;
    meanX += weight * x;
    meanY += weight * y;
  }
  meanX /= weights;
  meanY /= weights;
  let varianceX = 0;
  let covariance = 0;
  for (const { x, y, scale } of points) {
    const weight = 1 / scale ** 2;
    varianceX += weight * (x - meanX) ** 2;
    covariance += weight * (x - meanX) * (y - meanY);
  }
  if (!(varianceX > 0)) throw new RangeError('A line needs points at two places');
  const slope = covariance / varianceX;
  return { slope, intercept: meanY - slope * meanX };
}
