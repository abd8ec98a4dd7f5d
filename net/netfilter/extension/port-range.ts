/**
 * Ranges of ports as tcp, udp, multiport and the NAT targets write them.
 */
import { integerOf, type Options } from './options.ts';

export interface PortRange {
  readonly inverted: boolean;
  readonly min: number;
  readonly max: number;
}

/** `80`, `80:90`, `:90` or `80:`. @returns undefined when the option was not given */
export function portRange(options: Options, name: string): PortRange | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const [from, to] = splitRange(text, ':');
  const min = from === '' && to !== undefined ? 0 : portOf(options, name, from);
  const max = to === undefined ? min : to === '' ? 65535 : portOf(options, name, to);
  if (min > max) options.fail(name, 'invalid portrange (min > max)');
  return { inverted: options.inverted(name), min, max };
}

/** @returns the part before the separator, and the part behind it or undefined */
export function splitRange(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

export function portOf(options: Options, name: string, text: string): number {
  return integerOf(text, 65535) ?? options.fail(name, `invalid port/service \`${text}' specified`);
}

/** ` --dport 80`; nothing for a range that holds every port. */
export function printPortRange(name: string, range: PortRange | undefined): string {
  if (range === undefined || (range.min === 0 && range.max === 65535 && !range.inverted)) return '';
  const ports = range.min === range.max ? `${range.min}` : `${range.min}:${range.max}`;
  return `${range.inverted ? ' !' : ''} --${name} ${ports}`;
}

export function portFits(range: PortRange | undefined, port: number): boolean {
  return range === undefined || (port >= range.min && port <= range.max) !== range.inverted;
}

/** `dpt:80`, `spts:!1:5`; nothing for a range that holds every port. */
export function listPortRange(name: string, range: PortRange | undefined): string {
  if (range === undefined || (range.min === 0 && range.max === 65535 && !range.inverted)) return '';
  const sign = range.inverted ? '!' : '';
  return range.min === range.max ? ` ${name}:${sign}${range.min}` : ` ${name}s:${sign}${range.min}:${range.max}`;
}
