/**
 * wget over the simulated network: GNU's on a machine and in most images, BusyBox's where that is what an image has. What
 * it saves goes nowhere: hosts have no files of their own.
 * @see https://www.gnu.org/software/wget/manual/ (texts measured with 1.21), busybox networking/wget.c
 */
import type { Headers, HttpResponse } from '../../net/http.ts';
import { header, responseText, textBytes } from '../../net/http.ts';
import { Outcome } from '../../net/request.ts';
import { type CurlUrl, parseCurlUrl } from './curl-url.ts';
import type { Exchange } from './exchange.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { fetchHttp, sendDeferred, tcpRequest } from './http-fetch.ts';
import { knownAddress, resolveName } from './name-resolution.ts';
import { isBusyBox } from './user-land.ts';
import { busyBoxWget } from './wget-busybox.ts';
import { parseWget, type WgetOptions } from './wget-options.ts';

const SECOND_NS = 1e9;
/** Where nobody says otherwise, and how long it waits for more after the first failure. */
const TRIES = 20;
const LONGEST_PAUSE_SECONDS = 10;

const NETWORK_FAILURE = 4;
const SERVER_ERROR = 8;

/** What one attempt came to. */
interface Attempt {
  readonly exchange: Exchange;
  /** Why no connection came to stand; absent: it did. */
  readonly failure: string | undefined;
}

export function wget(session: Session, argv: readonly string[]): ExecResult {
  const options = parseWget(argv);
  if (isBusyBox(session)) return busyBoxWget(session, options, argv);
  if (options.unknown !== undefined) {
    const what = options.unknown.startsWith('--')
      ? `unrecognized option '${options.unknown}'`
      : `invalid option -- '${options.unknown}'`;
    return said('', `wget: ${what}\nUsage: wget [OPTION]... [URL]...\n\nTry \`wget --help' for more options.\n`, 2);
  }
  if (options.urls.length === 0)
    return said('', "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n", 1);
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const url of options.urls) {
    const result = fetchUrl(session, options, url);
    stdout += result.stdout;
    stderr += result.stderr;
    exitCode = result.exitCode === 0 ? exitCode : result.exitCode;
  }
  return said(stdout, stderr, exitCode);
}

function fetchUrl(session: Session, options: WgetOptions, text: string): ExecResult {
  const url = parseCurlUrl(text);
  if ('reason' in url || url.scheme !== 'http') {
    const why = 'reason' in url ? 'Invalid URL' : 'TLS is not modelled';
    return said('', `${text}: ${why}.\n`, 1);
  }
  const request = { method: options.spider ? 'HEAD' : 'GET', path: url.path, headers: headersOf(url, options) };
  if (session.deferred) {
    sendDeferred(session, url.host, tcpRequest(session, url.port, '', options.timeoutNs));
    return said('');
  }
  const shown = `http://${url.host}${url.port === 80 ? '' : `:${url.port}`}${url.path}`;
  let log = options.spider ? 'Spider mode enabled. Check if remote file exists.\n' : '';
  let address = '';
  for (let attempt = 1; ; attempt++) {
    const more = attempt === 1 ? '' : `(try:${String(attempt).padStart(2)})  `;
    log += `--${clock(session)}--  ${more}${shown}\n`;
    if (attempt === 1) {
      const found = resolve(session, url, options);
      log += found.log;
      if (found.address === undefined) return finish(options, '', log, NETWORK_FAILURE, found.error);
      address = found.address;
    }
    const named = knownAddress(session, url.host) === address && url.host === address;
    log += `Connecting to ${named ? `${address}:${url.port}` : `${url.host} (${url.host})|${address}|:${url.port}`}... `;
    const { exchange, failure } = attemptAt(session, url, address, request, options);
    const reset = exchange.outcome !== Outcome.Answered && failure === undefined;
    if (failure === undefined && !reset) return answered(session, options, exchange, `${log}connected.\n`, url);
    log += reset
      ? 'connected.\nHTTP request sent, awaiting response... Read error (Connection reset by peer) in headers.\n'
      : `failed: ${failure}.\n`;
    const isFinal = !reset && failure !== 'Connection timed out';
    if (isFinal) return finish(options, '', log, NETWORK_FAILURE);
    if (attempt >= (options.tries ?? TRIES)) return finish(options, '', `${log}Giving up.\n\n`, NETWORK_FAILURE);
    log += 'Retrying.\n\n';
    const pauseNs = Math.min(attempt, LONGEST_PAUSE_SECONDS) * SECOND_NS;
    session.simulation.runUntil(session.simulation.nowNs + pauseNs);
  }
}

interface Resolved {
  readonly address: string | undefined;
  readonly log: string;
  readonly error: string;
}

