/**
 * dig's command line: what is asked, of whom and how, and which parts of the answer are printed.
 * @see https://gitlab.isc.org/isc-projects/bind9 bin/dig/dig.c plus_option
 */
import { BIND_UDP_BYTES } from '../../net/dns/bind.ts';
import { typeNamed } from '../../net/dns/record.ts';

/** Parts of what dig prints. */
export type DigPart = 'cmd' | 'comments' | 'question' | 'answer' | 'authority' | 'additional' | 'stats';

const PARTS: readonly DigPart[] = ['cmd', 'comments', 'question', 'answer', 'authority', 'additional', 'stats'];

export interface DigOptions {
  /** As typed; absent: those of the resolver file. */
  readonly server: string | undefined;
  readonly name: string;
  readonly type: number | undefined;
  /** The name is an address whose owner is asked for. */
  readonly isReverse: boolean;
  readonly parts: ReadonlySet<DigPart>;
  readonly isShort: boolean;
  readonly searches: boolean;
  readonly tcp: boolean;
  /** 0: no OPT record. */
  readonly udpBytes: number;
  /** Tries a server; absent: 3. */
  readonly tries: number | undefined;
  readonly patienceNs: number | undefined;
}

/** What it says of options that it doesn't know. */
const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

/** Query options that the real one has beside those below. */
const UNMODELLED: ReadonlySet<string> = new Set(
  (
    'aaflag aaonly adflag aaflag badcookie besteffort cdflag class coflag crypto dns64prefix dnssec do domain ' +
    'dscp ednsflags ednsnegotiation ednsopt expandaaaa expire fail fuzztime header-only https https-get https-post ' +
    'http-plain http-plain-get http-plain-post identify idnin idnout idn ignore keepalive keepopen mapped multiline ' +
    'ndots nsid nssearch onesoa opcode padding qid qr raflag rdflag recurse rrcomments showsearch split subnet ' +
    'tcflag tls tls-ca tls-certfile tls-hostname tls-keyfile topdown trace trusted-key ttlid ttlunits unexpected ' +
    'unknownformat yaml zflag zoneversion sigchase besteffort cookie'
  ).split(' '),
);

/** @returns a text where it gives up: what stands on standard error */
export function parseDig(argv: readonly string[]): DigOptions | string {
  const parts = new Set<DigPart>(PARTS);
  let [server, name, type]: [string | undefined, string | undefined, number | undefined] = [
    undefined,
    undefined,
    undefined,
  ];
  let [isReverse, isShort, searches, tcp] = [false, false, false, false];
  let udpBytes = BIND_UDP_BYTES;
  let tries: number | undefined;
  let patienceNs: number | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word.startsWith('@')) server = word.slice(1);
    else if (word.startsWith('+')) {
      const [, not, option = '', value] = /^\+(no)?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const on = not === undefined;
      const part = PARTS.find((one) => one === option);
      if (part !== undefined) on ? parts.add(part) : parts.delete(part);
      else if (option === 'all') for (const one of PARTS.slice(1)) on ? parts.add(one) : parts.delete(one);
      else if (option === 'short') isShort = on;
      else if (option === 'search' || option === 'defname') searches = on;
      else if (option === 'tcp' || option === 'vc') tcp = on;
      else if (option === 'edns') udpBytes = on ? BIND_UDP_BYTES : 0;
      else if (option === 'cookie' && !on) continue;
      else if (['time', 'timeout', 'tries', 'retry', 'bufsize'].includes(option) && on) {
        if (value === undefined || !/^\d+$/.test(value)) {
          const what =
            option === 'bufsize' ? 'buffer size' : option.replace('time', 'timeout').replace('outout', 'out');
          return `invalid ${what} '${value ?? ''}': not a valid number\ndig: Couldn't parse ${what}\n`;
        }
        const number = Number(value);
        if (option === 'bufsize') udpBytes = number;
        else if (option === 'tries') tries = Math.max(1, number);
        else if (option === 'retry') tries = number + 1;
        else patienceNs = Math.max(1, number) * 1e9;
      } else if (UNMODELLED.has(option)) return `dig: ${word} is not modelled\n`;
      else return `Invalid option: ${word.replace(/=.*/s, '')}\n${USAGE}`;
      if (option === 'all' && not !== undefined) parts.delete('cmd');
    } else if (word === '-x') isReverse = true;
    else if (word === '-t') {
      const given = argv[++i] ?? '';
      const found = typeNamed(given);
      if (found === undefined) return `dig: the type ${given} is not modelled\n`;
      type = found;
    } else if (word === '-q') name = argv[++i];
    else if (word === '-4' || word === '-r' || word === '-u') {
      if (word === '-u') return 'dig: -u is not modelled\n';
    } else if (/^-[bcfhikmpvy6]/.test(word)) return `dig: ${word} is not modelled\n`;
    else if (word.startsWith('-')) return `Invalid option: ${word}\n${USAGE}`;
    else if (word.toUpperCase() !== 'IN') {
      const found = typeNamed(word);
      if (found !== undefined && type === undefined) type = found;
      else if (name !== undefined) return 'dig: more than one question is not modelled\n';
      else name = word;
    }
  }
  return {
    ...{ server, type, isReverse, parts, isShort, searches, tcp, udpBytes, tries, patienceNs },
    name: name ?? '.',
  };
}
