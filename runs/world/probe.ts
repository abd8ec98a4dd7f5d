/**
 * What a kubelet's probes are on the network: requests of the node, whose ends the prober is told of. And what becomes of
 * the connections of a program that ends.
 */
import { podHost } from '../../controllers/cni/pod-host.ts';
import { ClusterCommandKind } from '../../controllers/command.ts';
import type { ClusterEventOf } from '../../controllers/event.ts';
import { type ProbeRef, probeOf } from '../../controllers/kubelet/probe.ts';
import { probeAuthority, probePort } from '../../controllers/kubelet/probe-text.ts';
import type { PodRef } from '../../controllers/node-agent.ts';
import { SECOND } from '../../core/time.ts';
import { NetCommandKind } from '../../net/command.ts';
import type { NetEventOf } from '../../net/event.ts';
import { requestText, textBytes } from '../../net/http.ts';
import { Protocol } from '../../net/packet.ts';
import { isProbe, LIVENESS_TRAFFIC, READINESS_TRAFFIC } from '../../net/request.ts';
import type { WorldCommand } from './command.ts';
import type { World } from './world.ts';

type Schedule = (command: WorldCommand) => void;

/** A probe of a port or of an HTTP server sets out. */
export function planProbeSent({ net, cluster }: World, event: ClusterEventOf<'ProbeSent'>, schedule: Schedule): void {
  const { at, host, number } = event;
  const ref = JSON.parse(event.text) as ProbeRef;
  const pod = cluster.store.get('Pod', ref.namespace, ref.name);
  const container = pod?.spec.containers.find(({ name }) => name === ref.container);
  const probe = container === undefined ? undefined : probeOf(container, ref.type);
  if (pod === undefined || container === undefined || probe === undefined) return;
  const { httpGet, tcpSocket } = probe;
  if (httpGet === undefined && tcpSocket === undefined) return;
  // What TLS says is not modelled: that the port is open has to do.
  const text =
    httpGet === undefined || httpGet.scheme === 'HTTPS'
      ? ''
      : probeText(agentName(cluster.config.minor), pod, container, probe);
  schedule({
    kind: NetCommandKind.StartRequest,
    at,
    host,
    traffic: ref.type === 'liveness' ? LIVENESS_TRAFFIC : READINESS_TRAFFIC,
    number,
    protocol: Protocol.Tcp,
    destination: net.addresses.find((httpGet ?? tcpSocket)?.host ?? pod.status.podIP ?? ''),
    destinationPort: probePort(container, probe),
    source: 0,
    sourcePort: 0,
    requestBytes: textBytes(text),
    responseBytes: -1,
    timeoutNs: probe.timeoutSeconds * SECOND,
    text,
    keep: false,
  });
}

function agentName(minor: number): string {
  return `kube-probe/1.${minor}`;
}

/** @see kubernetes pkg/probe/http/request.go */
function probeText(agent: string, ...[pod, container, probe]: Parameters<typeof probeAuthority>): string {
  const { path = '/', httpHeaders = [] } = probe.httpGet!;
  const given = httpHeaders.map(({ name, value }) => [name, value] as const);
  const asked = (wanted: string): boolean => given.some(([name]) => name.toLowerCase() === wanted);
  const host = given.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? probeAuthority(pod, container, probe);
  return requestText({
    method: 'GET',
    path: path.startsWith('/') ? path : `/${path}`,
    headers: [
      ['Host', host],
      ...(asked('user-agent') ? [] : [['User-Agent', agent] as const]),
      ...(asked('accept') ? [] : [['Accept', '*/*'] as const]),
      ...given.filter(([name]) => name.toLowerCase() !== 'host'),
      ['Connection', 'close'],
    ],
  });
}

/** A probe's request has ended: its kubelet hears of it. */
export function planProbeEnded(_world: World, event: NetEventOf<'RequestCompleted'>, schedule: Schedule): void {
  if (!isProbe(event.traffic)) return;
  const { at, number, outcome, status, server } = event;
  schedule({ kind: ClusterCommandKind.TakeProbeAnswer, at, number, outcome, status, connected: server !== 0 });
}

/** Programs have ended: the kernel closes the connections that they had accepted. */
export function planExit({ net, cluster }: World, event: ClusterEventOf<'ContainersExited'>, schedule: Schedule): void {
  const ref = JSON.parse(event.text) as PodRef;
  const spec = cluster.store.get('Pod', ref.namespace, ref.name)?.spec;
  const host = spec?.hostNetwork === true ? net.host(event.host) : podHost(net, event.host, ref);
  if (host === undefined) return;
  for (const sockets of host.sockets.values()) {
    for (const { id, listener, closed } of sockets) {
      if (listener === undefined || listener.name !== ref.name || closed || host.listeners.includes(listener)) continue;
      schedule({ kind: NetCommandKind.CloseSocket, at: event.at, socket: id });
    }
  }
}

/** Programs go on that had stood still: what they were asked meanwhile is answered now. */
export function planHung({ net, cluster }: World, event: ClusterEventOf<'PodHung'>, schedule: Schedule): void {
  if (event.hangs === 1) return;
  const ref = JSON.parse(event.text) as PodRef;
  const spec = cluster.store.get('Pod', ref.namespace, ref.name)?.spec;
  const host = spec?.hostNetwork === true ? net.host(event.host) : podHost(net, event.host, ref);
  for (const sockets of host?.sockets.values() ?? [])
    for (const { id, listener } of sockets)
      if (listener?.name === ref.name) schedule({ kind: NetCommandKind.AnswerRequest, at: event.at, socket: id });
}
