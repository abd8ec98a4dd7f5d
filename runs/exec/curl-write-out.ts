/**
 * What `-w` prints behind a transfer.
 * @see curl(1) "--write-out"
 */
import { textBytes } from '../../net/http.ts';
import type { CurlOptions } from './curl-options.ts';
import type { CurlUrl } from './curl-url.ts';
import type { Exchange } from './exchange.ts';

export function writeOut(
  options: CurlOptions,
  url: CurlUrl,
  failure: { readonly exitCode: number; readonly reason: string } | undefined,
  done: Exchange | undefined,
  address: string,
): string {
  const connected = done !== undefined && done.connectedAtNs >= 0;
  const response = done?.response;
  const seconds = (fromNs: number | undefined, toNs: number | undefined): string =>
    fromNs === undefined || toNs === undefined || toNs < 0 ? '0.000000' : ((toNs - fromNs) / 1e9).toFixed(6);
  const values: Readonly<Record<string, string>> = {
    http_code: String(response?.status ?? 0).padStart(3, '0'),
    response_code: String(response?.status ?? 0).padStart(3, '0'),
    remote_ip: connected ? address : '',
    remote_port: connected ? String(url.port) : '0',
    local_ip: connected ? (done?.localAddress ?? '') : '',
    local_port: connected ? String(done?.localPort ?? 0) : '0',
    size_download: String(response === undefined || options.head ? 0 : textBytes(response.body)),
    time_total: seconds(done?.startedAtNs, done?.endedAtNs),
    time_connect: seconds(done?.startedAtNs, done?.connectedAtNs),
    time_namelookup: '0.000000',
    num_connects: connected ? '1' : '0',
    exitcode: String(failure?.exitCode ?? 0),
    errormsg: failure?.reason ?? '',
    scheme: url.scheme.toUpperCase(),
    http_version: connected ? '1.1' : '0',
    method: options.method ?? (options.head ? 'HEAD' : options.data === undefined ? 'GET' : 'POST'),
    content_type: response?.headers.find(([name]) => name === 'Content-Type')?.[1] ?? '',
  };
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return options.writeOut.replace(
    /%%|%\{(\w+)\}|\\([ntr])/g,
    (whole: string, name: string | undefined, mark: string | undefined) =>
      whole === '%%' ? '%' : mark !== undefined ? escapes[mark]! : (values[name!] ?? ''),
  );
}
