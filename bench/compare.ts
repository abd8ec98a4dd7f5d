/**
 * Two reports held against each other: for each runner that both know, how much faster it is now, and between which
 * bounds that lies given what the rounds of either gave.
 */
import { formatCount, formatRate, formatRatio, raceTitle } from './figure-text.ts';
import type { Range, Result } from './race.ts';
import type { BenchReport } from './report.ts';
import { aligned, machineLines } from './table.ts';

export interface ComparedResult {
  readonly section: string;
  readonly race: string;
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** After over before. */
  readonly ratio: number;
  /** From the lowest after over the highest before to the highest after over the lowest before. */
  readonly ratios: Range;
  /** Within its own race, as a ratio to the first runner: what another machine would also show. */
  readonly inRace: readonly [before: number, after: number];
}

export interface ComparedFigure {
  readonly section: string;
  readonly sheet: string;
  readonly name: string;
  readonly column: string;
  readonly before: number;
  readonly after: number;
}

export interface BenchComparison {
  /** Rates of different machines say nothing: read `inRace`. */
  readonly sameMachine: boolean;
  readonly results: readonly ComparedResult[];
  /** Figures of sheets that are not what they were. They were taken once: those in ms have no spread. */
  readonly figures: readonly ComparedFigure[];
  /** Races of one of the two alone. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

interface Found extends Result {
  readonly section: string;
  readonly race: string;
  readonly unit: string;
}

export function compareReports(before: BenchReport, after: BenchReport): BenchComparison {
  const [old, now] = [resultsOf(before), resultsOf(after)];
  const results = [...now].flatMap(([key, result]) => {
    const other = old.get(key);
    return other === undefined ? [] : [compared(other, result)];
  });
  const [oldFigures, nowFigures] = [figuresOf(before), figuresOf(after)];
  const figures = [...nowFigures].flatMap(([key, { value, ...figure }]) => {
    const other = oldFigures.get(key);
    return other === undefined || other.value === value ? [] : [{ ...figure, before: other.value, after: value }];
  });
  const { cpu, cores, node } = before.machine;
  return {
    sameMachine: cpu === after.machine.cpu && cores === after.machine.cores && node === after.machine.node,
    results,
    figures,
    onlyBefore: [...old.keys()].filter((key) => !now.has(key)),
    onlyAfter: [...now.keys()].filter((key) => !old.has(key)),
  };
}

function compared(before: Found, after: Found): ComparedResult {
  const { section, race, name, unit } = after;
  return {
    section,
    race,
    name,
    unit,
    before: before.rate,
    after: after.rate,
    ratio: after.rate / before.rate,
    ratios: { low: after.rates.low / before.rates.high, high: after.rates.high / before.rates.low },
    inRace: [before.ratio, after.ratio],
  };
}

function resultsOf({ sections }: BenchReport): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const { name: section, races } of sections)
    for (const race of races)
      for (const result of race.results) {
        const title = raceTitle(race);
        found.set(`${section}: ${title}: ${result.name}`, { ...result, section, race: title, unit: race.unit });
      }
  return found;
}

type Figure = Omit<ComparedFigure, 'before' | 'after'> & { readonly value: number };

function figuresOf({ sections }: BenchReport): Map<string, Figure> {
  const found = new Map<string, Figure>();
  for (const { name: section, sheets } of sections)
    for (const { title: sheet, columns, rows } of sheets)
      for (const { name, values } of rows)
        values.forEach((value, i) => {
          const column = columns[i]!;
          if (value !== null)
            found.set([section, sheet, name, column].join(': '), { section, sheet, name, column, value });
        });
  return found;
}

/** What the bounds allow to say. */
export function tendency({ ratios }: Pick<ComparedResult, 'ratios'>): 'faster' | 'slower' | 'within the spread' {
  if (ratios.low > 1) return 'faster';
  return ratios.high < 1 ? 'slower' : 'within the spread';
}

/** @param name of the earlier report */
export function comparisonTable(name: string, before: BenchReport, after: BenchReport): string {
  const comparison = compareReports(before, after);
  const lines = [`Before: ${name}\n${machineLines(before)}\nAfter:\n${machineLines(after)}`];
  if (!comparison.sameMachine)
    lines.push('The machines differ: rates cannot be compared, ratios within a race can (before → after).\n');
  let last = '';
  let rows: string[][] = [];
  const flush = (): void => {
    if (rows.length > 0) lines.push(`${last}\n${aligned(rows)}`);
    rows = [];
  };
  for (const result of comparison.results) {
    if (result.race !== last) {
      flush();
      last = result.race;
    }
    const { before: was, after: is, ratio, ratios, inRace } = result;
    rows.push([
      result.name,
      `${formatRate(was)} → ${formatRate(is)} ${result.unit}/s`,
      formatRatio(ratio),
      `${formatRatio(ratios.low)} - ${formatRatio(ratios.high)}`,
      tendency(result),
      `in race ${formatRatio(inRace[0])} → ${formatRatio(inRace[1])}`,
    ]);
  }
  flush();
  if (comparison.figures.length > 0) {
    const changed = comparison.figures.map(({ sheet, name: row, column, before: was, after: is }) => [
      `${sheet}: ${row}`,
      column,
      `${formatCount(was)} → ${formatCount(is)}`,
    ]);
    lines.push(`Figures that changed\n${aligned(changed)}`);
  }
  for (const [side, names] of [
    ['before', comparison.onlyBefore],
    ['after', comparison.onlyAfter],
  ] as const)
    if (names.length > 0) lines.push(`Only ${side}: ${names.length} results\n`);
  return lines.join('\n');
}
