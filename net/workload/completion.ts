/**
 * How a request ends: answered, failed, or given up; and what its client does with the socket then.
 */
import type { Draw } from '../../core/decider.ts';
import type { ExpireRequest, FinishRequest, NetCommand } from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import type { NetState, Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import { Outcome, type Request } from '../request.ts';
import { type Socket, socketKey } from '../socket.ts';
import { attend } from '../stack/attend.ts';
import { moveTimer, removeSocket } from '../stack/socket-state.ts';
import { packPorts } from '../stack/tell.ts';
import { close } from '../transport/tcp-close.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

export function finishRequest({ net }: NetState, command: FinishRequest, _draw: Draw, emit: Emit): void {
  const request = net.requests.get(command.flow);
  if (request !== undefined) emit(completed(request, command.at, command.outcome));
}

export function expireRequest({ net }: NetState, command: ExpireRequest, _draw: Draw, emit: Emit): void {
  const request = net.requests.get(command.flow);
  if (request !== undefined) emit(completed(request, command.at, Outcome.Timeout));
}

/** What is told of a request that has ended. */
export function completed(request: Request, at: number, outcome: number): NetEventOf<'RequestCompleted'> {
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
