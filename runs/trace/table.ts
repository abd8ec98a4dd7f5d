/**
 * A trace as a table: one line a rule, the hook and its table in the margin, what changed in the tuple under the rule
 * that changed it. Fits 110 columns; rules that don't are broken at a blank.
 */
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import { formatDuration } from '../../core/time.ts';
import type { LookupLine } from './lookup-lines.ts';
import { ruleBody } from './rule-text.ts';
import { durationText } from './summary.ts';
import type { FoldedPacket, Trace, TraceStep } from './trace.ts';

export interface TableOptions {
  /** Absent: 110. */
  readonly width?: number;
  readonly color?: boolean;
  /** Tell every packet of the connection, not only the first way there and back. */
  readonly packets?: boolean;
}

type Colors = ReturnType<typeof createColors>;

interface Page {
  readonly width: number;
  readonly colors: Colors;
  readonly startNs: number;
  readonly lines: string[];
}

/** Width of the margin that names hook and table: `POSTROUTING nat` and a blank. */
const MARGIN = 16;

/** @returns lines, the last one ended too */
export function traceTable(trace: Trace, options: TableOptions = {}): string {
  const page: Page = {
    width: options.width ?? 110,
    colors: createColors(options.color ?? false),
    startNs: trace.request.atNs,
    lines: [],
  };
  const { bold } = page.colors;
  const { from, to, atNs } = trace.request;
  page.lines.push(
    ends(
      page.width,
      `${bold(from)} asks ${bold(to)} at ${formatDuration(atNs)}`,
      `${trace.scenario}, seed ${trace.seed}`,
    ),
    ...broken(trace.summary, page.width),
  );
  asked(page, trace.lookups ?? []);
  section(page, 'THERE', trace.hops);
  section(page, 'BACK', trace.reply);
  others(page, trace.others, options.packets ?? false);
  return `${page.lines.join('\n')}\n`;
}

/** What was asked of name servers, a line each. */
function asked({ width, colors, startNs, lines }: Page, lookups: readonly LookupLine[]): void {
  if (lookups.length === 0) return;
  lines.push('', `${colors.inverse(' NAME ')} ${lookups.length} ${lookups.length === 1 ? 'query' : 'queries'}`);
  for (const { question, server, transport, answer, tookNs, atNs } of lookups) {
    const told = answer === '' ? 'no answer' : answer;
    const took = tookNs === null ? '' : ` in ${durationText(tookNs)}`;
    const over = transport === 'tcp' ? ' over TCP' : '';
    const since = `+${durationText(atNs - startNs)}`.replace('+0s', '+0');
    lines.push(ends(width, `  ${question} > ${server}${over}: ${told}${took}`, colors.dim(since)));
  }
}

function section(page: Page, title: string, steps: readonly TraceStep[]): void {
  let packet = 0;
  let host = '';
  let margin = '';
  let source = '';
  for (const [i, step] of steps.entries()) {
    if (step.packet !== packet) {
      if (step.depth === 0 && !steps.slice(0, i).some((one) => one.packet === step.packet)) {
        const name = packet === 0 ? title : `${title} AGAIN`;
        page.lines.push('', `${page.colors.inverse(` ${name} `)} ${step.label}  ${step.before}`);
      }
      host = '';
    }
    if (step.host !== host || step.step === 'arrived' || step.step === 'made') {
      page.lines.push(hostLine(page, step));
      margin = '';
    }
    packet = step.packet;
    host = step.host;
    if (step.step === 'arrived' || step.step === 'made') continue;
    const name = marginOf(step);
    const isNew = name !== margin;
    const total = isNew && step.step === 'rule' ? walkTotal(steps, i, name) : 0;
    // An empty chain has nothing to tell.
    if (total === 1 && step.action === 'ACCEPT' && step.rule!.startsWith('-P ')) continue;
    const place =
      step.source === undefined || step.source === source ? '' : step.source.slice(step.source.lastIndexOf('/') + 1);
    stepLines(
      page,
      step,
      isNew ? name : '',
      place !== '' || total === 0 ? place : total === 1 ? '1 rule' : `${total} rules`,
    );
    margin = name;
    source = step.source ?? source;
  }
}

/** Rules looked at in the walk that begins at step `from`. */
function walkTotal(steps: readonly TraceStep[], from: number, name: string): number {
  let total = 0;
  for (let i = from; i < steps.length && steps[i]!.step === 'rule' && marginOf(steps[i]!) === name; i++)
    total += steps[i]!.examined ?? 0;
  return total;
}

function hostLine({ width, colors, startNs }: Page, step: TraceStep): string {
  const { host, detail, ttl, atNs, depth, label, before } = step;
  const indent = '  '.repeat(depth);
  const outer = depth > 0 ? `  ${colors.dim(`outer packet, ${label.replace(/,.*/, '')} ${before}`)}` : '';
  const entered = step.step === 'arrived' ? ` ${colors.dim(detail)}` : '';
  const since = `+${durationText(atNs - startNs)}`.replace('+0s', '+0');
  return ends(width, `${indent}${colors.bold(host)}${entered}${outer}`, colors.dim(`ttl ${ttl}  ${since.padStart(9)}`));
}

