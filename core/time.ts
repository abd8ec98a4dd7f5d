/**
 * Virtual time: whole nanoseconds since the start of the run, in a double. Exact up to 2^53 ns, which is 104 days.
 */

export const NANOSECOND = 1;
export const MICROSECOND = 1_000;
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const UNITS: Readonly<Record<string, number>> = {
  ns: NANOSECOND,
  us: MICROSECOND,
  µs: MICROSECOND,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: 24 * HOUR,
};

/**
 * Reads a duration as Go writes it (`1h30m`, `250us`, `-3d5h`; `d` as kubectl's ages have it).
 * @returns nanoseconds, or `undefined` when the text is not a duration
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+$/.test(body)) return undefined;
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    total += Math.round(Number(amount) * (UNITS[unit as string] as number));
  }
  return sign * total;
}

/** Nanoseconds as a person writes them: `0s`, `250us`, `1.5ms`, `12.000034s`. */
export function formatDuration(ns: number): string {
  if (ns === 0) return '0s';
  const size = Math.abs(ns);
  const [unit, name] =
    size >= SECOND
      ? [SECOND, 's']
      : size >= MILLISECOND
        ? [MILLISECOND, 'ms']
        : size >= MICROSECOND
          ? [MICROSECOND, 'us']
          : [1, 'ns'];
  return `${Number((ns / (unit as number)).toFixed(9))}${name}`;
}
