/**
 * Labels in one line: sorted `a=b,c=d`, or `<none>`.
 */
import type { StringMap } from '../../controllers/object/metadata.ts';

export function formatLabels(labels: StringMap | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}
