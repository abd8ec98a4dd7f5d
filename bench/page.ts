/**
 * A report as one HTML page that needs nothing else: tables, charts and its own figures as JSON.
 */
import { barChart, escapeText, lineChart } from './chart.ts';
import { formatCount, formatRate, formatRatio, raceTitle } from './figure-text.ts';
import type { Race } from './race.ts';
import type { BenchReport } from './report.ts';
import type { SectionReport, Sheet } from './section.ts';
import { machineLines } from './table.ts';

const STYLE = `:root{color-scheme:light dark;--fg:#1b1b1b;--bg:#fff;--line:#d5d5d5}
@media(prefers-color-scheme:dark){:root{--fg:#e6e6e6;--bg:#161616;--line:#3c3c3c}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{white-space:pre-wrap}svg{max-width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:currentColor;stroke:none}
.grid{stroke:var(--line);fill:none}.range{stroke:currentColor;stroke-width:2}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-variant-numeric:tabular-nums}
td,th{padding:.15rem .7rem;border-bottom:1px solid var(--line);text-align:right}td:first-child,th:first-child{text-align:left}
h2{margin-top:3rem}.note{max-width:50rem}`;

/** @param name what it is kept by */
export function reportPage(name: string, report: BenchReport): string {
  const json = JSON.stringify(report).replace(/</g, '\\u003c');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>kubehop bench ${escapeText(name)}</title><style>${STYLE}</style></head>
<body>
<h1>kubehop bench ${escapeText(name)}</h1>
<pre>${escapeText(machineLines(report))}</pre>
<nav>${report.sections.map((section) => `<a href="#${section.name}">${escapeText(section.title)}</a>`).join(' · ')}</nav>
${report.sections.map(sectionPart).join('\n')}
<script type="application/json" id="report">${json}</script>
</body>
</html>
`;
}

function sectionPart({ name, title, races, sheets, notes }: SectionReport): string {
  const groups = new Map<string, Race[]>();
  for (const race of races) groups.set(race.title, [...(groups.get(race.title) ?? []), race]);
  return `<section id="${name}"><h2>${escapeText(title)}</h2>
${notes.map((note) => `<p class="note">${escapeText(note)}</p>`).join('\n')}
${[...groups.values()].map(racesPart).join('\n')}
${sheets.map(sheetPart).join('\n')}
</section>`;
}

function racesPart(races: readonly Race[]): string {
  const [first] = races;
  const overSizes = races.length > 1 && races.every(({ size }) => size !== undefined);
  const chart = overSizes ? lineChart(races) : races.map(barChart).join('\n');
  return `<h3>${escapeText(first!.title)}</h3>\n${chart}\n${races.map(raceTable).join('\n')}`;
}

function raceTable(race: Race): string {
  const head = [raceTitle(race), `${race.unit}/s`, 'range', 'ratio', 'range', 'samples'];
  const rows = race.results.map(({ name, rate, rates, ratio, ratios, samples }) => [
    name,
    formatRate(rate),
    `${formatRate(rates.low)} – ${formatRate(rates.high)}`,
    formatRatio(ratio),
    `${formatRatio(ratios.low)} – ${formatRatio(ratios.high)}`,
    String(samples),
  ]);
  return table(head, rows);
}

function sheetPart({ title, columns, rows }: Sheet): string {
  const body = rows.map(({ name, values }) => [name, ...values.map(formatCount)]);
  return `<h3>${escapeText(title)}</h3>\n${table(['', ...columns], body)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}
