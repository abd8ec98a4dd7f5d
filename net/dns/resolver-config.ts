/**
 * `/etc/resolv.conf`: whom a program asks, with which endings it tries a name, and how patiently.
 * @see resolv.conf(5), https://git.musl-libc.org src/network/resolvconf.c
 */

export interface ResolverConfig {
  /** Addresses as text; three at most are heeded. */
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  /** As written: `ndots:5`, `single-request-reopen`. */
  readonly options: readonly string[];
}

/** What the options come to for a C library. */
export interface ResolverSettings {
  readonly ndots: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly rotate: boolean;
  /** Asks for A and AAAA one after the other. */
  readonly singleRequest: boolean;
  /** The second one from a socket of its own. */
  readonly singleRequestReopen: boolean;
  readonly useTcp: boolean;
  /** Bytes announced by an OPT record; 0: none is sent. */
  readonly udpBytes: number;
  readonly noAaaa: boolean;
  /** A name without a dot is not tried as it stands. */
  readonly noTopLevel: boolean;
}

export type LibraryName = 'glibc' | 'musl';

export const MAX_NAMESERVERS = 3;
const MAX_NDOTS = 15;
/** What glibc announces with `edns0`: less than it has room for, so that datagrams stay whole. */
const EDNS_BYTES = 1200;
const LIMITS: Readonly<Record<LibraryName, { readonly timeoutSeconds: number; readonly attempts: number }>> = {
  glibc: { timeoutSeconds: 30, attempts: 5 },
  musl: { timeoutSeconds: 60, attempts: 10 },
};

export function settingsOf({ options }: ResolverConfig, library: LibraryName): ResolverSettings {
  const limit = LIMITS[library];
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const found = options.filter((option) => option.startsWith(`${name}:`)).at(-1);
    const value = Number.parseInt(found?.slice(name.length + 1) ?? '', 10);
    return Number.isNaN(value) ? fallback : Math.min(Math.max(value, least), most);
  };
  const glibc = library === 'glibc';
  const has = (name: string): boolean => glibc && options.includes(name);
  return {
    ndots: number('ndots', 1, 0, MAX_NDOTS),
    timeoutSeconds: number('timeout', 5, 1, limit.timeoutSeconds),
    attempts: number('attempts', 2, 1, limit.attempts),
    rotate: has('rotate'),
    singleRequest: has('single-request') || has('single-request-reopen'),
    singleRequestReopen: has('single-request-reopen'),
    useTcp: has('use-vc'),
    udpBytes: has('edns0') ? EDNS_BYTES : 0,
    noAaaa: has('no-aaaa'),
    noTopLevel: has('no-tld-query'),
  };
}

/** The file as a kubelet writes it. @see kubernetes pkg/kubelet/kuberuntime; the runtime's own order of lines */
export function formatResolverConfig({ nameservers, search, options }: ResolverConfig): string {
  const lines = [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
