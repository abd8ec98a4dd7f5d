/**
 * What web servers write: as they start, and of each request that they have answered.
 * @see https://github.com/nginxinc/docker-nginx entrypoint, https://nginx.org/en/docs/http/ngx_http_log_module.html,
 * https://httpd.apache.org/docs/2.4/logs.html#common, https://github.com/traefik/whoami
 */
import type { Headers } from '../../net/http.ts';
import { type LogLine, type Started, scripted } from './log-line.ts';

/** A request that was answered. */
export interface Access {
  /** Seconds since 1970. */
  readonly epochSeconds: number;
  /** Whom the server sees. */
  readonly peer: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly status: number;
  readonly bodyBytes: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** nginx as it comes: its format `main`. */
export function nginxAccess(access: Access): string {
  const { peer, method, path, status, bodyBytes } = access;
  const header = (name: string): string => headerOf(access, name) ?? '-';
  const sent = `${status} ${bodyBytes} "${header('referer')}" "${header('user-agent')}" "${header('x-forwarded-for')}"`;
  return `${peer} - - [${clfTime(access)}] "${method} ${path} HTTP/1.1" ${sent}`;
}

/** Apache as it comes in its image: the common log format. */
export function httpdAccess(access: Access): string {
  const { peer, method, path, status, bodyBytes } = access;
  return `${peer} - - [${clfTime(access)}] "${method} ${path} HTTP/1.1" ${status} ${bodyBytes === 0 ? '-' : bodyBytes}`;
}

function headerOf({ headers }: Access, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** `02/Feb/2020:13:00:05 +0000` */
function clfTime({ epochSeconds }: Access): string {
  const date = new Date(Math.floor(epochSeconds) * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}

/**
 * The image's entrypoint speaks from 1.19 on, the server itself from 1.21 on; before, a start is silent. Lines that tell
 * of the machine (compiler, kernel, limits, numbers of processes) are left out.
 * @param version `1.27.0`
 */
export function nginxStart(version: string, started: Started): readonly LogLine[] {
  const minor = Number(version.split('.')[1] ?? 0);
  const stamp = new Date(Math.floor(started.epochSeconds) * 1000).toISOString();
  const notice = `${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)} [notice] 1#1:`;
  const entrypoint = [
    '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
    '/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/',
    '/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh',
    '10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf',
    '10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf',
    ...(minor >= 25 ? ['/docker-entrypoint.sh: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh'] : []),
    '/docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh',
    ...(minor >= 21 ? ['/docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh'] : []),
    '/docker-entrypoint.sh: Configuration complete; ready for start up',
  ];
  const server = [
    `${notice} using the "epoll" event method`,
    `${notice} nginx/${version}`,
    `${notice} start worker processes`,
  ];
  const lines = [...(minor >= 19 ? entrypoint : []), ...(minor >= 21 ? server : [])];
  return scripted(
    lines.map((text, i) => [i * 1_500, text]),
    started,
  );
}

/** An nginx that finds its port taken: it tries five times, and gives up. */
export function nginxPortTaken(version: string, started: Started): readonly LogLine[] {
  const minor = Number(version.split('.')[1] ?? 0);
  const lines: [number, string][] = [];
  const stampAt = (us: number): string => {
    const stamp = new Date(Math.floor(started.epochSeconds * 1000 + us / 1000)).toISOString();
    return `${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)}`;
  };
  const emerg = (us: number, what: string): void => {
    lines.push([us, `${stampAt(us)} [emerg] 1#1: ${what}`], [us, `nginx: [emerg] ${what}`]);
  };
  for (let attempt = 0; attempt < BIND_ATTEMPTS; attempt++) {
    const us = attempt * BIND_PAUSE_US + 20_000;
    for (const address of ['0.0.0.0', '[::]']) emerg(us, `bind() to ${address}:80 failed (98: Address already in use)`);
    if (minor >= 21) lines.push([us, `${stampAt(us)} [notice] 1#1: try again to bind() after 500ms`]);
  }
  emerg(BIND_ATTEMPTS * BIND_PAUSE_US - 1, 'still could not bind()');
  return [
    ...nginxStart(version, started).filter(({ text }) => !text.includes('[notice]')),
    ...scripted(lines, started),
  ];
}

const BIND_ATTEMPTS = 5;
const BIND_PAUSE_US = 500_000;

export function whoamiStart(started: Started): readonly LogLine[] {
  const stamp = new Date(Math.floor(started.epochSeconds) * 1000).toISOString();
  const text = `${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)} Starting up on port 80`;
  return scripted([[1_200, text]], started);
}
