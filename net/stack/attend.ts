/**
 * What a socket needs once something has touched it.
 */
import { followSocket } from '../application.ts';
import { type NetCommand, NetCommandKind } from '../command.ts';
import type { Network } from '../network.ts';
import type { Socket } from '../socket.ts';
import { isDone, TcpState } from '../transport/tcp-socket.ts';
import { hasSegment } from '../transport/tcp-transmit.ts';

type Schedule = (command: NetCommand) => void;

/** A socket may have to send, to wait, to wake its application, or to be forgotten. */
export function attend(net: Network, socket: Socket, at: number, schedule: Schedule): void {
  const { id, tcp } = socket;
  if (tcp === undefined ? socket.datagrams.length > 0 : hasSegment(tcp)) {
    schedule({ kind: NetCommandKind.TransmitSocket, at, socket: id });
  }
  if (socket.timerMoved) {
    const kind = tcp?.state === TcpState.SynReceived ? NetCommandKind.FireOpeningTimer : NetCommandKind.FireSocketTimer;
    schedule({ kind, at: socket.timerAtNs, socket: id });
  }
  followSocket(net, socket, at, schedule);
  if (tcp !== undefined && isDone(tcp)) schedule({ kind: NetCommandKind.ForgetSocket, at, socket: id });
}
