/**
 * What a sample says of the whole: intervals for shares and percentiles, and how likely a spread is by chance alone.
 */

/** Two-sided 95 % quantile of the normal distribution. */
const Z95 = 1.959964;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * 95 % interval of a share, as Wilson's score has it: honest for small samples and for shares near 0 and 1.
 * @param count of `total`, which is at least 1
 * @returns shares from 0 to 1
 * @see E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927
 */
export function wilsonInterval(count: number, total: number): Interval {
  const share = count / total;
  const z2 = Z95 * Z95;
  const centre = share + z2 / (2 * total);
  const reach = Z95 * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  // At the ends the formula gives 0 and 1 exactly, arithmetic not quite.
  return {
    low: count === 0 ? 0 : Math.max(0, (centre - reach) / scale),
    high: count === total ? 1 : Math.min(1, (centre + reach) / scale),
  };
}

/** Beyond so many expected on either side the normal distribution is close enough to the binomial one. */
const NORMAL_FROM = 1000;
/** Half of what an interval of 95 % leaves out. */
const TAIL = 0.025;

/**
 * Ranks (from 0) of the two order statistics between which a quantile lies with 95 % confidence, 2.5 % on either side at
 * most. A sample may be too small to have any on one side: then the interval is open there.
 * @param quantile 0 to 1
 * @returns low -1, high Infinity: open
 * @see W. J. Conover, Practical Nonparametric Statistics, 3.2
 */
export function quantileRanks(quantile: number, total: number): Interval {
  const mean = total * quantile;
  const spread = Math.sqrt(mean * (1 - quantile));
  if (Math.min(mean, total - mean) >= NORMAL_FROM)
    return { low: Math.floor(mean - Z95 * spread), high: Math.ceil(mean + Z95 * spread) };
  // Of `total` values as many as this lie below the quantile, by chance; what is further out than this is nothing.
  const first = Math.max(0, Math.floor(mean - 12 * spread - 12));
  const last = Math.min(total, Math.ceil(mean + 12 * spread + 12));
  let low = first - 1;
  let sum = 0;
  for (let below = first; below <= last; below++) {
    sum += binomial(below, total, quantile);
    if (sum <= TAIL) low = below;
    if (sum >= 1 - TAIL) return { low, high: below >= total ? Number.POSITIVE_INFINITY : below };
  }
  return { low, high: Number.POSITIVE_INFINITY };
}

/** How often chance gives `count` of `total`. */
function binomial(count: number, total: number, share: number): number {
  if (share <= 0 || share >= 1) return count === total * share ? 1 : 0;
  const ways = logGamma(total + 1) - logGamma(count + 1) - logGamma(total - count + 1);
  return Math.exp(ways + count * Math.log(share) + (total - count) * Math.log(1 - share));
}

/**
 * How often chance alone gives a chi-square of at least `value`.
 * @param degrees of freedom, at least 1
 * @returns 0 to 1
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.19, 6.5.29, 6.5.31
 */
export function chiSquareTail(value: number, degrees: number): number {
  if (value <= 0) return 1;
  const a = degrees / 2;
  const x = value / 2;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

const PRECISION = 1e-12;

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's way through the continued fraction. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n < 10_000; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    product *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return product;
}

/** Stirling's series, shifted to where it is good to 12 digits. */
function logGamma(a: number): number {
  let shift = 0;
  let x = a;
  for (; x < 10; x++) shift += Math.log(x);
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series - shift;
}
