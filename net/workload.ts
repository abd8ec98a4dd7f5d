/**
 * The applications: clients that open requests and servers that answer them. They know sockets only, never packets.
 */
import type { Draw } from '../core/decider.ts';
import { answerTo } from './answer.ts';
import type {
  AnswerRequest,
  CloseSocket,
  ExpireRequest,
  FinishRequest,
  FireOpeningTimer,
  FireSocketTimer,
  ForgetSocket,
  NetCommand,
  StartRequest,
  WriteRequest,
} from './command.ts';
import { NetCommandKind } from './command.ts';
import { Bound, type NetEvent, NetEventKind, type NetEventOf } from './event.ts';
import { type Host, HostStatus } from './host.ts';
import type { NetState, Network } from './network.ts';
import { HeaderBytes, Protocol } from './packet.ts';
import { Purpose } from './purpose.ts';
import { Outcome, type Request } from './request.ts';
import { type Socket, socketKey } from './socket.ts';
import { attend } from './stack/attend.ts';
import { listenerOf, reasonOf } from './stack/receive.ts';
import { hop, route } from './stack/routing.ts';
import { addSocket, moveTimer, removeSocket } from './stack/socket-state.ts';
import { packPorts } from './stack/tell.ts';
import { close } from './transport/tcp-close.ts';
import { tcpProfile } from './transport/tcp-profile.ts';
import { hold, isDone, open, TcpState } from './transport/tcp-socket.ts';
import { deadlineNs, timeout } from './transport/tcp-timer.ts';
import { nextSegment, send } from './transport/tcp-transmit.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

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
  const flow = net.nextFlow;
  const found = route(net, host, destination) && reasonOf(hop.type) === 0;
  // Chosen by the route, before any translation of the destination.
  const source = command.source !== 0 ? command.source : found ? hop.source : 0;
  const sourcePort =
    command.sourcePort !== 0
      ? command.sourcePort
      : protocol === Protocol.Icmp
        ? draw(Purpose.EchoIdentifier, flow) & 0xffff
        : freePort(host, protocol, destination, destinationPort, flow, draw);
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
    keep: keep ? 1 : 0,
    timeoutNs,
    text,
  });
  const unbound = sourcePort === 0 && protocol !== Protocol.Icmp;
  if (unbound) emit({ kind: NetEventKind.BoundReached, at, host: host.id, flow, bound: Bound.EphemeralPorts });
  if (!found || source === 0 || unbound)
    emit(completed({ ...unanswered(flow, at, command), source, sourcePort }, at, Outcome.Unreachable));
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

/** An ephemeral port that this host uses towards nobody else on that end. The kernel starts its search at random too. */
function freePort(host: Host, protocol: number, remote: number, remotePort: number, flow: number, draw: Draw): number {
  const { portLow, portHigh } = host.sysctls;
  const span = portHigh - portLow + 1;
  const start = draw(Purpose.EphemeralPort, flow) % span;
  for (let i = 0; i < span; i++) {
    const port = portLow + ((start + i) % span);
    if (
      !host.sockets.has(socketKey(protocol, remote, remotePort, port)) &&
      listenerOf(host, protocol, 0, port) === undefined
    )
      return port;
  }
  return 0;
}

