/**
 * nslookup and host, of BIND 9.16 to 9.18: their questions are packets, their words are BIND's.
 * @see https://gitlab.isc.org/isc-projects/bind9 bin/dig/nslookup.c, bin/dig/host.c
 */
import { parseAddress } from '../../net/address.ts';
import { LookupFailure } from '../../net/dns/lookup.ts';
import { RCODE_NAMES, Rcode } from '../../net/dns/message.ts';
import { reverseName } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord, typeName, typeNamed } from '../../net/dns/record.ts';
import type { LookupPlan } from '../../net/dns/resolution.ts';
import type { ResolverConfig } from '../../net/dns/resolver-config.ts';
import { resolverConfigOf } from '../world/name-lookup.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { type LookedUp, lookUp } from './lookup.ts';
import { knownAddress, podOfSession } from './name-resolution.ts';

export interface ToolQuestion {
  readonly name: string;
  readonly types: readonly number[];
  /** Name or address of the server; absent: those of the resolver file. */
  readonly server: string | undefined;
  readonly searches: boolean;
  readonly udpBytes: number;
  readonly tcp?: boolean;
  /** Tries a server; absent: 3. */
  readonly tries?: number | undefined;
  /** Of each try; absent: 5 s. */
  readonly patienceNs?: number | undefined;
}

/** What a tool of BIND's asks, and of whom. */
export function toolPlan(session: Session, question: ToolQuestion): LookupPlan {
  const { names } = session.simulation.world;
  const own = resolverConfigOf(podOfSession(session), names);
  const { server, name, types, searches, udpBytes, tcp, tries, patienceNs } = question;
  const address = server === undefined ? undefined : knownAddress(session, server);
  const config: ResolverConfig =
    server === undefined ? own : { ...own, nameservers: address === undefined ? [] : [address] };
  if (address !== undefined && !session.deferred) session.simulation.world.net.addresses.intern(address);
  return {
    ...{ resolver: 'bind', family: 'any', name, types, searches, udpBytes, config },
    ...(tcp === true ? { tcp } : {}),
    ...(tries === undefined ? {} : { tries }),
    ...(patienceNs === undefined ? {} : { patienceNs }),
  };
}

/** `10.96.0.1` as the name that its owner is looked up by; other names as they are. */
export function questionName(name: string): { readonly name: string; readonly isReverse: boolean } {
  const address = parseAddress(name);
  return address === undefined
    ? { name, isReverse: false }
    : { name: reverseName(address.family, address.words), isReverse: true };
}

export function nslookup(session: Session, argv: readonly string[]): ExecResult {
  const [asked, server] = argv.filter((word) => !word.startsWith('-'));
  const options = nslookupOptions(argv.filter((word) => word.startsWith('-')));
  if (typeof options === 'string') return said('', options, 1);
  if (asked === undefined) return said('', 'nslookup: interactive mode is not modelled\n', 1);
  const { name, isReverse } = questionName(asked);
  const { type, complaints, tcp, tries, patienceNs, searches } = options;
  const types = isReverse ? [RecordType.PTR] : type === undefined ? [RecordType.A, RecordType.AAAA] : [type];
  const settings = { udpBytes: 0, tcp, tries, patienceNs };
  const plan = toolPlan(session, { name, types, server, searches: searches && !isReverse, ...settings });
  const done = lookUp(session, plan);
  const address = plan.config.nameservers[0] ?? '';
  const last = done.answers.at(-1);
  if (last === undefined) return said(complaints + silence(done, address, tcp ? asked : undefined), '', 1);
  const head = `${complaints}Server:\t\t${server ?? last.server}\nAddress:\t${last.server}#53\n\n`;
  const { rcode } = last.message;
  if (rcode !== Rcode.NoError) {
    const shown = rcode === Rcode.NxDomain ? asked : last.message.question.name.replace(/\.$/, '');
    const text = isReverse ? name.replace(/\.$/, '') : shown;
    return said(`${head}** server can't find ${text}: ${RCODE_NAMES[rcode] ?? rcode}\n\n`, '', 1);
  }
  const told = done.answers.filter(({ message }) => message.rcode === Rcode.NoError);
  const records = told.map(({ message }) => message.answer);
  const found = records.some((list) => list.length > 0);
  const authority = told[0]!.message.authoritative || !found ? '' : 'Non-authoritative answer:\n';
  const [first = []] = records;
  const more = records.slice(1).flatMap((list) => list.filter((record) => record.type !== RecordType.CNAME));
  const lines = [...first, ...more].map(nslookupLine).join('');
  const none = found ? '' : `*** Can't find ${asked}: No answer\n`;
  return said(`${head}${authority}${lines}${none}\n`, '', 0);
}

interface NslookupOptions {
  readonly type: number | undefined;
  /** Of options that there aren't, which are passed over. */
  readonly complaints: string;
  readonly tcp: boolean;
  readonly searches: boolean;
  readonly tries: number | undefined;
  readonly patienceNs: number | undefined;
}

const NSLOOKUP_UNMODELLED =
  /^-(all|class=|cl=|d2|deb|debug|nodebug|domain=|do=|fail|nofail|ndots=|port=|po=|rec|recurse|norec|norecurse|nod2)/;

