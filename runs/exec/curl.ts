/**
 * curl over the simulated network: the request is made of packets, the texts and exit codes are those of curl 7.88 to 8.5.
 */
import type { StartRequest } from '../../net/command.ts';
import type { Headers, HttpRequest, HttpResponse } from '../../net/http.ts';
import { curlRequest, requestText, responseText, textBytes } from '../../net/http.ts';
import { Outcome } from '../../net/request.ts';
import { lookupFor, lookupPlan } from '../world/name-lookup.ts';
import { meterText } from './curl-meter.ts';
import { type CurlOptions, parseCurl } from './curl-options.ts';
import { type CurlUrl, parseCurlUrl } from './curl-url.ts';
import { writeOut } from './curl-write-out.ts';
import { type Exchange, exchange } from './exchange.ts';
import { type ExecResult, handleOf, type Session, said } from './exec-world.ts';
import { tcpRequest } from './http-fetch.ts';
import { knownAddress, podOfSession, type ResolvedName, resolveName } from './name-resolution.ts';

const HELP = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const MS = 1e6;

export function curl(session: Session, argv: readonly string[]): ExecResult {
  const options = parseCurl(argv);
  if ('reason' in options) return said('', `curl: ${options.reason}\n${HELP}`, 2);
  if (options.urls.length === 0) return said('', HELP, 2);
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const url of options.urls) {
    const result = fetchUrl(session, options, url);
    stdout += result.stdout;
    stderr += result.stderr;
    exitCode = result.exitCode;
  }
  return said(stdout, stderr, exitCode);
}

/** How a transfer failed: the code and the words behind it. */
interface Failure {
  readonly exitCode: number;
  readonly reason: string;
}

function fetchUrl(session: Session, options: CurlOptions, text: string): ExecResult {
  const url = parseCurlUrl(text);
  if ('reason' in url) return said('', complaint(options, url), url.exitCode);
  const startedAtNs = session.simulation.nowNs;
  if (session.deferred && knownAddress(session, url.host) === undefined) {
    // Nobody waits here: the request follows its look-up by itself.
    const plan = lookupPlan(podOfSession(session), url.host, session.simulation.world.names);
    session.simulation.schedule(lookupFor(plan, startOf(session, options, url, 0)));
    return said('');
  }
  const { address, timedOut } = addressOf(session, options, url);
  const from = sourceOf(session, options);
  if (address === undefined || typeof from === 'string') {
    const failure: Failure =
      address === undefined
        ? timedOut
          ? {
              exitCode: 28,
              reason: `Resolving timed out after ${Math.floor((session.simulation.nowNs - startedAtNs) / MS) + 1} milliseconds`,
            }
          : { exitCode: 6, reason: `Could not resolve host: ${url.host}` }
        : { exitCode: 45, reason: String(from) };
    const verbose = options.verbose ? `* ${failure.reason}\n* Closing connection 0\n` : '';
    return said(
      writeOut(options, url, failure, undefined, ''),
      meterStart(session, options) + verbose + complaint(options, failure),
      failure.exitCode,
    );
  }
  return transfer(session, options, url, address, from, startedAtNs);
}

function complaint({ silent, showError }: CurlOptions, { exitCode, reason }: Failure): string {
  return silent && !showError ? '' : `curl: (${exitCode}) ${reason}\n`;
}

function addressOf(session: Session, options: CurlOptions, { host, port }: CurlUrl): ResolvedName {
  const { resolve } = options;
  const pinned = resolve
    .map((entry) => /^\+?([^:]+):(\d+):(.+)$/.exec(entry))
    .find((m) => m?.[1] === host && Number(m[2]) === port);
  return resolveName(session, pinned?.[3] ?? host, patienceNs(options));
}

