/**
 * The sending half of a TCP socket: what goes on the wire next, and what changes once it has gone. One segment at a
 * time: ask `nextSegment`, put the draft on the wire, tell `transmitted`, and ask again until there is none. Offloads
 * are off in the model: no packet is larger than the MSS.
 */
import { TcpFlag } from '../packet.ts';
import { ackSent, dataSent } from './delayed-ack.ts';
import type { SegmentDraft } from './segment.ts';
import { headerBytes, MOST_SACK_BLOCKS, NO_SACK } from './segment.ts';
import { INITIAL_RTO_NS } from './tcp-profile.ts';
import { inFlight, quota } from './tcp-recovery.ts';
import type { Outstanding, TcpSocket } from './tcp-socket.ts';
import { AckPending, NEVER, RetransmitTimer, rtoNs, segmentBytes, TcpState } from './tcp-socket.ts';
import { armRetransmitTimer, scheduleLossProbe } from './tcp-timer.ts';

/** The segment that was chosen last: a scratch record. */
const chosen = { flags: 0, sequence: 0, bytes: 0, message: 0 };

/** The segment that this socket would send at `nowNs`, or `undefined`. Changes nothing. */
export function nextSegment(socket: TcpSocket, nowNs: number): SegmentDraft | undefined {
  return socket.reset ?? (chooses(socket) ? draft(socket, nowNs) : undefined);
}

/** Whether there is a segment to send. */
export function hasSegment(socket: TcpSocket): boolean {
  return socket.reset !== undefined || chooses(socket);
}

/** In the kernel's order, behind a RST: an ACK that is due, what is lost, the loss probe, new data, the FIN. */
function chooses(socket: TcpSocket): boolean {
  const { state } = socket;
  if (state === TcpState.Closed) return false;
  const opening = state === TcpState.SynSent || state === TcpState.SynReceived;
  if (socket.ackPending & AckPending.Now) return choose(TcpFlag.Ack, socket.sendNext, 0, 0);
  if (opening) return choosesOfHandshake(socket);
  if (state === TcpState.TimeWait || state === TcpState.FinWait2) return false;
  return choosesLost(socket) || choosesNew(socket);
}

function choose(flags: number, sequence: number, bytes: number, message: number): true {
  chosen.flags = flags;
  chosen.sequence = sequence;
  chosen.bytes = bytes;
  chosen.message = message;
  return true;
}

function choosesOfHandshake(socket: TcpSocket): boolean {
  const first = socket.outstanding[0];
  if (first !== undefined && !first.lost) return false;
  return choose(socket.state === TcpState.SynSent ? TcpFlag.Syn : TcpFlag.Syn | TcpFlag.Ack, 0, 0, 0);
}

function choosesLost(socket: TcpSocket): boolean {
  if (socket.troubled && quota(socket) > 0) {
    for (const sent of socket.outstanding) if (sent.lost && !sent.sacked) return chooseAgain(sent);
  }
  if (!socket.probeDue) return false;
  // A probe is new data where there is some, else the last segment once more.
  if (choosesNew(socket)) return true;
  const last = socket.outstanding[socket.outstanding.length - 1];
  return last !== undefined && chooseAgain(last);
}

function chooseAgain({ flags, sequence, end, message }: Outstanding): true {
  const control = flags & (TcpFlag.Syn | TcpFlag.Fin) ? 1 : 0;
  return choose(flags, sequence, end - sequence - control, message);
}

function choosesNew(socket: TcpSocket): boolean {
  const { sendNext } = socket;
  const write = socket.writes[0];
  if (write === undefined) {
    const finDue = socket.finQueued && sendNext === socket.writeEnd;
    const room = socket.probeDue || !socket.profile.finWaits || quota(socket) > 0;
    return finDue && room && choose(TcpFlag.Fin | TcpFlag.Ack, sendNext, 0, 0);
  }
  if (!socket.probeDue && quota(socket) === 0) return false;
  const bytes = Math.min(write.end - sendNext, segmentBytes(socket));
  if (sendNext + bytes > socket.sendUnacknowledged + socket.sendWindow) return false;
  const last = sendNext + bytes === write.end;
  const fin = last && socket.finMerged && socket.writes.length === 1 ? TcpFlag.Fin : 0;
  return choose(TcpFlag.Ack | (last ? TcpFlag.Psh : 0) | fin, sendNext, bytes, last ? write.message : 0);
}

function draft(socket: TcpSocket, nowNs: number): SegmentDraft {
  const { flags, sequence, bytes, message } = chosen;
  const sack = flags & TcpFlag.Syn ? NO_SACK : sackBlocks(socket);
  return {
    flags,
    sequence,
    acknowledgement: flags & TcpFlag.Ack ? socket.receiveNext : 0,
    payloadBytes: bytes,
    headerBytes: headerBytes(flags, sack.length / 2),
    windowBytes: socket.receiveWindowBytes,
    mss: flags & TcpFlag.Syn ? socket.advertisedMss : 0,
    sack,
    timestampNs: nowNs,
    echoNs: socket.recentStampNs === NEVER ? 0 : socket.recentStampNs,
    message,
  };
}

