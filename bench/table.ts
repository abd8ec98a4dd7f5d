/**
 * A report as a table for the terminal.
 */
import { formatCount, formatRate, formatRatio, raceTitle } from './figure-text.ts';
import type { Race } from './race.ts';
import type { BenchReport } from './report.ts';
import type { SectionReport, Sheet } from './section.ts';

export function reportTable(report: BenchReport): string {
  return `${machineLines(report)}\n${report.sections.map(sectionTable).join('\n')}`;
}

/** What the figures were taken on. */
export function machineLines({ machine, load, scale }: BenchReport): string {
  const { cpu, cores, kernel, node, v8, versions } = machine;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpu}, ${cores} cores, ${kernel}, Node ${node} (V8 ${v8})`,
    packages.join(', '),
    `load average ${load.map((value) => value.toFixed(1)).join(' before, ')} after; scale ${scale}`,
    'Rates swing with the machine; ratios are taken within a round, with their range over the rounds.',
    '',
  ].join('\n');
}

function sectionTable({ title, races, sheets, notes }: SectionReport): string {
  const parts = [...races.map(raceTable), ...sheets.map(sheetTable)];
  return `${title}\n${'='.repeat(title.length)}\n\n${parts.join('\n')}\n${notes.map((note) => `${wrapped(note)}\n`).join('\n')}`;
}

export function raceTable(race: Race): string {
  const rows = race.results.map(({ name, rate, rates, ratio, ratios, samples }) => [
    name,
    `${formatRate(rate)} ${race.unit}/s`,
    `${formatRate(rates.low)} - ${formatRate(rates.high)}`,
    formatRatio(ratio),
    `${formatRatio(ratios.low)} - ${formatRatio(ratios.high)}`,
    `${samples} samples`,
  ]);
  return `${raceTitle(race)}\n${aligned(rows)}`;
}

function sheetTable({ title, columns, rows }: Sheet): string {
  return `${title}\n${aligned([['', ...columns], ...rows.map(({ name, values }) => [name, ...values.map(formatCount)])])}`;
}

/** The first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
      return `  ${cells.join('  ')}\n`;
    })
    .join('');
}

const WIDTH = 100;

function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1)!.length + word.length > WIDTH) lines.push('');
    lines[lines.length - 1] += lines.at(-1) === '' ? word : ` ${word}`;
  }
  return lines.map((line) => `  ${line}`).join('\n');
}