export function evolveStarted({ net }: NetState, event: NetEventOf<'RequestStarted'>): void {
  const host = net.host(event.host);
  const { flow, protocol, source, destination } = event;
  net.nextFlow = flow + 1;
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
  const socket = bound ? addSocket(net, host, ends, undefined, tcp) : undefined;
  if (tcp === undefined) socket?.datagrams.push(requestBytes);
  net.requests.set(flow, {
    flow,
    host: host.id,
    traffic,
    number,
    protocol,
    startedAtNs: event.at,
    source,
    destination,
    sourcePort,
    destinationPort,
    requestBytes,
    responseBytes,
    text,
    keep: event.keep !== 0,
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

export function answerRequest({ net }: NetState, command: AnswerRequest, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket?.listener === undefined) return;
  const waiting = socket.tcp === undefined ? socket.received.length > 0 : socket.tcp.inbox.length > 0;
  if (!waiting) return;
  const { bytes, status, close: closes } = answerTo(net, socket, command.at);
  emit({
    kind: NetEventKind.RequestAnswered,
    at: command.at,
    host: socket.host,
    flow: socket.flow,
    socket: socket.id,
    bytes,
    status,
    close: closes ? 1 : 0,
  });
}

export function evolveAnsweredRequest({ net }: NetState, event: NetEventOf<'RequestAnswered'>): void {
  const socket = net.sockets.get(event.socket)!;
  const request = net.requests.get(event.flow);
  if (request !== undefined) request.status = event.status;
  if (socket.tcp === undefined) {
    socket.received.shift();
    socket.datagrams.push(event.bytes);
    return;
  }
  socket.tcp.inbox.shift();
  send(socket.tcp, event.bytes, event.flow);
  if (event.close !== 0) {
    socket.closed = true;
    close(socket.tcp, event.at);
  }
  moveTimer(socket, event.at);
}

export function finishRequest({ net }: NetState, command: FinishRequest, _draw: Draw, emit: Emit): void {
  const request = net.requests.get(command.flow);
  if (request !== undefined) emit(completed(request, command.at, command.outcome));
}

export function expireRequest({ net }: NetState, command: ExpireRequest, _draw: Draw, emit: Emit): void {
  const request = net.requests.get(command.flow);
  if (request !== undefined) emit(completed(request, command.at, Outcome.Timeout));
}

function completed(request: Request, at: number, outcome: number): NetEventOf<'RequestCompleted'> {
  const answered = outcome === Outcome.Answered;
  return {
    kind: NetEventKind.RequestCompleted,
    at,
    host: request.host,
    flow: request.flow,
    traffic: request.traffic,
    number: request.number,
    outcome,
    status: answered ? request.status : 0,
    server: request.server,
    source: request.source,
    seen: request.seen,
    seenPorts: packPorts(request.seenPort, request.servedPort),
    originalDestination: request.destination,
    originalPorts: packPorts(request.sourcePort, request.destinationPort),
    hops: request.hops,
    ttlHops: request.ttlHops,
    dnat: request.dnat,
    snat: request.snat,
    startedAt: request.startedAtNs,
  };
}

export function evolveCompleted({ net }: NetState, event: NetEventOf<'RequestCompleted'>): void {
  const request = net.requests.get(event.flow);
  if (request === undefined) return;
  net.requests.delete(event.flow);
  const socket = net.sockets.get(request.socket);
  if (socket === undefined || request.keep) return;
  socket.closed = true;
  if (socket.tcp === undefined) removeSocket(net, net.host(socket.host), socket);
  else {
    close(socket.tcp, event.at);
    moveTimer(socket, event.at);
  }
}

export function planCompleted({ net }: NetState, event: NetEventOf<'RequestCompleted'>, schedule: Schedule): void {
  for (const socket of socketsOf(net, event.host, event)) attend(net, socket, event.at, schedule);
}

function socketsOf(net: Network, host: number, event: NetEventOf<'RequestCompleted'>): Socket[] {
  const key = socketKey(
    Protocol.Tcp,
    event.originalDestination,
    event.originalPorts & 0xffff,
    event.originalPorts >>> 16,
  );
  // A pod may have gone with its client's request still open.
  return (net.hosts[host]?.sockets.get(key) ?? []).filter((socket) => socket.flow === event.flow);
}

export function closeSocket({ net }: NetState, command: CloseSocket, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket === undefined || socket.closed) return;
  emit({ kind: NetEventKind.SocketClosed, at: command.at, host: socket.host, flow: socket.flow, socket: socket.id });
}

export function evolveClosed({ net }: NetState, event: NetEventOf<'SocketClosed'>): void {
  const socket = net.sockets.get(event.socket)!;
  socket.closed = true;
  if (socket.tcp !== undefined) close(socket.tcp, event.at);
  moveTimer(socket, event.at);
}

export function fireSocketTimer(
  { net }: NetState,
  command: FireSocketTimer | FireOpeningTimer,
  _draw: Draw,
  emit: Emit,
): void {
  const socket = net.sockets.get(command.socket);
  if (socket?.tcp === undefined || socket.timerAtNs !== command.at) return;
  if (net.host(socket.host).status === HostStatus.Down) return;
  emit({
    kind: NetEventKind.SocketTimerFired,
    at: command.at,
    host: socket.host,
    flow: socket.flow,
    socket: socket.id,
  });
}

export function evolveTimer({ net }: NetState, event: NetEventOf<'SocketTimerFired'>): void {
  const socket = net.sockets.get(event.socket)!;
  const tcp = socket.tcp!;
  if (deadlineNs(tcp) <= event.at) timeout(tcp, event.at);
  if (tcp.state === TcpState.SynSent && waitsForNeighbour(net, socket)) hold(tcp);
  socket.timerAtNs = Number.POSITIVE_INFINITY;
  moveTimer(socket, event.at);
}

/** Whether the SYN has not even left yet. @see net/ipv4/tcp_output.c skb_still_in_host_queue */
function waitsForNeighbour(net: Network, socket: Socket): boolean {
  for (const { waiting } of net.host(socket.host).neighbours.list()) {
    for (const id of waiting) {
      const packet = net.packets.get(id);
      if (
        packet?.flow === socket.flow &&
        packet.maker === socket.host &&
        packet.originalPorts >>> 16 === socket.localPort
      )
        return true;
    }
  }
  return false;
}

export function forgetSocket({ net }: NetState, command: ForgetSocket, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket?.tcp === undefined || !isDone(socket.tcp) || nextSegment(socket.tcp, command.at) !== undefined) return;
  emit({ kind: NetEventKind.SocketForgotten, at: command.at, host: socket.host, flow: socket.flow, socket: socket.id });
}

export function evolveForgotten({ net }: NetState, event: NetEventOf<'SocketForgotten'>): void {
  const socket = net.sockets.get(event.socket)!;
  removeSocket(net, net.host(socket.host), socket);
}

/** After anything that an application or a timer did to a socket. */
export function planSocket(
  { net }: NetState,
  event: { readonly at: number; readonly socket: number },
  schedule: Schedule,
): void {
  const socket = net.sockets.get(event.socket);
  if (socket !== undefined) attend(net, socket, event.at, schedule);
}
