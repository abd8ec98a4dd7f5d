/**
 * What the application on a socket wants next: a client writes, reads and is done; a server answers and hangs up. Read
 * by `plan` after anything that touched the socket.
 */
import { type NetCommand, NetCommandKind } from './command.ts';
import type { Network } from './network.ts';
import { isProbe, Outcome } from './request.ts';
import { Answer, type Socket } from './socket.ts';
import { errorOfIcmp, SocketError } from './transport/socket-error.ts';
import { isConnected } from './transport/tcp-socket.ts';

type Schedule = (command: NetCommand) => void;

/** What the application on a socket does next. */
export function followSocket(net: Network, socket: Socket, at: number, schedule: Schedule): void {
  if (socket.inbound !== undefined) followQuery(socket, at, schedule);
  else if (socket.listener === undefined) followClient(net, socket, at, schedule);
  else followServer(socket, at, schedule);
}

function followClient(net: Network, socket: Socket, at: number, schedule: Schedule): void {
  const { tcp, flow } = socket;
  if (!net.requests.has(flow)) return;
  const finish = (outcome: number) => schedule({ kind: NetCommandKind.FinishRequest, at, flow, outcome });
  if (tcp === undefined) {
    const received = socket.received[0];
    if (received !== undefined) finish(received >= 0 ? Outcome.Answered : outcomeOf(errorOfIcmp(-1 - received), true));
  } else if (tcp.error !== SocketError.None) finish(outcomeOf(tcp.error, !socket.written));
  else if (tcp.inbox.length > 0) finish(Outcome.Answered);
  else if (tcp.peerClosed) finish(Outcome.Reset);
  else if (isConnected(tcp) && !socket.written) {
    // Who only wants to know whether a port is open has nothing to say.
    const { traffic, requestBytes } = net.requests.get(flow)!;
    if (isProbe(traffic) && requestBytes === 0) finish(Outcome.Answered);
    else schedule({ kind: NetCommandKind.WriteRequest, at, socket: socket.id });
  }
}

/** What carries DNS: a server thinks about each query, a client reads what has come. */
function followQuery(socket: Socket, at: number, schedule: Schedule): void {
  const { id, tcp, listener, inbound, received } = socket;
  if (listener !== undefined) {
    const newest = tcp === undefined ? inbound!.at(-1) : tcp.inbox.at(-1);
    if (newest !== undefined && newest !== 0)
      schedule({ kind: NetCommandKind.AnswerQuery, at: at + listener.delayNs, socket: id, message: newest });
    if (tcp?.peerClosed && !socket.closed) schedule({ kind: NetCommandKind.CloseSocket, at, socket: id });
  } else if (!socket.closed) {
    const heard =
      tcp === undefined
        ? received.length > 0
        : tcp.inbox.length > 0 || tcp.peerClosed || tcp.error !== SocketError.None;
    if (heard) schedule({ kind: NetCommandKind.ReadAnswer, at, socket: id });
  }
}

function outcomeOf(error: number, opening: boolean): number {
  switch (error) {
    case SocketError.Refused:
      return Outcome.Refused;
    case SocketError.Reset:
      return opening ? Outcome.Refused : Outcome.Reset;
    case SocketError.TimedOut:
      return Outcome.Timeout;
    default:
      return Outcome.Unreachable;
  }
}

function followServer(socket: Socket, at: number, schedule: Schedule): void {
  const { tcp, listener } = socket;
  const waiting = tcp === undefined ? socket.received.length : tcp.inbox.length;
  if (listener!.crew !== undefined && listener!.answers !== Answer.Accept) {
    if (waiting > (socket.taken?.length ?? 0)) schedule({ kind: NetCommandKind.TakeRequest, at, socket: socket.id });
  } else if (waiting > 0 && listener!.answers !== Answer.Accept)
    schedule({ kind: NetCommandKind.AnswerRequest, at: at + listener!.delayNs, socket: socket.id });
  if (tcp?.peerClosed && !socket.closed) schedule({ kind: NetCommandKind.CloseSocket, at, socket: socket.id });
}
