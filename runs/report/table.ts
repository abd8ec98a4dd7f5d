/**
 * The table of a run, for a terminal of 100 columns: a block for each traffic row, then packets, what ended early, what
 * was expected, and what one should know.
 */
import { formatDuration, SECOND } from '../../core/time.ts';
import { costSource, costText } from '../cost/cost-text.ts';
import type { KnownCost } from '../cost/known-cost.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatOrigin } from '../scenario/target.ts';
import { grouped, percent, percentInterval, plural, shortDuration } from './number-text.ts';
import type { RunFigures } from './run-figures.ts';
import { wilsonInterval } from './statistics.ts';
import type { Style } from './style.ts';
import type { Summary } from './summary.ts';
import type { Range, TrafficFigure } from './traffic-figures.ts';
import { wrap } from './wrap.ts';

const WIDTH = 100;
const LABEL = 10;
/** Pods and ways that are listed one by one. */
const MOST_PODS = 12;
const MOST_WAYS = 6;
const BAR = 20;

export interface TableInput {
  readonly scenario: Scenario;
  readonly summary: Summary;
  readonly figures: RunFigures;
  /** By what first packets' cost is predicted; absent: it is not told. */
  readonly cost?: KnownCost;
  /** The command line that repeats it. */
  readonly repeat: string;
  readonly style: Style;
}

export function runTable({ scenario, summary, figures, cost, repeat, style }: TableInput): string {
  const lines: string[] = [title(summary, style), ''];
  for (const [index, figure] of figures.traffic.entries()) {
    lines.push(...trafficBlock(scenario.traffic[index]!, figure, style));
    const told = cost && costText(figures.firstPackets[index], cost);
    if (told !== undefined) lines.push(`  ${label('cost', style)}${told}`);
    lines.push('');
  }
  lines.push(...packetBlock(summary, style), '');
  if (summary.drops.length > 0) lines.push(...dropBlock(summary, style), '');
  if (summary.expectations.length > 0) lines.push(...expectationBlock(summary, style), '');
  if (summary.findings.length > 0) lines.push(...findingBlock(summary, style), '');
  if (cost !== undefined && figures.firstPackets.some((examined) => costText(examined, cost) !== undefined))
    lines.push(
      ...wrap(costSource(cost), WIDTH - LABEL).map((line, i) => `${label(i === 0 ? 'cost by' : '', style)}${line}`),
    );
  lines.push(`${label('seed', style)}${summary.seed}`);
  lines.push(`${label('digest', style)}${summary.digest}`);
  lines.push(`${label('repeat', style)}${style.cyan(repeat)}`);
  return `${lines.join('\n')}\n`;
}

function title(summary: Summary, style: Style): string {
  const { scenario, run, virtualTimeSeconds, wallSeconds, events, packetHops } = summary;
  const rest = [
    `run ${run}`,
    `${formatDuration(virtualTimeSeconds * SECOND)} in ${wallSeconds.toFixed(2)} s`,
    plural(events, 'event'),
    plural(packetHops, 'packet-hop'),
  ];
  return `${style.bold(scenario)}  ${style.dim(rest.join(' · '))}`;
}

function label(text: string, style: Style): string {
  return style.dim(text.padEnd(LABEL));
}

