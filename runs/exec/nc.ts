/**
 * nc: OpenBSD's as Debian has it, and BusyBox's. It connects, sends standard input, and prints what comes back.
 * @see nc(1) of netcat-openbsd (texts measured with 1.219), busybox networking/nc.c
 */
import { NetCommandKind, type StartRequest } from '../../net/command.ts';
import { responseText } from '../../net/http.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { type Exchange, exchange, NO_TRAFFIC, watchRequest } from './exchange.ts';
import { type ExecResult, handleOf, type Session, said } from './exec-world.ts';
import { sendDeferred, tcpRequest } from './http-fetch.ts';
import { knownAddress, resolveName } from './name-resolution.ts';
import { isBusyBox } from './user-land.ts';

const SECOND_NS = 1e9;
/** How long a scan of UDP sends datagrams before it takes silence for a yes. */
const UDP_SCAN_NS = 3 * SECOND_NS;
const LONGEST_NS = 20 * 60 * SECOND_NS;
const PROBE_BYTES = 1;

/** Names of ports in the list that Debian has. @see services(5) */
const SERVICES: Readonly<Record<number, string>> = {
  21: 'ftp',
  22: 'ssh',
  25: 'smtp',
  53: 'domain',
  80: 'http',
  110: 'pop3',
  143: 'imap2',
  389: 'ldap',
  443: 'https',
  3306: 'mysql',
  5432: 'postgresql',
  5672: 'amqp',
  6379: 'redis',
  8080: 'http-alt',
  9418: 'git',
  11211: 'memcached',
};

interface NcOptions {
  readonly scan: boolean;
  readonly verbose: boolean;
  readonly udp: boolean;
  readonly numeric: boolean;
  /** 0: none. */
  readonly timeoutNs: number;
  readonly host: string;
  readonly ports: readonly number[];
}

export function nc(session: Session, argv: readonly string[]): ExecResult {
  const options = parse(argv);
  if (typeof options === 'string') return said('', options, 1);
  const { host, ports, numeric, udp } = options;
  if (session.deferred) {
    if (!udp)
      for (const port of ports)
        sendDeferred(session, host, tcpRequest(session, port, session.stdin, options.timeoutNs));
    return said('');
  }
  const known = knownAddress(session, host);
  const resolved = known !== undefined || numeric ? undefined : resolveName(session, host);
  const address = known ?? resolved?.address;
  const small = isBusyBox(session);
  if (address === undefined) {
    const why = `getaddrinfo for host "${host}" port ${ports[0]}: ${resolved?.reason ?? 'Name or service not known'}`;
    return said('', small ? `nc: bad address '${host}'\n` : `nc: ${why}\n`, 1);
  }
  let stdout = '';
  let stderr = '';
  let exitCode = 1;
  for (const port of ports) {
    const done = udp ? datagrams(session, options, address, port) : connection(session, options, address, port);
    const isUp = udp
      ? done.outcome !== Outcome.Refused && done.outcome !== Outcome.Unreachable
      : done.connectedAtNs >= 0;
    const target = known === host ? address : `${host} (${address})`;
    const protocol = udp ? 'udp' : 'tcp';
    if (isUp) exitCode = 0;
    if (small) {
      const place = `${host} (${address}:${port})`;
      if (isUp && options.verbose) stderr += `${place} open\n`;
      else if (!isUp) stderr += `nc: ${options.verbose ? `${place}: ` : ''}${small ? failureText(done, true) : ''}\n`;
    } else if (isUp && options.verbose) {
      const service = numeric ? '*' : (SERVICES[port] ?? '*');
      stderr += `Connection to ${target} ${port} port [${protocol}/${service}] succeeded!\n`;
    } else if (!isUp && options.verbose && !udp) {
      stderr += `nc: connect to ${known === host ? address : `${host} (${address})`} port ${port} (${protocol}) ${failureText(done, false)}\n`;
    }
    if (done.response !== undefined && !options.scan) stdout += responseText(done.response);
  }
  return said(stdout, stderr, exitCode);
}

function failureText({ outcome, localAddress }: Exchange, small: boolean): string {
  if (outcome === Outcome.Timeout) return small ? 'Connection timed out' : 'timed out: Operation now in progress';
  const why =
    outcome === Outcome.Refused
      ? 'Connection refused'
      : outcome === Outcome.Unreachable
        ? localAddress === ''
          ? 'Network is unreachable'
          : 'No route to host'
        : 'Connection reset by peer';
  return small ? why : `failed: ${why}`;
}

/** A scan closes once the connection stands; else standard input is sent and an answer waited for. */
function connection(session: Session, { scan, timeoutNs }: NcOptions, address: string, port: number): Exchange {
  const { simulation } = session;
  const text = scan ? '' : session.stdin;
  const command = { ...tcpRequest(session, port, text, timeoutNs), destination: handleOf(session, address) };
  if (text !== '') return exchange(simulation, command);
  const watch = watchRequest(simulation, command);
  simulation.runWhile(() => watch.isPending() && watch.result().connectedAtNs < 0, command.at + LONGEST_NS);
  watch.finish();
  watch.stop();
  return watch.result();
}

function datagrams(session: Session, { scan }: NcOptions, address: string, port: number): Exchange {
  const { simulation, host } = session;
  const command: StartRequest = {
    kind: NetCommandKind.StartRequest,
    at: simulation.nowNs,
    host: host.id,
    traffic: NO_TRAFFIC,
    number: 0,
    protocol: Protocol.Udp,
    destination: handleOf(session, address),
    destinationPort: port,
    source: 0,
    sourcePort: 0,
    requestBytes: Math.max(PROBE_BYTES, new TextEncoder().encode(session.stdin).length),
    responseBytes: -1,
    timeoutNs: UDP_SCAN_NS,
    text: scan ? '' : session.stdin,
    keep: false,
  };
  return exchange(simulation, command);
}

function parse(argv: readonly string[]): NcOptions | string {
  const letters = new Set<string>();
  const words: string[] = [];
  let seconds = 0;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!/^-./.test(word)) {
      words.push(word);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      if ('wqip'.includes(letter)) {
        const value = word.slice(at + 1) || (argv[++i] ?? '');
        if (letter === 'w') seconds = Number(value);
        break;
      }
      if (letter === 'l') return 'nc: to listen is not modelled: what listens is what images do\n';
      if (!'zvun46NCtd'.includes(letter)) return `nc: invalid option -- '${letter}'\n`;
      letters.add(letter);
    }
  }
  const [host, range = ''] = words;
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  if (host === undefined || range === '') return 'usage: nc [-46CdNnuvz] [-w timeout] [destination] [port]\n';
  if (match === null) return `nc: port number invalid: ${range}\n`;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  return {
    scan: letters.has('z'),
    verbose: letters.has('v'),
    udp: letters.has('u'),
    numeric: letters.has('n'),
    timeoutNs: Number.isFinite(seconds) ? seconds * SECOND_NS : 0,
    host,
    ports: Array.from({ length: Math.min(1000, Math.max(0, last - first) + 1) }, (_, i) => first + i),
  };
}
