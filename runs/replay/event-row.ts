/**
 * An event as one row of `log -o table`.
 */
import { SECOND } from '../../core/time.ts';
import type { EventLine } from './event-line.ts';

const AT = 14;
const KIND = 18;
const HOST = 28;

export const LOG_HEADER = `${'SEQ'.padStart(7)} ${'AT'.padStart(AT)} ${'KIND'.padEnd(KIND)} ${'HOST'.padEnd(HOST)} ${'FLOW'.padStart(6)} ${'PACKET'.padStart(7)}  WHAT`;

export function logRow(line: EventLine): string {
  const { seq, at, kind, host, flow, packet } = line;
  const time = `${(at / SECOND).toFixed(9)}s`;
  const number = (value: number | undefined): string => (value === undefined ? '' : String(value));
  return `${String(seq).padStart(7)} ${time.padStart(AT)} ${kind.padEnd(KIND)} ${(host ?? '').padEnd(HOST)} ${number(flow).padStart(6)} ${number(packet).padStart(7)}  ${whatOf(line)}`.trimEnd();
}

function whatOf(line: EventLine): string {
  if (line['verdict'] !== undefined) return passageText(line);
  const { seq, at, kind, host, flow, packet, object, ...rest } = line;
  const named = object === undefined ? [] : [objectText(object)];
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== '' && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [...named, ...fields].join(' ').replace(/\s*\n\s*/g, ' ');
}

function passageText(line: EventLine): string {
  const { label, before, after, reason, out, conntrack, rule, rules } = line as Readonly<Record<string, unknown>>;
  const parts = [`[${label}]`, before === after ? `${before}` : `${before} ⇒ ${after}`];
  if (conntrack !== undefined) parts.push(`${conntrack}`);
  if (out !== undefined) parts.push(`out ${out}`);
  if (reason !== undefined) parts.push(`${reason}`);
  if (rule !== undefined) parts.push(`${rule}`);
  return [parts.join('  '), ...((rules as string[] | undefined) ?? []).map((text) => `\n          ${text}`)].join('');
}

/** `Pod default/web-1` */
function objectText(value: unknown): string {
  const object = value as { kind?: string; metadata?: { namespace?: string; name?: string }; name?: string };
  const { kind, metadata } = object;
  if (metadata === undefined) return JSON.stringify(value);
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