/** What stands in the margin: the hook with its table, or the kind of step. */
function marginOf({ step, hook, table, action }: TraceStep): string {
  if (step === 'rule') return `${hook} ${table}`;
  if (step === 'conntrack') return hook ?? 'conntrack';
  if (step === 'route') return action === 'bridged' ? 'bridge' : 'route';
  return step === 'end' ? action : step === 'wait' ? 'neighbour' : step;
}

/** @param right source or count: at the end of the line, or of one of its own where there is no room */
function stepLines({ width, colors, lines }: Page, step: TraceStep, margin: string, right: string): void {
  const indent = '  '.repeat(step.depth + 1);
  const name = margin.length < MARGIN ? margin.padEnd(MARGIN) : `${margin} `;
  const start = indent.length + name.length + step.jumps;
  const [first = '', ...more] = broken(textOf(step), width - start);
  const told = [indent + colors.cyan(name) + ' '.repeat(step.jumps) + painted(colors, step, first)];
  for (const text of more) told.push(' '.repeat(start + 2) + painted(colors, step, text));
  const last = told.at(-1)!;
  const shown = right === '' ? '' : colors.dim(right);
  if (visible(last) + 1 + right.length <= width) told[told.length - 1] = ends(width, last, shown);
  else told.push(ends(width, '', shown));
  if (step.before !== step.after) told.push(' '.repeat(start) + changed(colors, step));
  lines.push(...told);
}

/** What stands in a step's line; of a rule all but its chain and its comment. */
function textOf({ step, rule, action, detail }: TraceStep): string {
  if (step === 'rule') return rule!.startsWith('-P ') ? `policy ${action}` : ruleBody(rule!) || '(counts only)';
  if (step === 'conntrack') return `${action}: ${detail}`;
  // The rule that ended it stands in the line above.
  if (step === 'end') return detail.replace(/^(netfilter-\w+): .*/, '$1');
  return detail;
}

function painted(colors: Colors, { step, action, rule }: TraceStep, text: string): string {
  if (action === 'DROP' || action === 'REJECT' || action === 'dropped' || action === 'rejected' || action === 'unknown')
    return colors.red(text);
  if (step === 'rule' && rule!.startsWith('-P ')) return colors.dim(text);
  if (action === 'DNAT' || action === 'SNAT' || action === 'MASQUERADE' || action === 'REDIRECT')
    return colors.yellow(text);
  return action === 'delivered' ? colors.green(text) : text;
}

/** `=> source > destination`, the end that changed highlighted. */
function changed(colors: Colors, { before, after }: TraceStep): string {
  const old = before.split(' > ');
  const ends = after.split(' > ').map((end, i) => (end === old[i] ? end : colors.bold(colors.yellow(end))));
  return `=> ${ends.join(' > ')}`;
}

function others(page: Page, packets: readonly FoldedPacket[], all: boolean): void {
  if (packets.length === 0) return;
  const { lines, colors, startNs } = page;
  lines.push('');
  if (!all) {
    for (const text of foldedTexts(packets, startNs))
      lines.push(...broken(text, page.width).map((line) => colors.dim(line)));
    return;
  }
  for (const packet of packets) {
    const { atNs, label, tuple, hosts, fate, direction } = packet;
    const since = `+${durationText(atNs - startNs)}`.padStart(9);
    const way = direction === 'forward' ? 'there' : 'back ';
    lines.push(`${since} ${way}  ${label.padEnd(22)} ${tuple}`);
    lines.push(
      ...broken(`${hosts.join(', ')}: ${fate}`, page.width - 18).map((line) => `${' '.repeat(18)}${colors.dim(line)}`),
    );
  }
}

/** What else the connection sent, by direction and fate, retransmissions by their times. */
function foldedTexts(packets: readonly FoldedPacket[], startNs: number): string[] {
  const groups = new Map<string, FoldedPacket[]>();
  for (const packet of packets) {
    const plain =
      packet.fate === 'delivered' ? 'delivered' : `${packet.label}, ${packet.fate} at ${packet.hosts.at(-1)}`;
    const key = `${packet.direction === 'forward' ? 'there' : 'back'}: ${plain}`;
    groups.set(key, [...(groups.get(key) ?? []), packet]);
  }
  return [...groups].map(([key, group]) => {
    const [way, what] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 2)];
    if (what === 'delivered') {
      const labels = [...new Set(group.map(({ label }) => label.replace(/, .*/, '')))].join(', ');
      return `and ${group.length} more ${way}, delivered (${labels})`;
    }
    const times = group.map(({ atNs }) => `+${durationText(atNs - startNs)}`).join(', ');
    return `and ${group.length} more ${way}: ${what}; sent at ${times}`;
  });
}

/** A text at the left and one at the right end of a line. */
function ends(width: number, left: string, right: string): string {
  if (right === '') return left;
  return left + ' '.repeat(Math.max(1, width - visible(left) - visible(right))) + right;
}

/** Characters that a terminal shows. */
function visible(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** A text in lines of at most `width` characters, broken at blanks; a longer word keeps a line of its own. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
