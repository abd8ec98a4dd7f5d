/**
 * How connections end badly, or not at all: resets, ICMP errors, give-up times, challenge ACKs. Sizes as captured on Linux 6.18.
 * @evidence kernel: TCP: handshake, ACKs, retransmissions, ends, as captured on Linux 6.18
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import { TcpFlag } from '../../../net/packet.ts';
import type { Segment } from '../../../net/transport/segment.ts';
import { NO_SACK, resetFor } from '../../../net/transport/segment.ts';
import { errorName, SocketError } from '../../../net/transport/socket-error.ts';
import { abort, close, unreachable } from '../../../net/transport/tcp-close.ts';
import { TCP_5, TCP_6 } from '../../../net/transport/tcp-profile.ts';
import { receive } from '../../../net/transport/tcp-receive.ts';
import type { TcpSocket } from '../../../net/transport/tcp-socket.ts';
import { accept, isDone, isReusable, open, stateName, TcpState } from '../../../net/transport/tcp-socket.ts';
import { backoffNs, deadlineNs, timeout } from '../../../net/transport/tcp-timer.ts';
import { nextSegment, send, transmitted } from '../../../net/transport/tcp-transmit.ts';
import { flagText, Wire } from './dialogue.ts';

const test = suite('tcp ends');
const OPTIONS = { profile: TCP_6, mtuBytes: 1500, ipHeaderBytes: 20 };

/** Sends what is due at `nowNs`, and returns it. */
function drain(socket: TcpSocket, nowNs: number): Segment[] {
  const sent: Segment[] = [];
  for (let segment = nextSegment(socket, nowNs); segment !== undefined; segment = nextSegment(socket, nowNs)) {
    transmitted(socket, segment, nowNs);
    sent.push(segment);
  }
  return sent;
}

function segmentOf(fields: Partial<Segment>): Segment {
  const base = { flags: TcpFlag.Ack, sequence: 1, acknowledgement: 1, payloadBytes: 0, headerBytes: 32, message: 0 };
  return { ...base, windowBytes: 65_536, mss: 0, sack: NO_SACK, timestampNs: 0, echoNs: 0, ...fields };
}

/** Each instant is at its nominal second or up to an eighth later: the timer wheel's rounding. */
function roughly(atNs: readonly number[], seconds: readonly number[]): void {
  assert.is(atNs.length, seconds.length);
  for (const [index, nominal] of seconds.entries()) {
    const at = atNs[index]! / SECOND;
    assert.ok(at >= nominal && at <= (nominal * 9) / 8, `${at} s, nominally ${nominal} s`);
  }
}

/** A client and a server just connected. */
function connected(options = OPTIONS): [TcpSocket, TcpSocket] {
  const client = open(options);
  const [syn] = drain(client, 0);
  const server = accept(options, syn!);
  const [synAck] = drain(server, 0);
  receive(client, synAck!, 0);
  for (const segment of drain(client, 0)) receive(server, segment, 0);
  return [client, server];
}

test('resetFor() a SYN acknowledges it, in a header without options', () => {
  const [syn] = drain(open(OPTIONS), 0);
  const reset = resetFor(syn!)!;
  assert.equal([flagText(reset.flags), reset.sequence, reset.acknowledgement, reset.headerBytes], ['RA', 0, 1, 20]);
  assert.is(resetFor(reset), undefined);
});

test('receive() of a RST in SYN-SENT refuses the connection', () => {
  const client = open(OPTIONS);
  const [syn] = drain(client, 0);
  receive(client, resetFor(syn!)!, MILLISECOND);
  assert.is(errorName(client.error), 'ECONNREFUSED');
  assert.ok(isDone(client));
  assert.is(deadlineNs(client), Number.POSITIVE_INFINITY);
});

