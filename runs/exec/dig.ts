/**
 * dig, of BIND 9.18: its questions are packets, its columns are the real ones. Without the cookie that the real one
 * sends: names, records, sizes and times are what one reads it for.
 * @see https://gitlab.isc.org/isc-projects/bind9 bin/dig/dig.c
 */
import { type Message, RCODE_NAMES } from '../../net/dns/message.ts';
import { RecordType, type ResourceRecord, typeName } from '../../net/dns/record.ts';
import { httpDate } from '../../net/http.ts';
import { type DigOptions, parseDig } from './dig-options.ts';
import { questionName, silence, toolPlan } from './dns-tools.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { type Answered, lookUp } from './lookup.ts';

const VERSION = '9.18.28';
/** Exit code where no server answered. */
const NO_REPLY = 9;

export function dig(session: Session, argv: readonly string[]): ExecResult {
  const options = parseDig(argv);
  if (typeof options === 'string') return said('', options, 1);
  const { server, type, parts, isShort, searches, udpBytes, tcp, tries, patienceNs } = options;
  const { name, isReverse } = options.isReverse ? questionName(options.name) : { ...options, isReverse: false };
  const wanted = isReverse ? RecordType.PTR : (type ?? RecordType.A);
  const question = { name, types: [wanted], server, searches, udpBytes, tcp, tries, patienceNs };
  const plan = toolPlan(session, question);
  const done = lookUp(session, plan);
  const last = done.answers.at(-1);
  const head = isShort || !parts.has('cmd') ? '' : `\n; <<>> DiG ${VERSION} <<>> ${argv.join(' ')}\n`;
  const global = head === '' ? '' : ';; global options: +cmd\n';
  if (last === undefined) {
    const text = silence(done, plan.config.nameservers[0] ?? '', tcp ? name : undefined).replace(/\n\n$/, '\n');
    const [lines = '', end = ''] = [text.slice(0, text.lastIndexOf(';; no')), text.slice(text.lastIndexOf(';; no'))];
    return said(`${lines}${head}${global}${end}`, '', NO_REPLY);
  }
  if (isShort) return said(last.message.answer.map(({ data }) => `${data}\n`).join(''));
  return said(`${head}${global}${answerText(session, last, options)}`);
}

/** An empty line closes what has comments, and the statistics. */
function answerText(
  { simulation }: Session,
  { message, server, bytes, askedAtNs, readAtNs }: Answered,
  { parts, tcp }: DigOptions,
): string {
  const { id, rcode, question, answer, authority, additional, udpBytes } = message;
  const extra = additional.length + (udpBytes > 0 ? 1 : 0);
  const titled = parts.has('comments');
  const comments = [
    ';; Got answer:',
    `;; ->>HEADER<<- opcode: QUERY, status: ${RCODE_NAMES[rcode] ?? rcode}, id: ${id}`,
    `;; flags: ${flagsOf(message)}; QUERY: 1, ANSWER: ${answer.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${extra}`,
    ...(message.recursionAvailable ? [] : [';; WARNING: recursion requested but not available']),
    '',
    ...(udpBytes > 0 ? [';; OPT PSEUDOSECTION:', `; EDNS: version: 0, flags:; udp: ${udpBytes}`] : []),
  ];
  const asked = [
    ...(titled ? [';; QUESTION SECTION:'] : []),
    `;${question.name}${tabs(question.name, 1)}IN\t${typeName(question.type)}`,
    ...(titled ? [''] : []),
  ];
  const statistics = [
    `;; Query time: ${Math.floor((readAtNs - askedAtNs) / 1e6)} msec`,
    `;; SERVER: ${server}#53(${server}) (${tcp ? 'TCP' : 'UDP'})`,
    `;; WHEN: ${dateText(simulation.world.net.startEpochSeconds + Math.floor(readAtNs / 1e9))}`,
    `;; MSG SIZE  rcvd: ${bytes}`,
    '',
  ];
  const lines = [
    ...(titled ? comments : []),
    ...(parts.has('question') ? asked : []),
    ...(parts.has('answer') ? section('ANSWER', answer, titled) : []),
    ...(parts.has('authority') ? section('AUTHORITY', authority, titled) : []),
    ...(parts.has('additional') ? section('ADDITIONAL', additional, titled) : []),
    ...(parts.has('stats') ? statistics : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function flagsOf({ authoritative, truncated, recursionDesired, recursionAvailable }: Message): string {
  const flags = [
    'qr',
    authoritative ? 'aa' : '',
    truncated ? 'tc' : '',
    recursionDesired ? 'rd' : '',
    recursionAvailable ? 'ra' : '',
  ];
  return flags.filter((flag) => flag !== '').join(' ');
}

function section(title: string, records: readonly ResourceRecord[], titled: boolean): string[] {
  if (records.length === 0) return [];
  return [
    ...(titled ? [`;; ${title} SECTION:`] : []),
    ...records.map(({ name, ttl, type, data }) => {
      const owner = name + tabs(name, 0);
      return `${owner}${ttl}\tIN\t${typeName(type)}\t${type === RecordType.TXT ? `"${data}"` : data}`;
    }),
    ...(titled ? [''] : []),
  ];
}

/** Columns begin at 24; a name that reaches further is followed by one blank. @param before what stands before it */
function tabs(name: string, before: number): string {
  const width = name.length + before;
  const column = before === 1 ? 32 : 24;
  return width >= column ? (before === 1 ? '\t' : ' ') : '\t'.repeat(Math.ceil((column - width) / 8));
}

/** `Mon Jan 01 00:00:10 UTC 2024` */
function dateText(epochSeconds: number): string {
  return httpDate(epochSeconds).replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 UTC $4');
}
