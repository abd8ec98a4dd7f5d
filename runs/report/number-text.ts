/**
 * Numbers as people read them.
 */
import type { Interval } from './statistics.ts';

/** `13,812` */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `34.0 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `25.5-43.7 %` */
export function percentInterval({ low, high }: Interval): string {
  return `${(low * 100).toFixed(1)}-${(high * 100).toFixed(1)} %`;
}

/** Three digits and a unit: `1.13ms`, `250us`, `3.02s`. */
export function shortDuration(ns: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'us'],
  ];
  const [unit, name] = units.find(([size]) => ns >= size) ?? [1, 'ns'];
  return `${Number((ns / unit).toPrecision(3))}${name}`;
}

/** `1 request`, `2 requests` */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
