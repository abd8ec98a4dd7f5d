/**
 * The byte stream as it arrives: in order at once, else kept as ranges until the gap closes. A FIN is taken when all
 * before it has come.
 */
import { TcpFlag } from '../packet.ts';
import { acknowledgeNow, dataReceived, enterInteractive, enterQuickAcks } from './delayed-ack.ts';
import type { Segment } from './segment.ts';
import { sequenceLength } from './segment.ts';
import { TIME_WAIT_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { AckPending, TcpState } from './tcp-socket.ts';
import { stopRetransmitTimer } from './tcp-timer.ts';

/** Takes in a segment's bytes and FIN. @see net/ipv4/tcp_input.c tcp_data_queue */
export function takeData(socket: TcpSocket, segment: Segment, nowNs: number): void {
  const length = sequenceLength(segment);
  if (length === 0) return;
  const { sequence } = segment;
  const end = sequence + length;
  if (end <= socket.receiveNext) {
    socket.duplicateStart = sequence;
    socket.duplicateEnd = end;
    enterQuickAcks(socket);
    acknowledgeNow(socket);
    return;
  }
  if (segment.flags & TcpFlag.Fin) socket.earlyFin = end;
  if (segment.message !== 0) keepMessage(socket, { end: sequence + segment.payloadBytes, message: segment.message });
  if (sequence > socket.receiveNext) {
    keepRange(socket, sequence, end);
    if (segment.payloadBytes > 0) dataReceived(socket, segment, nowNs);
    acknowledgeNow(socket);
    return;
  }
  const gapped = socket.outOfOrder.length > 0;
  advance(socket, end);
  if (segment.payloadBytes > 0) dataReceived(socket, segment, nowNs);
  // A gap that closes is news to the sender, which is recovering.
  if (gapped) acknowledgeNow(socket);
  if (socket.earlyFin !== 0 && socket.receiveNext === socket.earlyFin) takeFin(socket, nowNs);
}

function keepMessage(socket: TcpSocket, write: { end: number; message: number }): void {
  if (socket.earlyMessages.some((known) => known.end === write.end)) return;
  socket.earlyMessages.push(write);
  socket.earlyMessages.sort((a, b) => a.end - b.end);
}

/** Merges a range into the sorted list, and notes it as the newest. */
function keepRange(socket: TcpSocket, start: number, end: number): void {
  const ranges = socket.outOfOrder;
  const merged: number[] = [];
  let from = start;
  let to = end;
  for (let at = 0; at < ranges.length; at += 2) {
    const rangeStart = ranges[at]!;
    const rangeEnd = ranges[at + 1]!;
    if (rangeEnd < from || rangeStart > to) {
      merged.push(rangeStart, rangeEnd);
    } else {
      if (rangeStart <= start && end <= rangeEnd) {
        socket.duplicateStart = start;
        socket.duplicateEnd = end;
      }
      from = Math.min(from, rangeStart);
      to = Math.max(to, rangeEnd);
    }
  }
  let at = 0;
  while (at < merged.length && merged[at]! < from) at += 2;
  merged.splice(at, 0, from, to);
  socket.outOfOrder = merged;
  const starts = merged.filter((_, index) => index % 2 === 0);
  socket.outOfOrderRecency = [from, ...socket.outOfOrderRecency.filter((s) => s !== from && starts.includes(s))];
}

/** Moves `receiveNext` to `end`, and over every kept range that now joins on. */
function advance(socket: TcpSocket, end: number): void {
  const before = socket.receiveNext;
  socket.receiveNext = end;
  while (socket.outOfOrder.length > 0 && socket.outOfOrder[0]! <= socket.receiveNext) {
    socket.receiveNext = Math.max(socket.receiveNext, socket.outOfOrder[1]!);
    const start = socket.outOfOrder[0]!;
    socket.outOfOrder = socket.outOfOrder.slice(2);
    socket.outOfOrderRecency = socket.outOfOrderRecency.filter((s) => s !== start);
  }
  const finCounted = socket.earlyFin !== 0 && socket.receiveNext === socket.earlyFin ? 1 : 0;
  socket.receivedBytes += socket.receiveNext - before - finCounted;
  while (socket.earlyMessages.length > 0 && socket.earlyMessages[0]!.end <= socket.receiveNext) {
    socket.inbox.push(socket.earlyMessages.shift()!.message);
  }
}

/** @see net/ipv4/tcp_input.c tcp_fin */
function takeFin(socket: TcpSocket, nowNs: number): void {
  socket.peerClosed = true;
  socket.ackPending |= AckPending.Scheduled;
  if (socket.state === TcpState.Established) {
    socket.state = TcpState.CloseWait;
    enterInteractive(socket);
  } else if (socket.state === TcpState.FinWait1) {
    socket.state = TcpState.Closing;
    acknowledgeNow(socket);
  } else if (socket.state === TcpState.FinWait2) {
    socket.state = TcpState.TimeWait;
    acknowledgeNow(socket);
    stopRetransmitTimer(socket);
    socket.lingerAtNs = nowNs + TIME_WAIT_NS;
  }
}
