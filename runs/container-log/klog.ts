/**
 * The lines of Kubernetes' own programs: `I0615 19:52:22.380580       1 server_linux.go:63] "Using iptables proxy"`.
 * @see https://github.com/kubernetes/klog klog.go formatHeader
 */
import type { LogLine, Started } from './log-line.ts';

/** Width of a process's number. */
const PROCESS_WIDTH = 7;

export interface KlogEntry {
  readonly severity: 'I' | 'W' | 'E';
  /** Microseconds after the program's start. */
  readonly afterUs: number;
  /** File and line, `server.go:516`. */
  readonly place: string;
  readonly message: string;
}

/** One line, as process 1 of a container writes it. */
export function klogLine({ severity, afterUs, place, message }: KlogEntry, { epochSeconds }: Started): LogLine {
  const us = Math.round(epochSeconds * 1e6) + afterUs;
  const date = new Date(Math.floor(us / 1000)).toISOString();
  const day = date.slice(5, 10).replace('-', '');
  const clock = `${date.slice(11, 19)}.${String(us % 1_000_000).padStart(6, '0')}`;
  const text = `${severity}${day} ${clock} ${'1'.padStart(PROCESS_WIDTH)} ${place}] ${message}`;
  return { epochSeconds: us / 1e6, text };
}
