/**
 * The two ends of traffic as a person names them: who sends, and the URL that is asked for.
 */
import { parseAddress } from '../../net/address.ts';

export interface Origin {
  readonly type: 'host' | 'node' | 'pod' | 'deployment';
  /** Of a pod or deployment. */
  readonly namespace: string;
  readonly name: string;
}

/** `host/NAME`, `node/NAME`, `pod/[NS/]NAME`, `deployment/[NS/]NAME`. */
export function parseOrigin(text: string): Origin | undefined {
  const match = /^(host|node|pod|deployment)\/(?:([a-z0-9-]+)\/)?([a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/.exec(text);
  if (match === null) return undefined;
  const [, type, namespace, name] = match as unknown as [string, Origin['type'], string | undefined, string];
  if ((type === 'host' || type === 'node') && namespace !== undefined) return undefined;
  return { type, namespace: namespace ?? 'default', name };
}

export function formatOrigin({ type, namespace, name }: Origin): string {
  return type === 'host' || type === 'node' || namespace === 'default'
    ? `${type}/${name}`
    : `${type}/${namespace}/${name}`;
}

export const SCHEMES = ['http', 'https', 'tcp', 'udp', 'sctp', 'icmp', 'dns'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Who is asked: an address, a name that the sender resolves, a pod or node by name, or not known before `$` is filled in. */
export type Destination =
  | { readonly type: 'address'; readonly address: string }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'pod'; readonly namespace: string; readonly name: string }
  | { readonly type: 'node'; readonly name: string }
  | { readonly type: 'variable' };

export interface Target {
  /** As written. */
  readonly text: string;
  readonly scheme: Scheme;
  readonly destination: Destination;
  /** The scheme's own port where none is written; 0 for ICMP and for a text with variables. */
  readonly port: number;
  /** With its leading `/` and its query. */
  readonly path: string;
  /** What `?family=` asks of a pod or node with several addresses. */
  readonly family?: 4 | 6;
}

const DEFAULT_PORT: Readonly<Partial<Record<Scheme, number>>> = { http: 80, https: 443, dns: 53, icmp: 0 };

/** Reads a URL. Fill in variables before; a text that still has one gives `variable`. @returns the target, or what is wanted */
export function parseTarget(text: string): Target | string {
  const match = /^([a-z]+):\/\/(.+)$/.exec(text);
  const scheme = SCHEMES.find((name) => name === match?.[1]);
  if (match === null || scheme === undefined) return `a URL that starts with one of ${SCHEMES.join('://, ')}://`;
  if (text.includes('$')) return { text, scheme, destination: { type: 'variable' }, port: 0, path: '/' };
  const rest = match[2]!;
  const object = parseObjectTarget(text, scheme, rest);
  if (object !== undefined) return object;
  const parts = /^(\[[^\]]+\]|[^/:?#[\]]+)(?::(\d+))?([/?].*)?$/.exec(rest);
  if (parts === null) return 'a URL such as http://web:8080/';
  const [, authority, portText, path] = parts as unknown as [string, string, string | undefined, string | undefined];
  const name = authority.replace(/^\[|\]$/g, '');
  const isAddress = parseAddress(name) !== undefined;
  if (authority.startsWith('[') && !isAddress) return 'an IPv6 address between the brackets';
  if (!isAddress && !/^[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_.])?$/.test(name)) return 'a host name or an address';
  const port = portOf(scheme, portText);
  if (typeof port === 'string') return port;
  return {
    text,
    scheme,
    destination: isAddress ? { type: 'address', address: name } : { type: 'name', name: name.toLowerCase() },
    port,
    path: pathOf(path),
  };
}

/** `http://pod/[NS/]NAME:PORT/path`, `http://node/NAME:PORT`. */
function parseObjectTarget(text: string, scheme: Scheme, rest: string): Target | string | undefined {
  const match = /^(pod|node)\/(?:([a-z0-9-]+)\/)?([a-z0-9][-a-z0-9.]*)(?::(\d+))?([/?].*)?$/.exec(rest);
  if (match === null)
    return /^(pod|node)\//.test(rest)
      ? `${scheme}://pod/[NAMESPACE/]NAME:PORT or ${scheme}://node/NAME:PORT`
      : undefined;
  const [, type, namespace, name, portText, path] = match;
  const port = portOf(scheme, portText);
  if (typeof port === 'string') return port;
  const family = /[?&]family=([46])(?:&|$)/.exec(path ?? '')?.[1];
  return {
    text,
    scheme,
    destination:
      type === 'pod' ? { type, namespace: namespace ?? 'default', name: name! } : { type: 'node', name: name! },
    port,
    path: pathOf(path?.replace(/[?&]family=[46]$/, '')),
    ...(family === undefined ? {} : { family: Number(family) as 4 | 6 }),
  };
}

function portOf(scheme: Scheme, text: string | undefined): number | string {
  const port = text === undefined ? DEFAULT_PORT[scheme] : Number(text);
  if (port === undefined) return `a port: ${scheme}://NAME:PORT`;
  return text === undefined || (port >= 1 && port <= 65535) ? port : `a port from 1 to 65535, not ${text}`;
}

function pathOf(path: string | undefined): string {
  if (path === undefined || path === '') return '/';
  return path.startsWith('/') ? path : `/${path}`;
}
