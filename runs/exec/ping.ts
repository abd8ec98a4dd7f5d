/**
 * ping: echo requests over the simulated network, one a second. Not `-f`, not a run without end: `-c` is wanted.
 * @see ping(8) of iputils
 */
import { NetCommandKind } from '../../net/command.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { type Exchange, NO_TRAFFIC, watchRequest } from './exchange.ts';
import { type ExecResult, handleOf, type Session, said } from './exec-world.ts';
import { nameOfAddress, resolveName } from './name-resolution.ts';
import { isBusyBox } from './user-land.ts';

const SECOND_NS = 1e9;
/** Without `-W`, how long the last answer is waited for. */
const WAIT_NS = 10 * SECOND_NS;
const DATA_BYTES = 56;
const HEADER_BYTES = 28;

export function ping(session: Session, argv: readonly string[]): ExecResult {
  const options = parse(argv);
  if (typeof options === 'string') return said('', `ping: ${options}\n`, 2);
  const { name, count, intervalNs, sizeBytes, quiet, numeric } = options;
  const { address, reason } = resolveName(session, name);
  const small = isBusyBox(session);
  if (address === undefined && small) return said('', `ping: bad address '${name}'\n`, 1);
  if (address === undefined) return said('', `ping: ${name}: ${reason}\n`, 2);
  const startedAtNs = session.simulation.nowNs;
  const echoes = sendAll(session, address, options);
  if (echoes[0]?.outcome === Outcome.Unreachable && echoes[0].localAddress === '') {
    return small
      ? said(smallHead(options, address), 'ping: sendto: Network is unreachable\n', 1)
      : said('', 'ping: connect: Network is unreachable\n', 2);
  }
  if (small) return said(smallText(options, address, echoes), '', echoes.some(isAnswered) ? 0 : 1);
  const told = [...echoes].sort((a, b) => a.endedAtNs - b.endedAtNs || a.number - b.number);
  const owner = numeric || name === address || !echoes.some(isAnswered) ? undefined : nameOfAddress(session, address);
  const from = owner === undefined ? address : `${owner} (${address})`;
  const lines = told.flatMap((echo) => {
    const text = echoText(echo, from, sizeBytes);
    return text === '' || quiet ? [] : [`${text}\n`];
  });
  const times = echoes.filter(isAnswered).map(({ endedAtNs, startedAtNs: sent }) => (endedAtNs - sent) / 1e6);
  const errors = echoes.filter(({ outcome }) => isError(outcome)).length;
  const lost = Math.floor(((count - times.length) * 100) / count);
  // From the first to the last that went out: what the last one is waited for does not count.
  const tookMs = Math.floor(((count - 1) * intervalNs) / 1e6);
  const summary = `${count} packets transmitted, ${times.length} received${errors === 0 ? '' : `, +${errors} errors`}, ${lost}% packet loss, time ${tookMs}ms`;
  // As many as were out at once when one was heard of.
  const heard = echoes.filter((echo) => isAnswered(echo) || isError(echo.outcome));
  const out = heard.map(({ number, endedAtNs }) => {
    const sent = Math.min(count, Math.floor((endedAtNs - startedAtNs) / intervalNs) + 1);
    return sent - number + 1;
  });
  const pipe = Math.max(1, ...out);
  const head = `PING ${name} (${address}) ${sizeBytes}(${sizeBytes + HEADER_BYTES}) bytes of data.\n`;
  const text = `${head}${lines.join('')}\n--- ${name} ping statistics ---\n${summary}\n${lastLine(times, pipe)}`;
  return said(text, '', times.length > 0 ? 0 : 1);
}

function smallHead({ name, sizeBytes }: PingOptions, address: string): string {
  return `PING ${name} (${address}): ${sizeBytes} data bytes\n`;
}

/** What BusyBox's ping prints: it counts from 0 and passes over errors. @see busybox networking/ping.c */
function smallText(options: PingOptions, address: string, echoes: readonly Echo[]): string {
  const { name, count, sizeBytes, quiet } = options;
  const answered = echoes.filter(isAnswered);
  const times = answered.map(({ endedAtNs, startedAtNs }) => (endedAtNs - startedAtNs) / 1e6);
  const lines = answered.map(
    ({ number, ttl }, i) =>
      `${sizeBytes + 8} bytes from ${address}: seq=${number - 1} ttl=${ttl} time=${times[i]!.toFixed(3)} ms\n`,
  );
  const lost = Math.floor(((count - answered.length) * 100) / count);
  const summary = `${count} packets transmitted, ${answered.length} packets received, ${lost}% packet loss\n`;
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const spreads = [Math.min(...times), mean, Math.max(...times)].map((ms) => ms.toFixed(3));
  const last = times.length === 0 ? '' : `round-trip min/avg/max = ${spreads.join('/')} ms\n`;
  return `${smallHead(options, address)}${quiet ? '' : lines.join('')}\n--- ${name} ping statistics ---\n${summary}${last}`;
}

type Echo = Exchange & { readonly number: number };

function isAnswered({ outcome }: Exchange): boolean {
  return outcome === Outcome.Answered;
}

function isError(outcome: number): boolean {
  return outcome === Outcome.Unreachable || outcome === Outcome.Refused;
}

