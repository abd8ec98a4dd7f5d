/**
 * A server's answer to the request that its socket has read.
 */
import type { Draw } from '../../core/decider.ts';
import { answerTo } from '../answer.ts';
import type { AnswerRequest } from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import type { NetState } from '../network.ts';
import { moveTimer } from '../stack/socket-state.ts';
import { close } from '../transport/tcp-close.ts';
import { send } from '../transport/tcp-transmit.ts';

type Emit = (event: NetEvent) => void;

export function answerRequest({ net }: NetState, command: AnswerRequest, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket?.listener === undefined || socket.listener.hangs === true) return;
  // The process has ended: its sockets are the kernel's now.
  if (socket.closed && !net.host(socket.host).listeners.includes(socket.listener)) return;
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
