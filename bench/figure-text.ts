/**
 * Figures as texts: rates, ratios and counts with as many digits as they are good for.
 */
import type { Race } from './race.ts';

/** `1.82 M`, `4.5 k`, `12.0`. */
export function formatRate(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  return rate >= 1e3 ? `${(rate / 1e3).toFixed(1)} k` : rate.toFixed(1);
}

/** `1.82 x`; a ratio too small to tell its digits from zero as a fraction, `1/4,100`. */
export function formatRatio(ratio: number): string {
  if (ratio >= 1000) return `${Number(ratio.toPrecision(2)).toLocaleString('en')} x`;
  if (ratio >= 0.1) return `${ratio.toPrecision(3)} x`;
  return `1/${Number((1 / ratio).toPrecision(2)).toLocaleString('en')}`;
}

/** `12,345`, `123.4`, `0.0123`; a dash for none. */
export function formatCount(value: number | null): string {
  if (value === null) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en');
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(4)).toString();
}

/** A race's title with its size. */
export function raceTitle({ title, size }: Race): string {
  return size === undefined ? title : `${title}, ${size.count.toLocaleString('en')} ${size.of}`;
}