/** @see RFC 2018 section 4, RFC 2883 */
function sackBlocks(socket: TcpSocket): readonly number[] {
  if (socket.duplicateEnd === 0 && socket.outOfOrder.length === 0) return NO_SACK;
  const blocks: number[] = [];
  if (socket.duplicateEnd > 0) blocks.push(socket.duplicateStart, socket.duplicateEnd);
  for (const start of socket.outOfOrderRecency) {
    if (blocks.length >= 2 * MOST_SACK_BLOCKS) break;
    const at = socket.outOfOrder.indexOf(start);
    if (at >= 0) blocks.push(start, socket.outOfOrder[at + 1]!);
  }
  return blocks;
}

/** Notes that a draft has been put on the wire, first time or again: counters, timers, the ACK that it carried. */
export function transmitted(socket: TcpSocket, segment: SegmentDraft, nowNs: number): void {
  if (segment.flags & TcpFlag.Rst) {
    socket.reset = undefined;
    return;
  }
  const control = segment.flags & (TcpFlag.Syn | TcpFlag.Fin) ? 1 : 0;
  const end = segment.sequence + segment.payloadBytes + control;
  if (end > socket.sendNext) sentNew(socket, segment, end, nowNs);
  else if (end > segment.sequence) sentAgain(socket, segment, nowNs);
  if (segment.flags & TcpFlag.Ack) ackSent(socket);
}

function sentNew(socket: TcpSocket, segment: SegmentDraft, end: number, nowNs: number): void {
  const wasIdle = socket.outstanding.length === 0;
  socket.outstanding.push({
    sequence: segment.sequence,
    end,
    flags: segment.flags,
    message: segment.message,
    sentAtNs: nowNs,
    retransmissions: 0,
    sacked: false,
    lost: false,
  });
  socket.sendNext = end;
  const write = socket.writes[0];
  if (segment.payloadBytes > 0) {
    dataSent(socket, nowNs);
    if (write !== undefined && segment.sequence + segment.payloadBytes >= write.end) socket.writes.shift();
  }
  if (segment.flags & TcpFlag.Syn) {
    armRetransmitTimer(socket, nowNs, INITIAL_RTO_NS);
    return;
  }
  if (probeSent(socket, nowNs, false)) return;
  if (wasIdle || socket.retransmitTimer === RetransmitTimer.LossProbe) {
    armRetransmitTimer(socket, nowNs, rtoNs(socket));
  }
  scheduleLossProbe(socket, nowNs, false);
}

function sentAgain(socket: TcpSocket, segment: SegmentDraft, nowNs: number): void {
  for (const sent of socket.outstanding) {
    if (sent.sequence !== segment.sequence) continue;
    sent.sentAtNs = nowNs;
    sent.retransmissions++;
    sent.lost = false;
  }
  socket.totalRetransmissions++;
  if (socket.firstRetransmissionNs === NEVER) socket.firstRetransmissionNs = nowNs;
  if (segment.flags & TcpFlag.Syn) return;
  if (probeSent(socket, nowNs, true)) return;
  if (socket.retransmitTimer !== RetransmitTimer.Timeout) armRetransmitTimer(socket, nowNs, rtoNs(socket));
}

/** After a loss probe the RTO runs anew from now. @see net/ipv4/tcp_output.c tcp_send_loss_probe */
function probeSent(socket: TcpSocket, nowNs: number, retransmitted: boolean): boolean {
  if (!socket.probeDue) return false;
  socket.probeDue = false;
  socket.probePoint = socket.sendNext;
  socket.probeRetransmitted = retransmitted;
  armRetransmitTimer(socket, nowNs, rtoNs(socket));
  return true;
}

/**
 * The application has written. Bytes only count; `message` names what was written and arrives with the last byte.
 * @param bytes 0: nothing happens
 */
export function send(socket: TcpSocket, bytes: number, message: number): void {
  // What writes nothing puts nothing on the wire.
  if (bytes === 0 || socket.finQueued || socket.state === TcpState.Closed) return;
  socket.writeEnd += bytes;
  socket.writes.push({ end: socket.writeEnd, message });
}

/** Whether everything written could leave at once, so that a FIN written now would find nothing to ride on. */
export function couldSendAll(socket: TcpSocket): boolean {
  if (socket.state === TcpState.SynSent || socket.state === TcpState.SynReceived) return socket.writes.length === 0;
  const segments = Math.ceil((socket.writeEnd - socket.sendNext) / segmentBytes(socket));
  const inWindow = socket.writeEnd <= socket.sendUnacknowledged + socket.sendWindow;
  return inWindow && inFlight(socket) + segments <= socket.congestionWindow;
}