/** The shortest of its limits in ns, 0: none. */
function patienceNs({ maxTimeNs, connectTimeoutNs }: CurlOptions): number {
  const limits = [maxTimeNs, connectTimeoutNs].filter((ns) => ns > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}

/** The address to bind, 0 for none; a text: why it can't be. */
function sourceOf({ simulation, host }: Session, { interface: name }: CurlOptions): number | string {
  if (name === undefined) return 0;
  const { net } = simulation.world;
  const device = net.interfaceNamed(host, name.replace(/^if!/, ''));
  if (device !== undefined) return device.addresses[0]?.address ?? 0;
  const address = net.addresses.find(name.replace(/^host!/, ''));
  if (address !== 0 && host.localAddresses.has(address)) return address;
  return /^[\d.:a-f]+$/.test(name)
    ? 'bind failed with errno 99: Cannot assign requested address'
    : `Couldn't bind to '${name}'`;
}

function transfer(
  session: Session,
  options: CurlOptions,
  url: CurlUrl,
  address: string,
  source: number,
  startedAtNs: number,
): ExecResult {
  const { simulation } = session;
  const request = requestOf(options, url);
  // The name's look-up counts as well.
  const spentNs = simulation.nowNs - startedAtNs;
  const limitNs = patienceNs(options);
  const command = startOf(session, options, url, source);
  const timeoutNs = limitNs === 0 ? 0 : Math.max(1, limitNs - spentNs);
  const exchanged = exchange(simulation, { ...command, destination: handleOf(session, address), timeoutNs });
  const done = { ...exchanged, startedAtNs };
  const failure = failureOf(options, url, done);
  const body = done.response === undefined || options.head ? '' : done.response.body;
  const shown = done.response === undefined || failure?.exitCode === 22 ? '' : shownText(options, done.response);
  const output = options.output === undefined || options.output === '-' ? shown : '';
  const stderr =
    meterStart(session, options) +
    (options.verbose ? verboseText(options, url, address, request, done, failure) : '') +
    meterEnd(session, options, done, textBytes(body)) +
    (failure === undefined ? '' : complaint(options, failure));
  return said(output + writeOut(options, url, failure, done, address), stderr, failure?.exitCode ?? 0);
}

/** The request as the network opens it, but for whom it goes to. */
function startOf(session: Session, options: CurlOptions, url: CurlUrl, source: number): StartRequest {
  const text = url.scheme === 'http' ? requestText(requestOf(options, url)) + (options.data ?? '') : '';
  return {
    ...tcpRequest(session, url.port, text, patienceNs(options)),
    source,
    sourcePort: options.localPort,
    requestBytes: text === '' ? TLS_HELLO_BYTES : textBytes(text),
  };
}

/** What a TLS client says first; nobody here answers it. */
const TLS_HELLO_BYTES = 517;

function requestOf(options: CurlOptions, { host, port, path }: CurlUrl): HttpRequest {
  const bytes = options.data === undefined ? 0 : textBytes(options.data);
  const request = curlRequest(host, port, path, options.headers as Headers, bytes);
  return { ...request, method: options.method ?? (options.head ? 'HEAD' : request.method) };
}

function failureOf(options: CurlOptions, url: CurlUrl, done: Exchange): Failure | undefined {
  const tookMs = Math.floor((done.endedAtNs - done.startedAtNs) / MS);
  const { host, port } = url;
  switch (done.outcome) {
    case Outcome.Answered: {
      const status = done.response?.status ?? 0;
      if (done.response === undefined) return unreadable(url);
      if (!options.fail || status < 400) return undefined;
      return { exitCode: 22, reason: `The requested URL returned error: ${status}` };
    }
    case Outcome.Timeout: {
      // curl's timers fire on the millisecond after.
      const waitedMs = tookMs + 1;
      if (done.connectedAtNs >= 0) {
        return { exitCode: 28, reason: `Operation timed out after ${waitedMs} milliseconds with 0 bytes received` };
      }
      const byConnect =
        options.connectTimeoutNs > 0 && (options.maxTimeNs === 0 || options.connectTimeoutNs < options.maxTimeNs);
      if (options.maxTimeNs > 0 && !byConnect) {
        return { exitCode: 28, reason: `Connection timed out after ${waitedMs} milliseconds` };
      }
      if (byConnect) {
        return {
          exitCode: 28,
          reason: `Failed to connect to ${host} port ${port} after ${waitedMs} ms: Timeout was reached`,
        };
      }
      return { exitCode: 28, reason: couldNotConnect(host, port, tookMs) };
    }
    case Outcome.Reset:
      return { exitCode: 56, reason: 'Recv failure: Connection reset by peer' };
    case Outcome.Unknown:
      return { exitCode: 7, reason: `${couldNotConnect(host, port, tookMs)} (a rule that the model does not know)` };
    default:
      return { exitCode: 7, reason: couldNotConnect(host, port, tookMs) };
  }
}

function couldNotConnect(host: string, port: number, tookMs: number): string {
  return `Failed to connect to ${host} port ${port} after ${tookMs} ms: Couldn't connect to server`;
}

function unreadable({ scheme }: CurlUrl): Failure {
  if (scheme === 'https') return { exitCode: 35, reason: 'the server here speaks no TLS: it is not modelled' };
  return { exitCode: 1, reason: 'Received HTTP/0.9 when not allowed' };
}

function shownText({ head, include }: CurlOptions, response: HttpResponse): string {
  const text = responseText(response).replaceAll('\r\n', '\n');
  const end = text.indexOf('\n\n') + 2;
  if (head) return text.slice(0, end).replaceAll('\n', '\r\n');
  return include ? text.slice(0, end).replaceAll('\n', '\r\n') + response.body : response.body;
}

/** The meter is for those who look at standard error while the body goes elsewhere. */
function hasMeter({ piped }: Session, { silent, noMeter, output }: CurlOptions): boolean {
  return (piped || (output !== undefined && output !== '-')) && !silent && !noMeter;
}

function meterStart(session: Session, options: CurlOptions): string {
  return hasMeter(session, options) ? meterText([]) : '';
}

function meterEnd(
  session: Session,
  options: CurlOptions,
  { startedAtNs, endedAtNs }: Exchange,
  bodyBytes: number,
): string {
  if (!hasMeter(session, options)) return '';
  return meterText([{ elapsedNs: endedAtNs - startedAtNs, receivedBytes: bodyBytes }]);
}

function verboseText(
  options: CurlOptions,
  { host, port }: CurlUrl,
  address: string,
  request: HttpRequest,
  { connectedAtNs, outcome, response }: Exchange,
  failure: Failure | undefined,
): string {
  const lines = [`*   Trying ${address.includes(':') ? `[${address}]` : address}:${port}...`];
  if (connectedAtNs < 0) {
    if (outcome === Outcome.Refused) lines.push(`* connect to ${address} port ${port} failed: Connection refused`);
    if (outcome === Outcome.Unreachable) lines.push(`* connect to ${address} port ${port} failed: No route to host`);
  } else {
    lines.push(`* Connected to ${host} (${address}) port ${port} (#0)`);
    lines.push(
      ...requestText(request)
        .split('\r\n')
        .slice(0, -1)
        .map((line) => `> ${line}\r`),
    );
  }
  if (response !== undefined) {
    const [head = ''] = responseText(response).split('\r\n\r\n');
    lines.push(...head.split('\r\n').map((line) => `< ${line}\r`), '< \r');
    if (response.body !== '' && !options.head) lines.push(`{ [${textBytes(response.body)} bytes data]`);
  }
  if (failure !== undefined && failure.exitCode !== 22) lines.push(`* ${failure.reason}`, '* Closing connection 0');
  else lines.push(`* Connection #0 to host ${host} left intact`);
  return lines.map((line) => `${line}\n`).join('');
}
