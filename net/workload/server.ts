/**
 * A server's answer to the request that its socket has read.
 */
import type { Draw } from '../../core/decider.ts';
import { answerTo, refusalOf } from '../answer.ts';
import { type AnswerRequest, type NetCommand, NetCommandKind, type TakeRequest } from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import type { NetState } from '../network.ts';
import { Purpose } from '../purpose.ts';
import { moveTimer } from '../stack/socket-state.ts';
import { close } from '../transport/tcp-close.ts';
import { send } from '../transport/tcp-transmit.ts';
import { admit, departure, serviceNs } from './crew.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

/** A worker is found for a request, now or later, or it is turned away. Who has asked is served though they give up. */
export function takeRequest({ net }: NetState, command: TakeRequest, draw: Draw, emit: Emit): void {
  const { at, socket: id } = command;
  const socket = net.sockets.get(id);
  const crew = socket?.listener?.crew;
  if (socket === undefined || crew === undefined) return;
  if (socket.closed && !net.host(socket.host).listeners.includes(socket.listener!)) return;
  const waiting = socket.tcp === undefined ? socket.received.length : socket.tcp.inbox.length;
  if (waiting <= (socket.taken?.length ?? 0)) return;
  const { host, flow } = socket;
  const dueAt = departure(crew, at, serviceNs(crew, socket.listener!.delayNs, draw(Purpose.ServiceTime, flow, id)));
  emit({ kind: NetEventKind.RequestTaken, at, host, flow, socket: id, dueAt });
}

export function evolveTaken({ net }: NetState, { at, socket: id, dueAt }: NetEventOf<'RequestTaken'>): void {
  const socket = net.sockets.get(id)!;
  socket.taken ??= [];
  const turnedAway = dueAt < 0;
  if (turnedAway && socket.tcp === undefined) {
    socket.received.splice(socket.taken.length, 1);
    return;
  }
  // On one connection answers come in the order of their requests.
  const before = socket.taken.at(-1)?.dueNs ?? 0;
  socket.taken.push({ dueNs: Math.max(before, turnedAway ? at : dueAt), turnedAway });
  if (!turnedAway) admit(socket.listener!.crew!, at, dueAt);
}

export function planTaken({ net }: NetState, event: NetEventOf<'RequestTaken'>, schedule: Schedule): void {
  const { at, socket: id } = event;
  const socket = net.sockets.get(id)!;
  // A datagram is turned away without a word.
  if (event.dueAt < 0 && socket.tcp === undefined) return;
  const { dueNs, turnedAway } = socket.taken!.at(-1)!;
  if (!turnedAway || refusalOf(net, socket, at) !== undefined)
    schedule({ kind: NetCommandKind.AnswerRequest, at: dueNs, socket: id });
  // What is no HTTP has no words for it.
  else schedule({ kind: NetCommandKind.CloseSocket, at, socket: id });
}

export function answerRequest({ net }: NetState, command: AnswerRequest, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket?.listener === undefined || socket.listener.hangs === true) return;
  // The process has ended: its sockets are the kernel's now.
  if (socket.closed && !net.host(socket.host).listeners.includes(socket.listener)) return;
  const waiting = socket.tcp === undefined ? socket.received.length > 0 : socket.tcp.inbox.length > 0;
  if (!waiting) return;
  if (socket.listener.crew !== undefined && command.at < (socket.taken?.[0]?.dueNs ?? Number.POSITIVE_INFINITY)) return;
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
  socket.taken?.shift();
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
