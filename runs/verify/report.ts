/**
 * What verify found, as a table for people.
 */
import { formatDuration } from '../../core/time.ts';
import { plural } from '../report/number-text.ts';
import type { VerifyResult } from './verify.ts';

/**
 * The table of differences, the cells that were covered, one line of sums, and how to repeat it.
 * @param files as they were given
 */
export function verifyTable(
  { seed, scenarios, flows, differences, cells }: VerifyResult,
  files: readonly string[],
): string {
  const lines: string[] = [];
  for (const { scenario, flow, at, from, to, lines: told } of differences) {
    lines.push(`${scenario} at ${formatDuration(at)}: ${flow}: ${from} → ${to}`, ...told.map((line) => `  ${line}`));
  }
  if (differences.length > 0) lines.push('');
  const rows = Object.entries(cells).sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(5, ...rows.map(([name]) => name.length));
  lines.push(`${'cell'.padEnd(width)}  flows`, ...rows.map(([name, count]) => `${name.padEnd(width)}  ${count}`), '');
  const differing = differences.length === 0 ? 'no difference' : `${differences.length} differ`;
  lines.push(`${plural(scenarios, 'scenario')}, ${plural(flows, 'flow')}, seed ${seed}: ${differing}`);
  lines.push(`Again: npx kubehop verify ${files.join(' ')}${scenarios === 1 ? ` --seed ${seed}` : ''}`);
  return `${lines.join('\n')}\n`;
}