test('receive() of a RST at the expected number resets; elsewhere in the window it draws one challenge ACK', () => {
  const [client] = connected();
  const stray = segmentOf({ flags: TcpFlag.Rst, sequence: 500, headerBytes: 20 });
  receive(client, stray, SECOND);
  assert.equal(
    drain(client, SECOND).map((s) => [flagText(s.flags), s.sequence, s.acknowledgement]),
    [['A', 1, 1]],
  );
  receive(client, stray, SECOND + MILLISECOND);
  assert.is(drain(client, SECOND + MILLISECOND).length, 0, 'at most one in 500 ms');
  receive(client, segmentOf({ flags: TcpFlag.Rst, sequence: 1, headerBytes: 20 }), SECOND);
  assert.is(client.error, SocketError.Reset);
});

test('receive() of a segment out of the window of a half-open connection draws an ACK, and keeps it half-open', () => {
  const [syn] = drain(open(OPTIONS), 0);
  const server = accept(OPTIONS, syn!);
  drain(server, 0);
  receive(server, segmentOf({ sequence: 2 ** 31 }), SECOND);
  assert.equal(
    drain(server, SECOND).map((s) => [flagText(s.flags), s.sequence, s.acknowledgement]),
    [['A', 1, 1]],
  );
  assert.is(stateName(server.state), 'SYN-RECV');
});

test('receive() of a wrong acknowledgement in SYN-RECV draws a RST', () => {
  const [syn] = drain(open(OPTIONS), 0);
  const server = accept(OPTIONS, syn!);
  drain(server, 0);
  receive(server, segmentOf({ acknowledgement: 900 }), SECOND);
  assert.equal(
    drain(server, SECOND).map((s) => [flagText(s.flags), s.sequence]),
    [['R', 900]],
  );
});

test('receive() of a SYN on an open connection draws a challenge ACK, not a reset', () => {
  const [client] = connected();
  receive(client, segmentOf({ flags: TcpFlag.Syn, sequence: 0, acknowledgement: 0 }), SECOND);
  assert.equal(
    drain(client, SECOND).map((s) => flagText(s.flags)),
    ['A'],
  );
  assert.is(stateName(client.state), 'ESTAB');
});

test('abort() sends RST and ACK with time stamps, 52 bytes in all', () => {
  const [, server] = connected();
  abort(server);
  const [reset] = drain(server, SECOND);
  assert.equal([flagText(reset!.flags), reset!.sequence, reset!.acknowledgement, reset!.headerBytes], ['RA', 1, 1, 32]);
  assert.ok(isDone(server));
});

test('receive() of data after close() answers with a bare RST', () => {
  const [client, server] = connected();
  close(server, SECOND);
  const [fin] = drain(server, SECOND);
  receive(client, fin!, SECOND);
  assert.is(stateName(client.state), 'CLOSE-WAIT');
  send(client, 20, 1);
  const [data] = drain(client, SECOND);
  receive(server, data!, SECOND);
  const [reset] = drain(server, SECOND);
  assert.equal([flagText(reset!.flags), reset!.sequence, reset!.headerBytes], ['R', 2, 20]);
  receive(client, reset!, SECOND);
  assert.is(errorName(client.error), 'ECONNRESET');
});

test('scheduleAck() acknowledges a FIN at the next tick if no data has come yet', () => {
  const [client, server] = connected();
  close(server, 0);
  const [fin] = drain(server, 0);
  receive(client, fin!, MILLISECOND);
  assert.is(drain(client, MILLISECOND).length, 0);
  assert.is(deadlineNs(client), TCP_6.tickNs);
});

test('unreachable() is final while connecting, by the code', () => {
  const codes: [number, string][] = [
    [0, 'ENETUNREACH'],
    [1, 'EHOSTUNREACH'],
    [2, 'ENOPROTOOPT'],
    [3, 'ECONNREFUSED'],
    [9, 'ENETUNREACH'],
    [10, 'EHOSTUNREACH'],
    [13, 'EHOSTUNREACH'],
  ];
  for (const [code, name] of codes) {
    const client = open(OPTIONS);
    drain(client, 0);
    unreachable(client, { icmp: (3 << 8) | code, mtuBytes: 0, sequence: 0 });
    assert.is(errorName(client.error), name);
  }
});

