/**
 * Sockets as `evolve` handles them: made, found by a packet's ends, their one timer kept in view, and forgotten.
 */

import type { AnyPassage } from '../event.ts';
import type { Host } from '../host.ts';
import type { Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import { Answer, type Listener, type Socket, socketKey } from '../socket.ts';
import type { TcpSocket } from '../transport/tcp-socket.ts';
import { deadlineNs } from '../transport/tcp-timer.ts';

export interface SocketEnds {
  readonly protocol: number;
  readonly flow: number;
  readonly localAddress: number;
  /** 0 for ping. */
  readonly localPort: number;
  readonly remoteAddress: number;
  /** The identifier for ping. */
  readonly remotePort: number;
}

export function addSocket(
  net: Network,
  host: Host,
  ends: SocketEnds,
  listener: Listener | undefined,
  tcp: TcpSocket | undefined,
): Socket {
  const socket: Socket = {
    id: net.nextSocket++,
    host: host.id,
    ...ends,
    listener,
    tcp,
    timerAtNs: Number.POSITIVE_INFINITY,
    timerMoved: false,
    datagrams: [],
    received: [],
    outbound: undefined,
    inbound: listener?.answers === Answer.Dns ? [] : undefined,
    written: false,
    closed: false,
  };
  net.sockets.set(socket.id, socket);
  const key = keyOf(ends);
  const others = host.sockets.get(key);
  if (others === undefined) host.sockets.set(key, [socket]);
  else {
    others.unshift(socket);
    net.generation++;
  }
  return socket;
}

export function removeSocket(net: Network, host: Host, socket: Socket): void {
  net.sockets.delete(socket.id);
  const key = keyOf(socket);
  const left = host.sockets.get(key)?.filter((other) => other !== socket) ?? [];
  if (left.length === 0) host.sockets.delete(key);
  else host.sockets.set(key, left);
}

function keyOf({ protocol, remoteAddress, remotePort, localPort }: SocketEnds): number {
  return socketKey(protocol, remoteAddress, remotePort, localPort);
}

/** Whether it stood for a client of a name server that has been told all that it asked. */
export function isAnsweredQuery({ listener, tcp, inbound, datagrams }: Socket): boolean {
  return listener?.answers === Answer.Dns && tcp === undefined && inbound?.length === 0 && datagrams.length === 0;
}

/** The TCP socket that was found last, and the event that it sent: `plan` asks for the same as `evolve` did. */
const last = { event: undefined as AnyPassage | undefined, socket: undefined as Socket | undefined };

/** The socket that a packet made on this host came from. */
export function senderOf(host: Host, event: AnyPassage): Socket | undefined {
  if (last.event === event) return last.socket;
  const socket = findSender(host, event);
  if (socket?.tcp === undefined) return socket;
  last.event = event;
  last.socket = socket;
  return socket;
}

function findSender(host: Host, event: AnyPassage): Socket | undefined {
  const protocol = event.header >>> 24;
  const localPort = protocol === Protocol.Icmp ? 0 : event.beforePorts >>> 16;
  const remotePort = protocol === Protocol.Icmp ? event.beforePorts >>> 16 : event.beforePorts & 0xffff;
  const found = host.sockets.get(socketKey(protocol, event.beforeDestination, remotePort, localPort));
  return found?.find((socket) => socket.localAddress === event.beforeSource && socket.protocol === protocol);
}

/**
 * Keeps the one timer of a connection that stands on the agenda: it is put there anew only when a deadline comes
 * earlier than it, or when it has fired.
 */
export function moveTimer(socket: Socket, nowNs: number): void {
  const deadline = socket.tcp === undefined ? Number.POSITIVE_INFINITY : deadlineNs(socket.tcp);
  const pending = socket.timerAtNs > nowNs ? socket.timerAtNs : Number.POSITIVE_INFINITY;
  socket.timerMoved = deadline < pending;
  if (socket.timerMoved) socket.timerAtNs = Math.max(deadline, nowNs + 1);
}