function echoText(echo: Echo, address: string, sizeBytes: number): string {
  const { number, outcome, startedAtNs, endedAtNs, ttl, lastFrom, lastFlags, localAddress } = echo;
  if (isAnswered(echo)) {
    const ms = milliseconds((endedAtNs - startedAtNs) / 1e6);
    return `${sizeBytes + 8} bytes from ${address}: icmp_seq=${number} ttl=${ttl} time=${ms} ms`;
  }
  if (!isError(outcome)) return '';
  return `From ${lastFrom || localAddress} icmp_seq=${number} ${errorText(lastFlags)}`;
}

/** Sends without waiting for the answers; what is still out when ping gives up has the outcome pending. */
function sendAll(session: Session, address: string, options: PingOptions): readonly Echo[] {
  const { simulation, host } = session;
  const { count, intervalNs, waitNs, sizeBytes } = options;
  const destination = handleOf(session, address);
  const startedAtNs = simulation.nowNs;
  const watches = Array.from({ length: count }, (_, i) =>
    watchRequest(simulation, {
      kind: NetCommandKind.StartRequest,
      at: startedAtNs + i * intervalNs,
      host: host.id,
      traffic: NO_TRAFFIC,
      number: i + 1,
      protocol: Protocol.Icmp,
      destination,
      destinationPort: 0,
      source: 0,
      sourcePort: 0,
      requestBytes: sizeBytes,
      responseBytes: sizeBytes,
      timeoutNs: 0,
      text: '',
      keep: false,
    }),
  );
  const lastSentNs = startedAtNs + (count - 1) * intervalNs;
  const isPending = (): boolean => watches.some((watch) => watch.isPending());
  simulation.runWhile(isPending, lastSentNs);
  if (isPending()) {
    simulation.runUntil(lastSentNs);
    const longestNs = watches.map((watch) => watch.result()).filter(isAnswered);
    // Once answers have come, the last one gets twice as long as the slowest of them.
    const graceNs =
      longestNs.length === 0
        ? waitNs
        : Math.max(intervalNs, ...longestNs.map((done) => 2 * (done.endedAtNs - done.startedAtNs)));
    if (!simulation.runWhile(isPending, lastSentNs + graceNs)) simulation.runUntil(lastSentNs + graceNs);
  }
  return watches.map((watch, i) => {
    watch.stop();
    return { ...watch.result(), number: i + 1 };
  });
}

/** ICMP errors in ping's words, by type << 8 | code; without one the neighbour did not answer. */
const ERRORS: Readonly<Record<number, string>> = {
  [3 << 8]: 'Destination Net Unreachable',
  [(3 << 8) | 1]: 'Destination Host Unreachable',
  [(3 << 8) | 2]: 'Destination Protocol Unreachable',
  [(3 << 8) | 3]: 'Destination Port Unreachable',
  [(3 << 8) | 9]: 'Destination Net Prohibited',
  [(3 << 8) | 10]: 'Destination Host Prohibited',
  [(3 << 8) | 13]: 'Packet filtered',
  [11 << 8]: 'Time to live exceeded',
};

function errorText(icmp: number): string {
  return ERRORS[icmp] ?? 'Destination Host Unreachable';
}

/** Letters of options that the real one has beside those below. */
const UNMODELLED = '6aAbBCdDefFhHIklLmMNOpPQrRSTtUVw3';

interface PingOptions {
  readonly name: string;
  readonly count: number;
  readonly intervalNs: number;
  readonly waitNs: number;
  readonly sizeBytes: number;
  readonly quiet: boolean;
  /** No name is looked up for the address. */
  readonly numeric: boolean;
}

function parse(argv: readonly string[]): PingOptions | string {
  const values = new Map<string, string>();
  let name = '';
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!/^-./.test(word)) name = word;
    else if (UNMODELLED.includes(word[1]!)) return `-${word[1]} is not modelled`;
    else if ('ciWs'.includes(word[1]!)) values.set(word[1]!, word.slice(2) || (argv[++i] ?? ''));
    else if ('nqv4'.includes(word[1]!)) values.set(word[1]!, '');
    else return `invalid option -- '${word[1]}'`;
  }
  if (name === '') return 'usage error: Destination address required';
  const number = (letter: string, fallback: number): number => {
    const text = values.get(letter);
    return text === undefined || !/^\d+(\.\d+)?$/.test(text) ? fallback : Number(text);
  };
  const count = number('c', 0);
  if (count < 1) return 'without -c COUNT it would never end';
  return {
    name,
    count,
    intervalNs: number('i', 1) * SECOND_NS,
    waitNs: values.has('W') ? number('W', 10) * SECOND_NS : WAIT_NS,
    sizeBytes: number('s', DATA_BYTES),
    quiet: values.has('q'),
    numeric: values.has('n'),
  };
}

function milliseconds(ms: number): string {
  return ms < 1 ? ms.toFixed(3) : ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

/** @param pipe packets that were out at once at most */
function lastLine(times: readonly number[], pipe: number): string {
  const parts = [...(times.length === 0 ? [] : [spread(times)]), ...(pipe > 1 ? [`pipe ${pipe}`] : [])];
  return `${parts.join(', ')}\n`;
}

function spread(times: readonly number[]): string {
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const square = times.reduce((sum, ms) => sum + ms * ms, 0) / times.length;
  const deviation = Math.sqrt(Math.max(0, square - mean * mean));
  const texts = [Math.min(...times), mean, Math.max(...times), deviation].map((ms) => ms.toFixed(3));
  return `rtt min/avg/max/mdev = ${texts.join('/')} ms`;
}
