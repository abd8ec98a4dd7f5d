/**
 * ping: echo requests over the simulated network, one a second. Not `-f`, not a run without end: `-c` is wanted.
 * @see ping(8) of iputils
 */
import { NetCommandKind } from '../../net/command.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { type Exchange, exchange, NO_TRAFFIC } from './exchange.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { resolveName } from './name-resolution.ts';

const SECOND_NS = 1e9;
/** Without `-W`, how long the last answer is waited for. */
const WAIT_NS = 10 * SECOND_NS;
const DATA_BYTES = 56;
const HEADER_BYTES = 28;

export function ping(session: Session, argv: readonly string[]): ExecResult {
  const options = parse(argv);
  if (typeof options === 'string') return said('', `ping: ${options}\n`, 2);
  const { name, count, intervalNs, waitNs, sizeBytes, quiet } = options;
  const address = resolveName(session, name);
  if (address === undefined) return said('', `ping: ${name}: Name or service not known\n`, 2);
  const { simulation } = session;
  const startedAtNs = simulation.nowNs;
  let text = `PING ${name} (${address}) ${sizeBytes}(${sizeBytes + HEADER_BYTES}) bytes of data.\n`;
  const times: number[] = [];
  let errors = 0;
  for (let number = 1; number <= count; number++) {
    const sentAtNs = simulation.nowNs;
    const done = echo(session, address, number, sizeBytes, number === count ? waitNs : Math.min(waitNs, intervalNs));
    if (done.outcome === Outcome.Answered) {
      const ms = (done.endedAtNs - done.startedAtNs) / 1e6;
      times.push(ms);
      if (!quiet) text += `${sizeBytes + 8} bytes from ${address}: icmp_seq=${number} time=${milliseconds(ms)} ms\n`;
    } else if (done.outcome === Outcome.Unreachable || done.outcome === Outcome.Refused) {
      if (done.localAddress === '') return said('', 'ping: connect: Network is unreachable\n', 2);
      errors++;
      if (!quiet) text += `From ${done.localAddress} icmp_seq=${number} Destination Host Unreachable\n`;
    }
    if (number < count) simulation.runUntil(Math.max(simulation.nowNs, sentAtNs + intervalNs));
  }
  const tookMs = Math.floor((simulation.nowNs - startedAtNs) / 1e6);
  const lost = Math.floor(((count - times.length) * 100) / count);
  const withErrors = errors === 0 ? '' : `, +${errors} errors`;
  text += `\n--- ${name} ping statistics ---\n`;
  text += `${count} packets transmitted, ${times.length} received${withErrors}, ${lost}% packet loss, time ${tookMs}ms\n`;
  return said(`${text}${spreadLine(times)}`, '', times.length > 0 ? 0 : 1);
}

function echo(
  { simulation, host }: Session,
  address: string,
  number: number,
  sizeBytes: number,
  waitNs: number,
): Exchange {
  return exchange(simulation, {
    kind: NetCommandKind.StartRequest,
    at: simulation.nowNs,
    host: host.id,
    traffic: NO_TRAFFIC,
    number,
    protocol: Protocol.Icmp,
    destination: simulation.world.net.addresses.intern(address),
    destinationPort: 0,
    source: 0,
    sourcePort: 0,
    requestBytes: sizeBytes,
    responseBytes: sizeBytes,
    timeoutNs: waitNs,
    text: '',
    keep: false,
  });
}

interface PingOptions {
  readonly name: string;
  readonly count: number;
  readonly intervalNs: number;
  readonly waitNs: number;
  readonly sizeBytes: number;
  readonly quiet: boolean;
}

function parse(argv: readonly string[]): PingOptions | string {
  const values = new Map<string, string>();
  let name = '';
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!/^-./.test(word)) name = word;
    else if ('ciWwsIt'.includes(word[1]!)) values.set(word[1]!, word.slice(2) || (argv[++i] ?? ''));
    else if ('nqv46'.includes(word[1]!)) values.set(word[1]!, '');
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
  };
}

function milliseconds(ms: number): string {
  return ms < 1 ? ms.toFixed(3) : ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

function spreadLine(times: readonly number[]): string {
  if (times.length === 0) return '';
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const square = times.reduce((sum, ms) => sum + ms * ms, 0) / times.length;
  const deviation = Math.sqrt(Math.max(0, square - mean * mean));
  const texts = [Math.min(...times), mean, Math.max(...times), deviation].map((ms) => ms.toFixed(3));
  return `rtt min/avg/max/mdev = ${texts.join('/')} ms\n`;
}
