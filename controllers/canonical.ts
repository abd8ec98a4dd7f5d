/**
 * One text for each value: JSON with the keys in order, so that equal objects have equal texts however they were built.
 */

/** Absent and `undefined` members count as the same. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const record = value as Readonly<Record<string, unknown>>;
  const members: string[] = [];
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalText(record[key])}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether two values have the same content. */
export function equalContent(a: unknown, b: unknown): boolean {
  return a === b || canonicalText(a) === canonicalText(b);
}
