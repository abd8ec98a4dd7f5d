/**
 * What random verification found, as a table for people: each disagreement as a scenario with both stories side by side,
 * the coverage of cells, one line of sums, and how to repeat it.
 */
import { plural } from '../../report/number-text.ts';
import type { Story } from '../story.ts';
import { storyLines } from '../story.ts';
import { existingCells } from './coverage.ts';
import type { Disagreement, RandomResult } from './random.ts';

/** Width of one of the two columns. */
const COLUMN = 76;

export function randomTable(result: RandomResult, clusters: number): string {
  const { seed, scenarios, flows, differences, cells, disagreements, unsteady } = result;
  const lines = disagreements.flatMap(disagreementLines);
  const rows = coverageRows(cells);
  const filled = rows.filter(([, count]) => count > 0);
  const width = Math.max(...rows.map(([name]) => name.length));
  lines.push(`${'policy · source · destination · endpoints · CNI'.padEnd(width)}  flows`);
  for (const [name, count] of filled) lines.push(`${name.padEnd(width)}  ${count}`);
  lines.push('', `${filled.length} of ${rows.length} cells have flows`);
  for (const once of unsteady) {
    lines.push(`seed ${once.seed} differed, but agreed in three of the tries that followed:`);
    for (const { flow, from, to, lines: told } of once.differences)
      lines.push(`  ${flow}: ${from} → ${to}`, ...told.map((line) => `    ${line}`));
  }
  const differing = differences.length === 0 ? 'no difference' : `${differences.length} differ`;
  lines.push(`${plural(scenarios, 'cluster')}, ${plural(flows, 'flow')}, seed ${seed}: ${differing}`);
  lines.push(`Again: npx kubehop verify --random ${clusters} --seed ${seed}`);
  return `${lines.join('\n')}\n`;
}

/** Every cell that there is with its flows, and any that nobody expected. */
function coverageRows(cells: Readonly<Record<string, number>>): [string, number][] {
  const known = existingCells();
  const others = Object.keys(cells).filter((name) => !known.includes(name));
  return [...known, ...others.sort()].map((name) => [name, cells[name] ?? 0]);
}

/**
 * Cells that stayed under a number of flows.
 * @returns each with its count
 */
export function thinCells(cells: Readonly<Record<string, number>>, least: number): [string, number][] {
  return coverageRows(cells).filter(([, count]) => count < least);
}

function disagreementLines({ seed, files, differences }: Disagreement): string[] {
  const lines = files.flatMap(({ name, text }) => [`# ${name}`, ...text.trimEnd().split('\n'), '']);
  for (const { flow, from, to, lines: told, stories } of differences) {
    lines.push(`${flow}: ${from} → ${to}`, ...told.map((line) => `  ${line}`), '');
    if (stories !== undefined) lines.push(...sideBySide(stories.model, stories.kernel), '');
  }
  lines.push(`Again: npx kubehop verify --random 1 --seed ${seed}`, '');
  return lines;
}

/** Both stories in two columns; what only one of them tells has the other's place empty. */
function sideBySide(model: Story, kernel: Story): string[] {
  const left = storyLines(model, kernel);
  const right = storyLines(kernel, model);
  const rows: [string, string][] = [['model', 'kernel']];
  for (const line of left) {
    const at = right.indexOf(line);
    if (at < 0) rows.push([line, '']);
    else rows.push(...right.splice(0, at + 1).map((one): [string, string] => (one === line ? [line, one] : ['', one])));
  }
  rows.push(...right.map((line): [string, string] => ['', line]));
  return rows.flatMap(([a, b]) => {
    const [one, other] = [wrapped(a), wrapped(b)];
    return Array.from({ length: Math.max(one.length, other.length) }, (_, i) =>
      `  ${(one[i] ?? '').padEnd(COLUMN)} | ${other[i] ?? ''}`.trimEnd(),
    );
  });
}

function wrapped(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += COLUMN) parts.push(text.slice(at, at + COLUMN));
  return parts.length === 0 ? [''] : parts;
}
