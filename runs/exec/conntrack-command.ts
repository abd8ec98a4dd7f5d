/**
 * conntrack on a host's table of connections.
 */

import { type Prefix, parseAddress, parsePrefix } from '../../net/address.ts';
import { NetCommandKind } from '../../net/command.ts';
import { Status } from '../../net/conntrack/status.ts';
import { TCP_STATE_NAMES } from '../../net/conntrack/tcp-state.ts';
import { type ConntrackFilter, FLUSHED, formatEntries, selectEntries } from '../../net/view/conntrack-list.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  icmpv6: 58,
  sctp: 132,
};
const HEAD = 'conntrack v1.4.7 (conntrack-tools): ';
const HELP = "Try `conntrack -h' or 'conntrack --help' for more information.\n";

type Draft = { -readonly [K in keyof ConntrackFilter]: ConntrackFilter[K] };

/** What an option puts into the filter; a text: why its value is refused. */
type Reader = (filter: Draft, value: string) => string | undefined;

const prefixOption =
  (field: 'originalSource' | 'originalDestination' | 'replySource' | 'replyDestination'): Reader =>
  (filter, value) => {
    const prefix = prefixOf(value);
    if (prefix === undefined) return `Invalid IP address \`${value}'`;
    filter[field] = prefix;
    return undefined;
  };

const portOption =
  (field: 'originalSourcePort' | 'originalDestinationPort' | 'replySourcePort' | 'replyDestinationPort'): Reader =>
  (filter, value) => {
    if (!/^\d+$/.test(value)) return `\`${value}' is not a valid port`;
    filter[field] = Number(value);
    return undefined;
  };

const natOption =
  (field: 'srcNat' | 'dstNat'): Reader =>
  (filter, value) => {
    const prefix = prefixOf(value);
    if (prefix === undefined) return `Invalid IP address \`${value}'`;
    filter[field] = prefix;
    return undefined;
  };

const READERS: Readonly<Record<string, Reader>> = {
  '-p': (filter, value) => {
    const protocol = PROTOCOLS[value.toLowerCase()] ?? (/^\d+$/.test(value) ? Number(value) : undefined);
    if (protocol === undefined) return `\`${value}' unsupported protocol`;
    filter.protocol = protocol;
    return undefined;
  },
  '-f': (filter, value) => {
    filter.family = value === 'ipv6' ? 6 : 4;
    return undefined;
  },
  '-s': prefixOption('originalSource'),
  '-d': prefixOption('originalDestination'),
  '-r': prefixOption('replySource'),
  '-q': prefixOption('replyDestination'),
  '--sport': portOption('originalSourcePort'),
  '--dport': portOption('originalDestinationPort'),
  '--reply-port-src': portOption('replySourcePort'),
  '--reply-port-dst': portOption('replyDestinationPort'),
  '--state': (filter, value) => {
    const state = (TCP_STATE_NAMES as readonly string[]).indexOf(value.toUpperCase());
    if (state < 0) return `\`${value}' invalid state`;
    filter.state = state;
    return undefined;
  },
  '-u': (filter, value) => {
    for (const word of value.split(',')) {
      if (word === 'ASSURED') filter.status = (filter.status ?? 0) | Status.Assured;
      else if (word === 'SEEN_REPLY') filter.status = (filter.status ?? 0) | Status.SeenReply;
      else if (word === 'UNREPLIED' || word === 'UNSET') filter.unreplied = true;
      else return `\`${word}' invalid status`;
    }
    return undefined;
  },
  '-m': (filter, value) => {
    const [mark, mask = '0xffffffff'] = value.split('/');
    filter.mark = { value: Number(mark) | 0, mask: Number(mask) | 0 };
    return undefined;
  },
  '-n': natOption('srcNat'),
  '-g': natOption('dstNat'),
  '-o': () => undefined,
};

const LONG_NAMES: Readonly<Record<string, string>> = {
  '--protonum': '-p',
  '--proto': '-p',
  '--family': '-f',
  '--src': '-s',
  '--orig-src': '-s',
  '--dst': '-d',
  '--orig-dst': '-d',
  '--reply-src': '-r',
  '--reply-dst': '-q',
  '--orig-port-src': '--sport',
  '--orig-port-dst': '--dport',
  '--status': '-u',
  '--mark': '-m',
  '--src-nat': '-n',
  '--dst-nat': '-g',
  '--output': '-o',
};

const COMMANDS: Readonly<Record<string, string>> = {
  '-L': 'L',
  '--dump': 'L',
  '-D': 'D',
  '--delete': 'D',
  '-F': 'F',
  '--flush': 'F',
  '-C': 'C',
  '--count': 'C',
  '-S': 'S',
  '--stats': 'S',
};

function prefixOf(text: string): Prefix | undefined {
  return parseAddress(text.split('/')[0]!) === undefined ? undefined : parsePrefix(text);
}

function complaint(reason: string): ExecResult {
  return said('', `${HEAD}${reason}\n${HELP}`, 2);
}

export function conntrack({ simulation, host }: Session, argv: readonly string[]): ExecResult {
  const parsed = parse(argv);
  if (typeof parsed === 'string') return complaint(parsed);
  const { command, filter } = parsed;
  const { addresses } = simulation.world.net;
  const { nowNs } = simulation;
  const table = host.conntrack;
  const forget = (text: string): void => {
    simulation.schedule({ kind: NetCommandKind.ForgetConnections, at: nowNs, host: host.id, text });
    simulation.runUntil(nowNs);
  };
  switch (command) {
    case 'C':
      return said(`${table.count(nowNs)}\n`);
    case 'F':
      forget('{}');
      return FLUSHED;
    case 'L':
    case 'D': {
      const entries = selectEntries(table, addresses, nowNs, filter);
      const output = formatEntries(addresses, entries, nowNs, table.settings.accounting, command);
      if (command === 'D') forget(JSON.stringify(filter));
      return output;
    }
    default:
      return complaint('the statistics are not modelled');
  }
}

function parse(argv: readonly string[]): { readonly command: string; readonly filter: ConntrackFilter } | string {
  const filter: Draft = {};
  let command: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const [word = '', joined] = argv[i]!.startsWith('--') ? argv[i]!.split('=') : [argv[i]!];
    if (COMMANDS[word] !== undefined) {
      command = COMMANDS[word];
      continue;
    }
    if (word === 'conntrack') continue;
    const name = LONG_NAMES[word] ?? word;
    const reader = READERS[name];
    if (reader === undefined) return `unknown option \`${word}'`;
    if ((name === '-n' || name === '-g') && joined === undefined && !/^[\da-f]/.test(argv[i + 1] ?? '')) {
      filter[name === '-n' ? 'srcNat' : 'dstNat'] = true;
      continue;
    }
    const value = joined ?? argv[++i];
    if (value === undefined) return `option \`${word}' requires an argument`;
    const refused = reader(filter, value);
    if (refused !== undefined) return refused;
  }
  return command === undefined ? 'a command such as -L is wanted' : { command, filter };
}