function resolve(session: Session, { host }: CurlUrl, options: WgetOptions): Resolved {
  if (knownAddress(session, host) === host) return { address: host, log: '', error: '' };
  const { address, reason, timedOut } = resolveName(session, host, options.timeoutNs);
  const head = `Resolving ${host} (${host})... `;
  if (address !== undefined) return { address, log: `${head}${address}\n`, error: '' };
  const why = timedOut ? 'failed: Connection timed out.\n' : `failed: ${reason}.\n`;
  return { address, log: head + why, error: `wget: unable to resolve host address ‘${host}’\n` };
}

function attemptAt(
  session: Session,
  url: CurlUrl,
  address: string,
  request: { readonly method: string; readonly path: string; readonly headers: Headers },
  { timeoutNs }: WgetOptions,
): Attempt {
  const exchange = fetchHttp(session, url, address, request, timeoutNs);
  const isUp = exchange.connectedAtNs >= 0;
  const failure = isUp ? undefined : FAILURES[exchange.outcome];
  return {
    exchange,
    failure: exchange.outcome === Outcome.Answered || isUp ? undefined : (failure ?? 'No route to host'),
  };
}

const FAILURES: Readonly<Record<number, string>> = {
  [Outcome.Refused]: 'Connection refused',
  [Outcome.Timeout]: 'Connection timed out',
  [Outcome.Unreachable]: 'No route to host',
};

function answered(
  session: Session,
  options: WgetOptions,
  { response }: Exchange,
  before: string,
  url: CurlUrl,
): ExecResult {
  const reason = response === undefined ? '' : statusLine(response);
  const status = response?.status ?? 0;
  const shownHeaders = options.serverResponse && response !== undefined ? `\n${serverLines(response)}` : `${reason}\n`;
  let log = `${before}HTTP request sent, awaiting response... ${shownHeaders}`;
  if (response === undefined) return finish(options, '', `${log}No data received.\n`, NETWORK_FAILURE);
  const stamp = clock(session);
  if (status >= 400) {
    const rest = reason.slice(4);
    if (options.spider && status === 404) log += 'Remote file does not exist -- broken link!!!\n\n';
    return finish(
      options,
      '',
      `${log}${stamp} ERROR ${status}: ${rest}.\n\n`,
      SERVER_ERROR,
      `${stamp} ERROR ${status}: ${rest}.\n`,
    );
  }
  const bytes = textBytes(response.body);
  const type = header(response.headers, 'Content-Type') ?? 'text/html';
  log += `Length: ${bytes} [${type}]\n`;
  if (options.spider) return finish(options, '', `${log}Remote file exists.\n\n`, 0);
  const toStdout = options.output === '-';
  const name = options.output ?? (url.path.slice(url.path.lastIndexOf('/') + 1).replace(/\?.*$/, '') || 'index.html');
  // Its speed is that of the machine's own memory: of so small a file nothing can be told.
  const end = toStdout ? 'written to stdout' : `‘${name}’ saved`;
  log += `Saving to: ‘${toStdout ? 'STDOUT' : name}’\n\n${' '.repeat(5)}0K${' '.repeat(55)}100% 1.17M=0s\n\n${stamp} (1.17 MB/s) - ${end} [${bytes}/${bytes}]\n\n`;
  const brief = `${stamp} URL:http://${url.host}${url.port === 80 ? '' : `:${url.port}`}${url.path} [${bytes}/${bytes}] -> "${name}" [1]\n`;
  return finish(options, toStdout ? response.body : '', log, 0, '', brief);
}

function statusLine(response: HttpResponse): string {
  return (responseText(response).split('\r\n')[0] ?? '').replace(/^HTTP\/1\.1 /, '');
}

function serverLines(response: HttpResponse): string {
  const [head = ''] = responseText(response).split('\r\n\r\n');
  return head
    .split('\r\n')
    .map((line) => `  ${line}\n`)
    .join('');
}

/** @param error what is said with `-nv`, too @param brief the only line with `-nv` */
function finish(options: WgetOptions, body: string, log: string, exitCode: number, error = '', brief = ''): ExecResult {
  const unresolved = error.startsWith('wget:') ? error : '';
  const stderr = options.quiet ? '' : options.terse ? brief + error : log + unresolved;
  return said(body, stderr, exitCode);
}

function headersOf({ host, port }: CurlUrl, { headers }: WgetOptions): Headers {
  const own: [string, string][] = [
    ['Host', port === 80 ? host : `${host}:${port}`],
    ['User-Agent', 'Wget/1.21.3'],
    ['Accept', '*/*'],
    ['Accept-Encoding', 'identity'],
    ['Connection', 'Keep-Alive'],
  ];
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  return [...own.filter(([name]) => !named.has(name.toLowerCase())), ...headers];
}

/** `2024-01-01 00:00:30` */
function clock({ simulation }: Session): string {
  const { startSeconds } = simulation.world.cluster.config;
  const ms = (startSeconds + Math.floor(simulation.nowNs / 1e9)) * 1000;
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
