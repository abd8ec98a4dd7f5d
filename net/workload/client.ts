/**
 * A client's request: opened from an ephemeral port, written once its connection stands.
 */
import type { Draw } from '../../core/decider.ts';
import type { Address } from '../address.ts';
import { type NetCommand, NetCommandKind, type StartRequest, type WriteRequest } from '../command.ts';
import { Bound, type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import { type Host, HostStatus } from '../host.ts';
import type { NetState, Network } from '../network.ts';
import { HeaderBytes, Protocol } from '../packet.ts';
import { Outcome, type Request } from '../request.ts';
import { reasonOf } from '../stack/receive.ts';
import { hop, isLocal, leavesLoopback, preferredSource, route } from '../stack/routing.ts';
import { addSocket, removeSocket } from '../stack/socket-state.ts';
import { packPorts } from '../stack/tell.ts';
import { tcpProfile } from '../transport/tcp-profile.ts';
import { open } from '../transport/tcp-socket.ts';
import { send } from '../transport/tcp-transmit.ts';
import { completed } from './completion.ts';
import { portFor, replaced } from './source-port.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

/** Bit of `RequestStarted.keep`: the connection stays open afterwards. */
const KEPT = 1;
/** Bit of `RequestStarted.keep`: a look-up came before it, and the request counts from there. */
export const AFTER_LOOKUP = 2;
/** Above its bits `RequestStarted.keep` has the TTL of the request's datagrams; 0: the host's. */
const TTL_SHIFT = 8;

export function startRequest({ net }: NetState, command: StartRequest, draw: Draw, emit: Emit): void {
  const {
    at,
    protocol,
    destination,
    destinationPort,
    traffic,
    number,
    requestBytes,
    responseBytes,
    keep,
    timeoutNs,
    text,
  } = command;
  const host = net.host(command.host);
  if (host.status === HostStatus.Down) return;
  const flow = command.flow ?? net.nextFlow;
  const found =
    maySendFrom(net, host, command.source, destination) && route(net, host, destination) && reasonOf(hop.type) === 0;
  // Chosen by the route, before any translation of the destination.
  const source = command.source !== 0 ? command.source : found ? preferredSource(net, host) : 0;
  const isEcho = protocol === Protocol.Icmp;
  const asked = command.sourcePort;
  const ends = { protocol, bound: command.source, source, port: asked, destination, destinationPort };
  const sourcePort = portFor(host, ends, flow, draw);
  emit({
    kind: NetEventKind.RequestStarted,
    at,
    host: host.id,
    flow,
    traffic,
    number,
    source,
    destination,
    ports: packPorts(sourcePort, destinationPort),
    protocol,
    requestBytes,
    responseBytes,
    keep: (keep ? KEPT : 0) | (command.flow === undefined ? 0 : AFTER_LOOKUP) | ((command.ttl ?? 0) << TTL_SHIFT),
    timeoutNs,
    text,
  });
  const unbound = sourcePort === 0 && !isEcho;
  if (unbound && asked === 0)
    emit({ kind: NetEventKind.BoundReached, at, host: host.id, flow, bound: Bound.EphemeralPorts });
  if (!found || source === 0 || unbound)
    emit(
      completed(
        { ...unanswered(flow, net.dns.startOf(flow) ?? at, command), source, sourcePort },
        at,
        Outcome.Unreachable,
      ),
    );
}

/**
 * Whether a socket may be bound to an address and connected to another: `bind` says EADDRNOTAVAIL of one that isn't the
 * host's own, `connect` EINVAL where a loopback address would leave the host.
 * @param source 0: any
 */
function maySendFrom(net: Network, host: Host, source: Address, destination: Address): boolean {
  return source === 0 || (isLocal(net, host, source) && !leavesLoopback(net, host, source, destination));
}

function unanswered(flow: number, at: number, command: StartRequest): Omit<Request, 'source' | 'sourcePort'> {
  const { host, traffic, number, protocol, destination, destinationPort, requestBytes, responseBytes, text, keep } =
    command;
  const base = {
    flow,
    host,
    traffic,
    number,
    protocol,
    startedAtNs: at,
    destination,
    destinationPort,
    requestBytes,
    responseBytes,
    text,
    keep,
  };
  return {
    ...base,
    socket: 0,
    answerBytes: -1,
    status: 0,
    server: 0,
    seen: 0,
    seenPort: 0,
    servedAddress: 0,
    servedPort: 0,
    hops: 0,
    ttlHops: 0,
    dnat: 0,
    snat: 0,
  };
}

export function evolveStarted({ net }: NetState, event: NetEventOf<'RequestStarted'>): void {
  const host = net.host(event.host);
  const { flow, protocol, source, destination } = event;
  net.nextFlow = Math.max(net.nextFlow, flow + 1);
  const startedAtNs = net.dns.startOf(flow) ?? event.at;
  net.dns.lookups.delete(flow);
  const sourcePort = event.ports >>> 16;
  const destinationPort = event.ports & 0xffff;
  const { traffic, number, requestBytes, responseBytes, text } = event;
  const echo = protocol === Protocol.Icmp;
  const ends = {
    protocol,
    flow,
    localAddress: source,
    localPort: echo ? 0 : sourcePort,
    remoteAddress: destination,
    remotePort: echo ? sourcePort : destinationPort,
  };
  const reachable = source !== 0 && route(net, host, destination) && reasonOf(hop.type) === 0;
  const mtuBytes = reachable ? net.interface(hop.device).mtu : 1500;
  const tcp =
    protocol === Protocol.Tcp
      ? open({ profile: tcpProfile(net.kernel), mtuBytes, ipHeaderBytes: HeaderBytes.Ipv4 })
      : undefined;
  const bound = sourcePort !== 0 || echo;
  const left = replaced(host, { protocol, bound: 0, source, port: sourcePort, destination, destinationPort });
  if (left !== undefined) removeSocket(net, host, left);
  const socket = bound ? addSocket(net, host, ends, undefined, tcp) : undefined;
  if (tcp === undefined) socket?.datagrams.push(requestBytes);
  const ttl = event.keep >>> TTL_SHIFT;
  if (socket !== undefined && ttl > 0) socket.ttl = ttl;
  net.requests.set(flow, {
    flow,
    host: host.id,
    traffic,
    number,
    protocol,
    startedAtNs,
    source,
    destination,
    sourcePort,
    destinationPort,
    requestBytes,
    responseBytes,
    text,
    keep: (event.keep & KEPT) !== 0,
    socket: socket?.id ?? 0,
    answerBytes: -1,
    status: 0,
    server: 0,
    seen: 0,
    seenPort: 0,
    servedAddress: 0,
    servedPort: 0,
    hops: 0,
    ttlHops: 0,
    dnat: 0,
    snat: 0,
  });
}

export function planStarted({ net }: NetState, event: NetEventOf<'RequestStarted'>, schedule: Schedule): void {
  const request = net.requests.get(event.flow);
  if (request === undefined || request.socket === 0) return;
  schedule({ kind: NetCommandKind.TransmitSocket, at: event.at, socket: request.socket });
  if (event.timeoutNs > 0)
    schedule({ kind: NetCommandKind.ExpireRequest, at: event.at + event.timeoutNs, flow: event.flow });
}

export function writeRequest({ net }: NetState, command: WriteRequest, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  const request = socket === undefined ? undefined : net.requests.get(socket.flow);
  if (socket === undefined || request === undefined || socket.written) return;
  emit({
    kind: NetEventKind.RequestWritten,
    at: command.at,
    host: socket.host,
    flow: socket.flow,
    socket: socket.id,
    bytes: request.requestBytes,
  });
}

export function evolveWritten({ net }: NetState, event: NetEventOf<'RequestWritten'>): void {
  const socket = net.sockets.get(event.socket)!;
  socket.written = true;
  send(socket.tcp!, event.bytes, event.flow);
}