test('unreachable() about an open connection is remembered for the time-out only', () => {
  const [client] = connected();
  unreachable(client, { icmp: (3 << 8) | 1, mtuBytes: 0, sequence: 1 });
  assert.is(client.error, SocketError.None);
  assert.is(client.softError, SocketError.HostUnreachable);
});

test('unreachable() about a number that was never sent is ignored', () => {
  const client = open(OPTIONS);
  drain(client, 0);
  unreachable(client, { icmp: (3 << 8) | 3, mtuBytes: 0, sequence: 77 });
  assert.is(stateName(client.state), 'SYN-SENT');
});

test('unreachable() with fragmentation needed sends the same bytes again in smaller segments', () => {
  const [client] = connected();
  send(client, 2_896, 7);
  assert.equal(
    drain(client, SECOND).map((s) => s.payloadBytes),
    [1448, 1448],
  );
  unreachable(client, { icmp: (3 << 8) | 4, mtuBytes: 1_400, sequence: 1 });
  const again = drain(client, SECOND);
  assert.equal(
    again.map((s) => [s.sequence, s.payloadBytes, s.message]),
    [
      [1, 1348, 0],
      [1349, 100, 0],
      [1449, 1348, 0],
      [2797, 100, 7],
    ],
  );
});

test('accept() takes the smaller MSS of both ends', () => {
  const client = open({ ...OPTIONS, mtuBytes: 1_400 });
  const [syn] = drain(client, 0);
  assert.is(syn!.mss, 1_360);
  const server = accept(OPTIONS, syn!);
  const [synAck] = drain(server, 0);
  receive(client, synAck!, 0);
  for (const segment of drain(client, 0)) receive(server, segment, 0);
  send(server, 5_000, 1);
  assert.is(drain(server, 0)[0]!.payloadBytes, 1_348);
});

test('timeout() repeats a SYN as kernel 6 and kernel 5 do, then gives up', () => {
  const lost = { lost: () => true, untilNs: 200 * SECOND };
  const six = new Wire({ ...lost, profile: TCP_6 }).run();
  roughly(
    six.rows.map((row) => row.atNs),
    [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67],
  );
  assert.is(errorName(six.client.error), 'ETIMEDOUT');
  // The nominal 131 and 127 s; the kernel under test took 133.6 s.
  assert.ok(six.nowNs > 131 * SECOND && six.nowNs < 140 * SECOND);
  const five = new Wire({ ...lost, profile: TCP_5 }).run();
  roughly(
    five.rows.map((row) => row.atNs),
    [0, 1, 3, 7, 15, 31, 63],
  );
  assert.ok(five.nowNs > 127 * SECOND && five.nowNs < 136 * SECOND);
});

test('timeout() repeats a SYN-ACK five times, doubling, and forgets the attempt without a word', () => {
  const [syn] = drain(open(OPTIONS), 0);
  const server = accept(OPTIONS, syn!);
  const rows: number[] = [];
  for (let nowNs = 0; nowNs !== Number.POSITIVE_INFINITY; nowNs = deadlineNs(server)) {
    timeout(server, nowNs);
    for (const segment of drain(server, nowNs)) rows.push(segment.flags === 18 ? nowNs : -1);
  }
  roughly(rows, [0, 1, 3, 7, 15, 31]);
  assert.is(server.error, SocketError.None);
  assert.ok(isDone(server));
});

test('timeout() gives an open connection up after the time of fifteen doublings, an orphan after eight', () => {
  assert.is(backoffNs(15), 924.6 * SECOND);
  assert.is(Math.round(backoffNs(8) / MILLISECOND), 102_200);
  const silent = new Wire({ lost: (row) => row.flags === 'PA', untilNs: 3_000 * SECOND }).run();
  assert.is(errorName(silent.client.error), 'ETIMEDOUT');
  assert.ok(silent.nowNs > 924 * SECOND && silent.nowNs < 1_200 * SECOND);
  const sent = silent.rows.filter((row) => row.flags === 'PA');
  assert.is(sent.length, 17, 'the segment, a loss probe, and fifteen expiries of the RTO');
  const orphan = new Wire({
    lost: (row) => row.direction === '>' && row.flags === 'FA',
    untilNs: 3_000 * SECOND,
  }).run();
  assert.ok(orphan.nowNs > 102 * SECOND && orphan.nowNs < 240 * SECOND);
});

