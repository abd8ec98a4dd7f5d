/**
 * What befalls a socket besides packets: its application closes it, its timer fires, it has reached its end.
 */
import type { Draw } from '../../core/decider.ts';
import type { CloseSocket, FireOpeningTimer, FireSocketTimer, ForgetSocket, NetCommand } from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import { HostStatus } from '../host.ts';
import type { NetState, Network } from '../network.ts';
import type { Socket } from '../socket.ts';
import { attend } from '../stack/attend.ts';
import { moveTimer, removeSocket } from '../stack/socket-state.ts';
import { close } from '../transport/tcp-close.ts';
import { hold, isDone, TcpState } from '../transport/tcp-socket.ts';
import { deadlineNs, timeout } from '../transport/tcp-timer.ts';
import { nextSegment } from '../transport/tcp-transmit.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

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
