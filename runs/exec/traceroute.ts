/**
 * traceroute: datagrams, or echo requests with `-I`, whose TTL runs out at one host after the other. Several are under way
 * at once, as the real one has them, so that a host's ration of ICMP errors shows as asterisks. Names of hosts on the way
 * are not looked up.
 * @see traceroute(8) of Dmitry Butskoy's traceroute
 */
import { NetCommandKind } from '../../net/command.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { type Exchange, NO_TRAFFIC, type Watch, watchRequest } from './exchange.ts';
import { type ExecResult, handleOf, type Session, said } from './exec-world.ts';
import { resolveName } from './name-resolution.ts';
import { isBusyBox } from './user-land.ts';

const SECOND_NS = 1e9;
const FIRST_PORT = 33_434;
/** Probes under way at once, and the time between two of them. Rests on: model (a program that does nothing else). */
const AT_ONCE = 16;
const BETWEEN_NS = 50_000;
const HEADER_BYTES = 28;

interface TracerouteOptions {
  readonly name: string;
  readonly echo: boolean;
  readonly maxHops: number;
  readonly firstHop: number;
  readonly probes: number;
  readonly waitNs: number;
  readonly port: number;
  readonly numeric: boolean;
  /** Of the whole packet. */
  readonly sizeBytes: number;
}

interface Probe {
  readonly ttl: number;
  readonly watch: Watch;
}

export function traceroute(session: Session, argv: readonly string[]): ExecResult {
  const small = isBusyBox(session);
  const options = parse(argv, small);
  if (typeof options === 'string') return said('', `${options}\n`, 2);
  const { name, maxHops, sizeBytes } = options;
  const { address, reason } = resolveName(session, name);
  if (address === undefined) {
    const why = small
      ? `traceroute: bad address '${name}'`
      : `${name}: ${reason}\nCannot handle "host" cmdline arg \`${name}' on position 1 (argc ${argv.length})`;
    return said('', `${why}\n`, small ? 1 : 2);
  }
  const head = `traceroute to ${name} (${address}), ${maxHops} hops max, ${sizeBytes} byte packets\n`;
  if (session.deferred) return said('');
  const lines: string[] = [];
  const perRound = Math.max(1, Math.floor(AT_ONCE / options.probes));
  for (let ttl = options.firstHop; ttl <= maxHops; ttl += perRound) {
    const hops = Array.from({ length: Math.min(perRound, maxHops - ttl + 1) }, (_, i) => ttl + i);
    const found = round(session, options, address, hops);
    for (const hop of hops) {
      const answers = found.filter((probe) => probe.ttl === hop).map(({ watch }) => toldBy(watch.result(), address));
      lines.push(hopLine(hop, answers, options));
      if (answers.some((answer) => answer?.isLast === true)) return said(head + lines.join(''));
    }
  }
  return said(head + lines.join(''));
}

/** The probes of some hops, sent one after the other and waited for together. */
function round(
  session: Session,
  options: TracerouteOptions,
  address: string,
  hops: readonly number[],
): readonly Probe[] {
  const { simulation, host } = session;
  const destination = handleOf(session, address);
  const startedAtNs = simulation.nowNs;
  const probes = hops.flatMap((ttl) =>
    Array.from({ length: options.probes }, (_, i) => ({ ttl, number: (ttl - 1) * options.probes + i })),
  );
  const sent = probes.map(({ ttl, number }, i): Probe => {
    const watch = watchRequest(simulation, {
      kind: NetCommandKind.StartRequest,
      at: startedAtNs + i * BETWEEN_NS,
      host: host.id,
      traffic: NO_TRAFFIC,
      number,
      protocol: options.echo ? Protocol.Icmp : Protocol.Udp,
      destination,
      destinationPort: options.echo ? 0 : options.port + number,
      source: 0,
      sourcePort: 0,
      requestBytes: options.sizeBytes - HEADER_BYTES,
      responseBytes: options.sizeBytes - HEADER_BYTES,
      timeoutNs: 0,
      text: '',
      keep: false,
      ttl,
    });
    return { ttl, watch };
  });
  const latestNs = startedAtNs + sent.length * BETWEEN_NS + options.waitNs;
  const isOpen = (): boolean => sent.some(({ watch }) => watch.isPending() && watch.result().lastAtNs < 0);
  if (!simulation.runWhile(isOpen, latestNs)) simulation.runUntil(latestNs);
  for (const { watch } of sent) {
    watch.finish();
    watch.stop();
  }
  return sent;
}

/** What a probe brought: from whom, after how long, and a mark for what is no ordinary answer. */
interface Told {
  readonly from: string;
  readonly ms: string;
  readonly mark: string;
  /** Nothing further will come of more hops. */
  readonly isLast: boolean;
}

function toldBy(exchange: Exchange, address: string): Told | undefined {
  const { outcome, startedAtNs, endedAtNs, localAddress, lastFrom, lastFlags, lastAtNs } = exchange;
  const after = (ns: number): string => ((ns - startedAtNs) / 1e6).toFixed(3);
  if (lastAtNs >= 0) {
    const isLast = outcome === Outcome.Answered || lastFrom === address || lastFlags >> 8 === 3;
    return { from: lastFrom, ms: after(lastAtNs), mark: MARKS[lastFlags] ?? '', isLast };
  }
  if (outcome !== Outcome.Unreachable || localAddress === '') return undefined;
  // Its own kernel says that no neighbour has answered.
  return { from: localAddress, ms: after(endedAtNs), mark: ' !H', isLast: true };
}

/** Answers of one host stand behind its name; another host's name stands before its own. */
function hopLine(ttl: number, answers: readonly (Told | undefined)[], { numeric }: TracerouteOptions): string {
  let line = String(ttl).padStart(2);
  let last = '';
  for (const answer of answers) {
    if (answer === undefined) {
      line += ' *';
      continue;
    }
    const { from, ms, mark } = answer;
    if (from !== last) line += numeric ? `  ${from}` : `  ${from} (${from})`;
    last = from;
    line += `  ${ms} ms${mark}`;
  }
  return `${line}\n`;
}

/** By ICMP type << 8 | code: what is said besides that the datagram's time was over, or that it arrived. */
const MARKS: Readonly<Record<number, string>> = {
  [3 << 8]: ' !N',
  [(3 << 8) | 1]: ' !H',
  [(3 << 8) | 2]: ' !P',
  [(3 << 8) | 9]: ' !X',
  [(3 << 8) | 10]: ' !X',
  [(3 << 8) | 13]: ' !X',
};

function parse(argv: readonly string[], small: boolean): TracerouteOptions | string {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!/^-./.test(word)) words.push(word);
    else if ('mqwpfs'.includes(word[1]!)) values.set(word[1]!, word.slice(2) || (argv[++i] ?? ''));
    else if ('nI4UF'.includes(word[1]!)) for (const letter of word.slice(1)) values.set(letter, '');
    else if (word[1] === 'T') return 'traceroute: -T is not modelled';
    else return `Bad option \`${word}' (argc ${i + 1})`;
  }
  const [name, size] = words;
  if (name === undefined) return 'Specify "host" missing argument.';
  const number = (letter: string, fallback: number): number => Number(values.get(letter) ?? fallback) || fallback;
  return {
    name,
    echo: values.has('I'),
    maxHops: number('m', 30),
    firstHop: number('f', 1),
    probes: number('q', 3),
    waitNs: number('w', 5) * SECOND_NS,
    port: number('p', FIRST_PORT),
    numeric: values.has('n'),
    sizeBytes: Math.max(HEADER_BYTES, Number(size ?? (small ? 46 : 60)) || 60),
  };
}
