/**
 * BusyBox's wget: fewer words, one exit code for all that fails.
 * @see busybox networking/wget.c, libbb/progress.c
 */
import type { Headers } from '../../net/http.ts';
import { responseText, textBytes } from '../../net/http.ts';
import { Outcome } from '../../net/request.ts';
import { type CurlUrl, parseCurlUrl } from './curl-url.ts';
import type { Exchange } from './exchange.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { fetchHttp, sendDeferred, tcpRequest } from './http-fetch.ts';
import { resolveName } from './name-resolution.ts';
import type { WgetOptions } from './wget-options.ts';

const SECOND_NS = 1e9;
/** Where `-T` is not given. @see busybox networking/wget.c TIMEOUT_SECONDS */
const TIMEOUT_NS = 900 * SECOND_NS;
const BAR = 32;

const USAGE = `BusyBox v1.36.1 () multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...
`;

export function busyBoxWget(session: Session, options: WgetOptions, argv: readonly string[]): ExecResult {
  const [text] = options.urls;
  if (text === undefined || options.unknown !== undefined) {
    const what =
      options.unknown === undefined
        ? ''
        : `wget: unrecognized option '${argv.find((word) => word.includes(options.unknown!))}'\n`;
    return said('', what + USAGE, 1);
  }
  const url = parseCurlUrl(text);
  if ('reason' in url) return said('', `wget: bad address '${text}'\n`, 1);
  if (url.scheme !== 'http')
    return said('', 'wget: note: TLS certificate validation not implemented\nwget: TLS is not modelled\n', 1);
  const request = { method: options.spider ? 'HEAD' : 'GET', path: url.path, headers: headersOf(url, options) };
  if (session.deferred) {
    sendDeferred(session, url.host, tcpRequest(session, url.port, '', options.timeoutNs));
    return said('');
  }
  const { address } = resolveName(session, url.host);
  if (address === undefined) return said('', `wget: bad address '${url.host}'\n`, 1);
  const where = `${url.host} (${address}:${url.port})`;
  const log = options.quiet ? '' : `Connecting to ${where}\n`;
  const timeoutNs = options.timeoutNs === 0 ? TIMEOUT_NS : options.timeoutNs;
  const exchange = fetchHttp(session, url, address, request, timeoutNs);
  const failure = failureOf(exchange, address);
  if (failure !== undefined) return said('', `${log}wget: ${failure}\n`, 1);
  return saved(exchange, options, url, log);
}

function failureOf({ outcome, connectedAtNs }: Exchange, address: string): string | undefined {
  switch (outcome) {
    case Outcome.Answered:
      return undefined;
    case Outcome.Timeout:
      return connectedAtNs < 0 ? 'download timed out' : 'download timed out';
    case Outcome.Refused:
      return `can't connect to remote host (${address}): Connection refused`;
    case Outcome.Reset:
      return 'error getting response: Connection reset by peer';
    default:
      return `can't connect to remote host (${address}): ${outcome === Outcome.Unreachable ? 'No route to host' : 'unknown to the model'}`;
  }
}

function saved({ response }: Exchange, options: WgetOptions, url: CurlUrl, before: string): ExecResult {
  if (response === undefined) return said('', `${before}wget: error getting response\n`, 1);
  const [head = ''] = responseText(response).split('\r\n\r\n');
  const headers = options.serverResponse
    ? head
        .split('\r\n')
        .map((line) => `  ${line}\n`)
        .join('')
    : '';
  if (response.status >= 400) {
    return said('', `${before}${headers}wget: server returned error: ${head.split('\r\n')[0]}\n`, 1);
  }
  if (options.spider) return said('', `${before}${headers}${options.quiet ? '' : 'remote file exists\n'}`, 0);
  const toStdout = options.output === '-';
  const name = options.output ?? (url.path.slice(url.path.lastIndexOf('/') + 1) || 'index.html');
  const bytes = textBytes(response.body);
  const bar = `${(toStdout ? '-' : name).slice(0, 20).padEnd(20)} 100% |${'*'.repeat(BAR)}| ${String(bytes).padStart(5)}  0:00:00 ETA\n`;
  const saving = toStdout ? 'writing to stdout\n' : `saving to '${name}'\n`;
  const end = toStdout ? 'written to stdout\n' : `'${name}' saved\n`;
  const log = options.quiet ? '' : saving + bar + end;
  return said(toStdout ? response.body : '', before + headers + log);
}

function headersOf({ host, port }: CurlUrl, { headers }: WgetOptions): Headers {
  const own: [string, string][] = [
    ['Host', port === 80 ? host : `${host}:${port}`],
    ['User-Agent', 'Wget'],
    ['Connection', 'close'],
  ];
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  return [...own.filter(([name]) => !named.has(name.toLowerCase())), ...headers];
}