/** @returns a text where one of them is not modelled */
function nslookupOptions(words: readonly string[]): NslookupOptions | string {
  let [type, tries, patienceNs]: (number | undefined)[] = [];
  let [complaints, tcp, searches] = ['', false, true];
  for (const word of words) {
    const [, option = '', value = ''] = /^-([^=]*)=?(.*)$/s.exec(word) ?? [];
    if (['type', 'ty', 'querytype', 'query', 'qu', 'q'].includes(option)) {
      type = typeNamed(value);
      if (type === undefined) return `nslookup: the type ${value} is not modelled\n`;
    } else if (['timeout', 't', 'retry', 'r'].includes(option) && /^\d+$/.test(value)) {
      if (option.startsWith('t')) patienceNs = Math.max(1, Number(value)) * 1e9;
      else tries = Math.max(1, Number(value));
    } else if (option === 'vc' || option === 'novc') tcp = option === 'vc';
    else if (/^(no)?sea(rch)?$/.test(option)) searches = !option.startsWith('no');
    else if (NSLOOKUP_UNMODELLED.test(word)) return `nslookup: ${word} is not modelled\n`;
    else complaints += `*** Invalid option: ${word.slice(1)}\n`;
  }
  return { type, tries, patienceNs, complaints, tcp, searches };
}

function nslookupLine({ name, type, data }: ResourceRecord): string {
  const owner = name.replace(/\.$/, '');
  switch (type) {
    case RecordType.A:
    case RecordType.AAAA:
      return `Name:\t${owner}\nAddress: ${data}\n`;
    case RecordType.CNAME:
      return `${owner}\tcanonical name = ${data}\n`;
    case RecordType.PTR:
      return `${owner}\tname = ${data}\n`;
    case RecordType.SRV:
      return `${owner}\tservice = ${data}\n`;
    case RecordType.TXT:
      return `${owner}\ttext = "${data}"\n`;
    default:
      return `${owner}\t${typeName(type).toLowerCase()} = ${data}\n`;
  }
}

/** What the tools say when nobody answers: each try in a line, then that they give up. @param tcpName over TCP, the name */
export function silence({ queries, refusals }: LookedUp, address: string, tcpName?: string): string {
  const lines = Array.from({ length: queries }, (_, i) => {
    const why = i < refusals ? 'connection refused' : 'timed out';
    return tcpName === undefined
      ? `;; communications error to ${address}#53: ${why}\n`
      : `;; Connection to ${address}#53(${address}) for ${tcpName} failed: ${why}.\n`;
  });
  return `${lines.join('')};; no servers could be reached\n\n`;
}

const HOST_USAGE = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
`;

export function host(session: Session, argv: readonly string[]): ExecResult {
  const words: string[] = [];
  let [type, tries, patienceNs]: (number | undefined)[] = [];
  let tcp = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const value = word.slice(2) || argv[i + 1] || '';
    if (!word.startsWith('-')) words.push(word);
    else if (word === '-T' || word === '-U' || word === '-4') tcp = word === '-T' || (tcp && word === '-4');
    else if (/^-[tWR]/.test(word)) {
      if (word.length === 2) i++;
      const number = Number(value);
      if (word[1] === 't') {
        type = typeNamed(value);
        if (type === undefined) return said('', `host: the type ${value} is not modelled\n`, 1);
      } else if (!(number >= 0)) return said('', `host: ${word} ${value}: a number is wanted\n`, 1);
      else if (word[1] === 'W') patienceNs = Math.max(1, number) * 1e9;
      else tries = number + 1;
    } else if (/^-[aACcdilmNprsvVw6]/.test(word)) return said('', `host: ${word} is not modelled\n`, 1);
    else return said('', `host: illegal option -- ${word[1] ?? ''}\n${HOST_USAGE}`, 1);
  }
  const [asked, server] = words;
  if (asked === undefined) return said('', HOST_USAGE, 1);
  const { name, isReverse } = questionName(asked);
  const types = isReverse
    ? [RecordType.PTR]
    : type === undefined
      ? [RecordType.A, RecordType.AAAA, RecordType.MX]
      : [type];
  const plan = toolPlan(session, { name, types, server, searches: !isReverse, udpBytes: 0, tcp, tries, patienceNs });
  const done = lookUp(session, plan);
  const last = done.answers.at(-1);
  if (last === undefined) {
    return said(silence(done, plan.config.nameservers[0] ?? '', tcp ? asked : undefined), '', 1);
  }
  const head =
    server === undefined ? '' : `Using domain server:\nName: ${server}\nAddress: ${last.server}#53\nAliases: \n\n`;
  const { rcode } = last.message;
  if (rcode !== Rcode.NoError || done.error !== LookupFailure.None) {
    const shown = isReverse ? name : asked;
    return said(`${head}Host ${shown} not found: ${rcode}(${RCODE_NAMES[rcode] ?? ''})\n`, '', 1);
  }
  const told = done.answers.filter(({ message }) => message.rcode === Rcode.NoError);
  const lines = told.flatMap(({ message }, i) =>
    message.answer.filter((record) => i === 0 || record.type !== RecordType.CNAME).map(hostLine),
  );
  const none = type === undefined ? '' : `${asked} has no ${typeName(type)} record\n`;
  return said(head + (lines.length > 0 ? lines.join('') : none), '', 0);
}

function hostLine({ name, type, data }: ResourceRecord): string {
  const owner = name.replace(/\.$/, '');
  switch (type) {
    case RecordType.A:
      return `${owner} has address ${data}\n`;
    case RecordType.AAAA:
      return `${owner} has IPv6 address ${data}\n`;
    case RecordType.CNAME:
      return `${owner} is an alias for ${data}\n`;
    case RecordType.PTR:
      return `${owner} domain name pointer ${data}\n`;
    case RecordType.SRV:
      return `${owner} has SRV record ${data}\n`;
    case RecordType.TXT:
      return `${owner} descriptive text "${data}"\n`;
    case RecordType.MX:
      return `${owner} mail is handled by ${data}\n`;
    default:
      return `${owner} has ${typeName(type)} record ${data}\n`;
  }
}
