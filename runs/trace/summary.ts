/**
 * What became of a request, in one sentence.
 */

import { formatDuration } from '../../core/time.ts';
import { DropReason } from '../../net/drop-reason.ts';
import type { RecordedPacket } from './flow-record.ts';
import { ruleBody, ruleComment } from './rule-text.ts';
import type { Trace } from './trace.ts';

type Told = readonly RecordedPacket[];

export function summaryOf(trace: Omit<Trace, 'summary'>, there: Told, back: Told): string {
  switch (trace.outcome) {
    case 'answered':
      return answered(trace);
    case 'refused':
      return `Refused: ${refusedBy(there, back)}.`;
    case 'reset':
      return `Reset after the connection stood${after(trace)}.`;
    case 'unreachable':
      return `Unreachable: ${unreachableBy(there, back)}${after(trace)}.`;
    case 'unresolved':
      return `The name leads nowhere: ${trace.lookups === undefined ? 'nothing was sent' : `${trace.lookups.length} queries`}${after(trace)}.`;
    case 'unknown':
      return `Unknown: ${lastDetail(there)}.`;
    case 'timeout':
      return `No answer${after(trace)}: ${silence(trace, there, back)}.`;
    default:
      return `Still under way at the end: ${silence(trace, there, back)}.`;
  }
}

function after({ tookNs }: Pick<Trace, 'tookNs'>): string {
  return tookNs === null ? '' : ` after ${durationText(tookNs)}`;
}

/** Three digits are enough to read. */
export function durationText(ns: number): string {
  const size = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ns))) - 3);
  return formatDuration(Math.round(ns / size) * size);
}

function answered(trace: Omit<Trace, 'summary'>): string {
  const { server, status, packetHops, tookNs, request } = trace;
  const own = request.tuple
    .split(' > ')[0]!
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
  const who =
    server === null ? '' : ` by ${server.pod ?? server.host}${server.pod === null ? '' : ` on ${server.host}`}`;
  const how = status === null ? '' : ` (${status})`;
  const hops = packetHops === null ? '' : `, ${packetHops} ${packetHops === 1 ? 'hop' : 'hops'} away`;
  const seen =
    server === null
      ? ''
      : server.peer === own
        ? `; it saw the client's own address, ${server.peer}`
        : `; it saw ${server.peer}, not the client's ${own}`;
  return `Answered${how}${who}${hops}, in ${durationText(tookNs ?? 0)}${seen}.`;
}

function refusedBy(there: Told, back: Told): string {
  const last = there.at(-1);
  const end = last?.steps.at(-1);
  const answer = back[0]?.label.replace(/ ACK$/, '') ?? 'an answer';
  if (last === undefined || end === undefined) return 'by its own host';
  if (last.reason === DropReason.NoSocket) return `${end.host} says ${answer}, ${end.detail.replace(/^[^:]*: /, '')}`;
  return `${end.host} says ${answer}: ${reasonOf(last)}`;
}

/** Why a rule ended a packet: its comment, else its text; and where it comes from. */
function reasonOf({ steps }: RecordedPacket): string {
  const rule = steps.findLast(({ step }) => step === 'rule');
  if (rule?.rule === undefined) return steps.at(-1)!.detail;
  const comment = ruleComment(rule.rule);
  const what = comment !== '' ? comment : `${rule.table} ${rule.chain} ${ruleBody(rule.rule)}`;
  return rule.source === undefined ? what : `${what} (${rule.source})`;
}

function unreachableBy(there: Told, back: Told): string {
  const end = there[0]?.steps.at(-1);
  const answer = back[0];
  if (end === undefined) return 'its host has no route';
  const said = answer === undefined ? '' : `, and ${answer.hosts[0]} says ${answer.label}`;
  return `${end.host} ${end.action} it (${end.detail})${said}`;
}

function lastDetail(there: Told): string {
  const end = there.at(-1)?.steps.at(-1);
  return end === undefined ? 'nothing was sent' : `${end.host} has a rule that the model doesn't know: ${end.detail}`;
}

function silence(trace: Omit<Trace, 'summary'>, there: Told, back: Told): string {
  const first = there[0];
  if (first === undefined) return 'nothing was sent';
  const tries =
    trace.others.filter((one) => one.direction === 'forward' && one.label === first.label).length + there.length;
  const sent = tries === 1 ? `the ${first.label} was` : `${tries} ${first.label}s were`;
  const last = there.at(-1)!;
  const end = last.steps.at(-1);
  if (last.fate === 'delivered') {
    const lost = back.at(-1);
    const answerEnd = lost?.steps.at(-1);
    return lost === undefined || lost.fate === 'delivered'
      ? `the last word of the exchange is missing`
      : `the answer was lost on ${answerEnd?.host} (${lost.fate})`;
  }
  if (end === undefined) return `${sent} sent`;
  const why = last.reason === DropReason.NetfilterDrop ? `: ${reasonOf(last)}` : '';
  return `${sent} sent, ${last.fate === '' ? 'under way' : last.fate} at ${end.host}${why}`;
}
