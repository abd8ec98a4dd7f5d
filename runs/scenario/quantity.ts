/**
 * Quantities as people write them in a scenario: rates, sizes, shares and comparisons. Durations are core/time's.
 */
import { parseDuration, SECOND } from '../../core/time.ts';

const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  k: 1e3,
  kB: 1e3,
  M: 1e6,
  MB: 1e6,
  G: 1e9,
  GB: 1e9,
  Ki: 2 ** 10,
  KiB: 2 ** 10,
  Mi: 2 ** 20,
  MiB: 2 ** 20,
  Gi: 2 ** 30,
  GiB: 2 ** 30,
};

/** `10Gbit/s`, `100Mbit`, `1.5mbit/s` (decimal, as `tc` has them). @returns bits a second */
export function parseBitRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)bit(?:\/s)?$/i.exec(text);
  return match === null ? undefined : Number(match[1]) * DECIMAL[match[2]!.toLowerCase()]!;
}

/** `10/s`, `0.5/s`, `90/m`, `1/10ms`. @returns how many a second */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)?(ns|us|µs|ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const periodNs = parseDuration(`${match[2] ?? 1}${match[3]}`);
  const rate = (Number(match[1]) * SECOND) / (periodNs ?? 0);
  return Number.isFinite(rate) && rate > 0 ? rate : undefined;
}

/** `1400`, `64k`, `16KiB`, `1Mi`. @returns bytes, a whole number */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const unit = match === null ? undefined : SIZE_UNITS[match[2]!];
  const size = unit === undefined ? undefined : Number(match![1]) * unit;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** `0.25`, `25%`. @returns a share from 0 to 1 */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = match === null ? undefined : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return share !== undefined && share <= 1 ? share : undefined;
}

export type Operator = '=' | '<' | '<=' | '>' | '>=';

export interface Comparison {
  readonly operator: Operator;
  readonly value: number;
}

/**
 * `>= 0.99`, `= 500`, `< 50ms`, `3` (equal to).
 * @param read turns the text behind the operator into a number
 */
export function parseComparison(text: string, read: (text: string) => number | undefined): Comparison | undefined {
  const match = /^(=|<=|>=|<|>)?\s*(\S+)$/.exec(text.trim());
  const value = match === null ? undefined : read(match[2]!);
  if (match === null || value === undefined) return undefined;
  return { operator: (match[1] ?? '=') as Operator, value };
}

export function compare(got: number, { operator, value }: Comparison): boolean {
  if (operator === '=') return got === value;
  if (operator === '<') return got < value;
  if (operator === '<=') return got <= value;
  return operator === '>' ? got > value : got >= value;
}