test('timeout() ends TIME-WAIT after 60 s, and a new SYN may take it over before', () => {
  const wire = new Wire({ untilNs: 2 * SECOND }).run();
  assert.is(stateName(wire.client.state), 'TIME-WAIT');
  assert.is(stateName(wire.server!.state), 'UNCONN');
  assert.ok(isReusable(wire.client, segmentOf({ flags: TcpFlag.Syn, sequence: 0 })));
  assert.ok(!isReusable(wire.client, segmentOf({})));
  const ended = new Wire({}).run();
  assert.is(ended.client.state, TcpState.Closed);
  assert.is(Math.round(ended.nowNs / SECOND), 60);
});

test('timeout() ends FIN-WAIT-2 of a closed socket after 60 s', () => {
  const [client, server] = connected();
  close(client, 0);
  for (const segment of drain(client, 0)) receive(server, segment, 0);
  timeout(server, 100 * MILLISECOND);
  for (const segment of drain(server, 100 * MILLISECOND)) receive(client, segment, 100 * MILLISECOND);
  assert.is(stateName(client.state), 'FIN-WAIT-2');
  assert.is(deadlineNs(client), 60 * SECOND + 100 * MILLISECOND);
});

test('close() of both ends at once leads through CLOSING to TIME-WAIT', () => {
  const [client, server] = connected();
  close(client, 0);
  close(server, 0);
  const [finOfClient] = drain(client, 0);
  const [finOfServer] = drain(server, 0);
  receive(client, finOfServer!, MILLISECOND);
  receive(server, finOfClient!, MILLISECOND);
  assert.equal(
    [client, server].map((socket) => stateName(socket.state)),
    ['CLOSING', 'CLOSING'],
  );
  const [ackOfClient] = drain(client, MILLISECOND);
  const [ackOfServer] = drain(server, MILLISECOND);
  receive(client, ackOfServer!, MILLISECOND);
  receive(server, ackOfClient!, MILLISECOND);
  assert.equal(
    [client, server].map((socket) => stateName(socket.state)),
    ['TIME-WAIT', 'TIME-WAIT'],
  );
});

test('nextSegment() keeps a FIN back while the congestion window is full, where kernels before 6.10 send it', () => {
  for (const profile of [TCP_6, TCP_5]) {
    const [client] = connected({ ...OPTIONS, profile });
    send(client, 100, 1);
    let nowNs = 0;
    drain(client, nowNs);
    // A loss probe, and an expiry of the RTO that shrinks the window to one segment.
    for (let expiry = 0; expiry < 2; expiry++) {
      nowNs = deadlineNs(client);
      timeout(client, nowNs);
      drain(client, nowNs);
    }
    close(client, nowNs);
    assert.equal(
      drain(client, nowNs).map(({ flags }) => flagText(flags)),
      profile === TCP_6 ? [] : ['FA'],
    );
  }
});

test('close() lets the FIN ride on data only when that has to wait for the window', () => {
  const [, server] = connected();
  send(server, 100, 1);
  close(server, 0);
  assert.equal(
    drain(server, 0).map((s) => flagText(s.flags)),
    ['PA', 'FA'],
  );
  const [client, slow] = connected();
  send(slow, 20_000, 1);
  close(slow, 0);
  const first = drain(slow, 0);
  assert.is(first.length, 10, 'the initial window');
  for (const segment of first) receive(client, segment, MILLISECOND);
  for (const segment of drain(client, MILLISECOND)) receive(slow, segment, MILLISECOND);
  const rest = drain(slow, MILLISECOND);
  assert.is(flagText(rest[rest.length - 1]!.flags), 'FPA');
});

test.run();