function trafficBlock(traffic: Scenario['traffic'][number], figure: TrafficFigure, style: Style): string[] {
  const { row, percentiles } = figure;
  const rate =
    traffic.ratePerSecond === undefined ? 'one after the other' : `${Number(traffic.ratePerSecond.toFixed(3))}/s`;
  const asked = `${formatOrigin(traffic.from)} → ${traffic.to.text}`;
  const lines = [`${style.bold(row.name)}  ${asked}  ${style.dim(`${plural(row.requests, 'request')}, ${rate}`)}`];
  const put = (name: string, text: string): void => {
    lines.push(`  ${label(name, style)}${text}`);
  };
  const putLatency = (): void => {
    const { p50, p99 } = percentiles!;
    // Without an upper end: the sample is too small for one.
    const upper = (ns: number): string => (Number.isFinite(ns) ? shortDuration(ns) : '…');
    const interval = ({ low, high }: { low: number; high: number }): string =>
      style.dim(` [${shortDuration(low)}, ${upper(high)}]`);
    const max = shortDuration(row.latencySeconds!.max * SECOND);
    put(
      'latency',
      `p50 ${shortDuration(p50.value)}${interval(p50.interval)}  p99 ${shortDuration(p99.value)}${interval(p99.interval)}  max ${max}  ${style.dim(`n ${grouped(row.answered)}`)}`,
    );
  };
  if (row.requests === 0) {
    put('answered', 'no request was made');
    return lines;
  }
  const putWays = (name: string, ways: Readonly<Record<string, number>>): void => {
    const entries = Object.entries(ways);
    for (const [i, [way, count]] of entries.slice(0, MOST_WAYS).entries())
      put(i === 0 ? name : '', `${grouped(count).padStart(6)}  ${way.replaceAll(' > ', ' → ')}`);
    if (entries.length > MOST_WAYS) put('', `        and ${entries.length - MOST_WAYS} more`);
  };
  put('answered', answeredText(figure, style));
  // A look-up is several questions, each with a way of its own: `explain` tells them.
  const isLookup = traffic.to.scheme === 'dns';
  if (isLookup && row.answered === 0) return lines;
  if (isLookup) {
    putLatency();
    return lines;
  }
  putWays('way', row.ways);
  putWays('as far as', row.lostWays);
  if (row.answered === 0) return lines;
  const chosen = Object.entries(row.indirections).map(
    ([name, count]) => `${name.replaceAll(' > ', ' → ')} ${grouped(count)}`,
  );
  put('hops', `${rangeText(row.hops!)}   TTL taken off ${rangeText(row.ttlHops!)}   chosen by ${listText(chosen, 4)}`);
  const each = (count: number): string => Number((count / row.answered).toFixed(2)).toString();
  put('rewrites', `DNAT ${each(row.translations.dnat)} · SNAT ${each(row.translations.snat)} a request`);
  put('source', sourceText(row.sourceIP, row.answered, style));
  putLatency();
  lines.push(...podLines(figure, style));
  return lines;
}

function answeredText({ row, reasons }: TrafficFigure, style: Style): string {
  const { answered, requests, failed, inFlight, status } = row;
  const share = `${percent(answered / requests)} ${style.dim(`[${percentInterval(wilsonInterval(answered, requests))}]`)}`;
  const codes = Object.entries(status).map(([code, count]) => `HTTP ${code}: ${grouped(count)}`);
  const lost = [...Object.entries(failed), ['in flight', inFlight] as const].filter(([, count]) => count > 0);
  const paint = answered === requests ? style.green : answered === 0 ? style.red : style.yellow;
  const parts = [`${paint(`${grouped(answered)} of ${grouped(requests)}`)} = ${share}`, ...codes];
  const { rst, icmp } = row.refusedBy;
  const by = rst === 0 ? ' (ICMP)' : icmp === 0 ? ' (RST)' : ` (RST ${grouped(rst)}, ICMP ${grouped(icmp)})`;
  for (const [name, count] of lost) parts.push(style.red(`${name} ${grouped(count)}${name === 'refused' ? by : ''}`));
  const [reason] = Object.keys(reasons);
  return parts.join('  ') + (reason === undefined ? '' : style.dim(` (${reason})`));
}

function rangeText({ min, mean, max }: Range): string {
  return min === max ? String(min) : `${min}-${max} (mean ${mean.toFixed(2)})`;
}

function listText(items: readonly string[], most: number): string {
  return items.length > most ? `${items.slice(0, most).join(', ')} and ${items.length - most} more` : items.join(', ');
}

