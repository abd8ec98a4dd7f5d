/**
 * JSON as kubectl prints it: keys sorted, four blanks a level.
 */

export function jsonText(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 4)}\n`;
}

/** The same value with the keys of every object in order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
