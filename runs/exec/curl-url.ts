/**
 * A URL as curl reads it: the scheme and the port may be missing.
 */

export interface CurlUrl {
  readonly scheme: string;
  /** As the Host header has it: an IPv6 address in its brackets. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** @returns curl's exit code and words where it can't be read */
export function parseCurlUrl(text: string): CurlUrl | { readonly exitCode: number; readonly reason: string } {
  const bad = { exitCode: 3, reason: 'URL using bad/illegal format or missing URL' };
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase() ?? 'http';
  const rest = text.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//, '');
  if (PORTS[scheme] === undefined) {
    return { exitCode: 1, reason: `Protocol "${scheme}" not supported or disabled in libcurl` };
  }
  const match = /^(?:[^@/?#]*@)?(\[[0-9a-fA-F:.]+\]|[^:/?#[\]\s]+)(?::(\d*))?([/?#][^\s]*)?$/.exec(rest);
  if (match === null) return bad;
  const [, host = '', portText = '', tail = ''] = match;
  const port = portText === '' ? PORTS[scheme]! : Number(portText);
  if (port < 0 || port > 65535) return bad;
  const path = tail.replace(/#.*$/, '');
  return { scheme, host, port, path: path.startsWith('/') ? path : `/${path}` };
}