function sourceText(
  { preserved, rewritten, seen }: TrafficFigure['row']['sourceIP'],
  answered: number,
  style: Style,
): string {
  const kept =
    rewritten === 0
      ? style.green('kept')
      : preserved === 0
        ? style.yellow('rewritten')
        : style.yellow(`kept ${percent(preserved / answered)} ${percentInterval(wilsonInterval(preserved, answered))}`);
  const addresses = Object.entries(seen).map(([address, count]) =>
    count === answered ? address : `${address} ×${grouped(count)}`,
  );
  return `${kept}: the server sees ${listText(addresses, 5)}`;
}

function podLines({ row, spread }: TrafficFigure, style: Style): string[] {
  const entries = Object.entries(row.backends);
  const width = Math.max(...entries.slice(0, MOST_PODS).map(([name]) => name.length), 4);
  const most = Math.max(...entries.map(([, count]) => count));
  const lines = entries.slice(0, MOST_PODS).map(([name, count], i) => {
    const share = percent(count / row.answered).padStart(7);
    const interval = `[${percentInterval(wilsonInterval(count, row.answered))}]`.padEnd(14);
    const bar = '█'.repeat(Math.max(1, Math.round((count / most) * BAR)));
    return `  ${label(i === 0 ? 'by' : '', style)}${name.padEnd(width)} ${grouped(count).padStart(7)} ${share} ${style.dim(interval)} ${style.cyan(bar)}`;
  });
  if (entries.length > MOST_PODS) lines.push(`  ${label('', style)}and ${entries.length - MOST_PODS} more`);
  if (spread !== undefined && entries.length > 1) {
    const p = spread.p < 0.001 ? spread.p.toExponential(1) : spread.p.toFixed(3);
    lines.push(
      `  ${label('', style)}${style.dim(`max/mean ${spread.maxOverMean.toFixed(2)}, chi-square p ${p} over the endpoints ready at each request, n ${grouped(spread.requests)}`)}`,
    );
  }
  return lines;
}

function packetBlock({ packets }: Summary, style: Style): string[] {
  const { sent, ...ends } = packets;
  const parts = Object.entries(ends).map(([name, count]) => {
    const text = `${name === 'inFlight' ? 'in flight' : name} ${grouped(count)}`;
    return count > 0 && (name === 'dropped' || name === 'unknown') ? style.yellow(text) : text;
  });
  return [`${label('packets', style)}sent ${grouped(sent)} = ${parts.join(' + ')}`];
}

/** Rows of drops that the table shows. */
const MOST_DROPS = 20;

function dropBlock({ drops }: Summary, style: Style): string[] {
  const lines = [style.bold('Ended before a socket took them')];
  for (const { reason, host, rule, count } of drops.slice(0, MOST_DROPS)) {
    lines.push(`  ${grouped(count).padStart(7)}  ${style.yellow(reason)}${host === '' ? '' : ` on ${host}`}`);
    if (rule !== null)
      lines.push(...wrap(rule, WIDTH - 13).map((line, i) => `           ${i === 0 ? '' : '  '}${style.dim(line)}`));
  }
  if (drops.length > MOST_DROPS) lines.push(`           and ${drops.length - MOST_DROPS} more: -o json has them all`);
  return lines;
}

function expectationBlock({ expectations }: Summary, style: Style): string[] {
  const lines = [style.bold('Expected')];
  for (const { text, passed, got, where } of expectations) {
    lines.push(`  ${passed ? style.green('✓') : style.red('✗')} ${text}${passed ? style.dim(`  got ${got}`) : ''}`);
    if (!passed)
      lines.push(...wrap(`got ${got}`, WIDTH - 4).map((line) => `    ${style.red(line)}`), `    ${style.dim(where)}`);
  }
  return lines;
}

function findingBlock({ findings }: Summary, style: Style): string[] {
  const lines = [style.bold('Worth knowing')];
  for (const { kind, text, where } of findings) {
    lines.push(`  ${style.yellow(kind)}${where === null ? '' : style.dim(`  ${where}`)}`);
    lines.push(...wrap(text, WIDTH - 4).map((line) => `    ${line}`));
  }
  return lines;
}
