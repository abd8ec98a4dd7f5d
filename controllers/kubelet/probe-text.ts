/**
 * What a kubelet writes down of a probe that failed: the words of Go's HTTP client and dialler.
 * @see kubernetes pkg/probe/http/http.go, pkg/probe/tcp/tcp.go
 */
import { Outcome } from '../../net/request.ts';
import type { TakeProbeAnswer } from '../command.ts';
import type { Container, Pod, Probe } from '../object/pod.ts';

/** Go puts URLs in its errors in quotes from the release on with which this one of Kubernetes is built. */
const QUOTED_MINOR = 19;

/** The port that a probe asks, as a number; 0 where no container port has its name. */
export function probePort(container: Container, { httpGet, tcpSocket }: Probe): number {
  const port = (httpGet ?? tcpSocket)?.port ?? 0;
  if (typeof port === 'number') return port;
  const digits = /^\d+$/.test(port) ? Number(port) : undefined;
  return digits ?? container.ports?.find(({ name }) => name === port)?.containerPort ?? 0;
}

/** Address and port as a URL or a dialler has them. */
export function probeAuthority(pod: Pod, container: Container, probe: Probe): string {
  const ip = (probe.httpGet ?? probe.tcpSocket)?.host ?? pod.status.podIP ?? '';
  return `${ip.includes(':') ? `[${ip}]` : ip}:${probePort(container, probe)}`;
}

export function failureText(
  pod: Pod,
  container: Container,
  probe: Probe,
  { outcome, status, connected }: TakeProbeAnswer,
  minor: number,
): string {
  const authority = probeAuthority(pod, container, probe);
  if (probe.httpGet === undefined) return dialText(authority, outcome);
  if (outcome === Outcome.Answered) return `HTTP probe failed with statuscode: ${status}`;
  const { scheme = 'HTTP', path = '/' } = probe.httpGet;
  const url = `${scheme.toLowerCase()}://${authority}${path.startsWith('/') ? '' : '/'}${path}`;
  const head = minor < QUOTED_MINOR ? `Get ${url}: ` : `Get "${url}": `;
  return head + httpText(authority, outcome, connected, minor);
}

function httpText(authority: string, outcome: number, connected: boolean, minor: number): string {
  const waiting = '(Client.Timeout exceeded while awaiting headers)';
  if (outcome === Outcome.Timeout) {
    if (minor < QUOTED_MINOR)
      return connected
        ? `net/http: request canceled ${waiting}`
        : `net/http: request canceled while waiting for connection ${waiting}`;
    return connected ? `context deadline exceeded ${waiting}` : `dial tcp ${authority}: i/o timeout ${waiting}`;
  }
  if (outcome === Outcome.Reset) return connected ? 'EOF' : `read tcp ${authority}: read: connection reset by peer`;
  return dialText(authority, outcome);
}

function dialText(authority: string, outcome: number): string {
  const why =
    outcome === Outcome.Refused
      ? 'connect: connection refused'
      : outcome === Outcome.Timeout
        ? 'i/o timeout'
        : outcome === Outcome.Reset
          ? 'read: connection reset by peer'
          : 'connect: no route to host';
  return `dial tcp ${authority}: ${why}`;
}
