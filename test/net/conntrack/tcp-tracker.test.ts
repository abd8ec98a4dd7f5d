/** The TCP tracker against segments whose fate a real kernel told. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import type { ConntrackEntry } from '../../../net/conntrack/entry.ts';
import { conntrackSettings } from '../../../net/conntrack/settings.ts';
import { Direction, Status } from '../../../net/conntrack/status.ts';
import { nextTcpState, SegmentKind, segmentKind, TCP_STATE_NAMES, TcpMove } from '../../../net/conntrack/tcp-state.ts';
import { copyTcpTrack, emptyTcpTrack, highestAck, segmentEnd } from '../../../net/conntrack/tcp-track.ts';
import { trackTcp, Verdict } from '../../../net/conntrack/tcp-tracker.ts';
import { CtState } from '../../../net/netfilter/skb.ts';
import { type ModelPacket, ModelRouter } from '../nat/model-router.ts';
import { parseStep, TCP_SCENARIOS } from './tcp-scenarios.ts';

const test = suite('conntrack/tcp-tracker');

const CLIENT = '10.0.1.2';
const SERVER = '10.0.2.2';

function packetOf(router: ModelRouter, text: string): ModelPacket {
  const { byServer, ...segment } = parseStep(text);
  const ends = byServer ? router.packet(6, SERVER, 80, CLIENT, 1000) : router.packet(6, CLIENT, 1000, SERVER, 80);
  return { ...ends, ...segment };
}

function stateName(ctState: number): string {
  if (ctState & CtState.Invalid) return 'INVALID';
  return ctState & CtState.New ? 'NEW' : 'ESTABLISHED';
}

function describe(router: ModelRouter, entry: ConntrackEntry | undefined, nowNs: number): string {
  if (entry?.tcp === undefined) return 'none';
  const marks = [
    entry.status & Status.SeenReply ? '' : ' UNREPLIED',
    entry.status & Status.Assured ? ' ASSURED' : '',
    router.addresses.text(entry.original.source) === SERVER ? ' by the server' : '',
  ];
  return `${TCP_STATE_NAMES[entry.tcp.state]} ${(entry.expiresAtNs - nowNs) / SECOND}${marks.join('')}`;
}

/** Walks through steps, all at one instant, and tells what `TCP_SCENARIOS` tells. */
function walk(router: ModelRouter, steps: readonly string[], nowNs = 0): string[] {
  return steps.map((step) => {
    const { ctState } = router.pass(packetOf(router, step), nowNs);
    return `${stateName(ctState)} ${describe(router, router.table.list(nowNs)[0], nowNs)}`;
  });
}

for (const { name, steps } of TCP_SCENARIOS) {
  test(`trackTcp() agrees with Linux 6.18: ${name}`, () => {
    const got = walk(
      new ModelRouter(),
      steps.map(([step]) => step),
    );
    assert.equal(
      got,
      steps.map(([, wanted]) => wanted),
    );
  });
}

const HANDSHAKE = ['C S 1000', 'S SA 5000 1001', 'C A 1001 5001'];

test('trackTcp() does not renew the time-out for a SYN sent again', () => {
  const router = new ModelRouter();
  walk(router, ['C S 1000']);
  assert.equal(walk(router, ['C S 1000'], 7 * SECOND), ['NEW SYN_SENT 113 UNREPLIED']);
});

test('trackTcp() renews the time-out with each segment that it believes', () => {
  const router = new ModelRouter();
  walk(router, HANDSHAKE);
  assert.equal(walk(router, ['S A 5001 1001'], 100 * SECOND), ['ESTABLISHED ESTABLISHED 432000 ASSURED']);
});

test('trackTcp() picks nothing up with nf_conntrack_tcp_loose=0', () => {
  const router = new ModelRouter({ nf_conntrack_tcp_loose: 0 });
  assert.equal(walk(router, ['C A 1001 5001', 'C S 1']), ['INVALID none', 'NEW SYN_SENT 120 UNREPLIED']);
});

test('trackTcp() lets everything out of the window through with nf_conntrack_tcp_be_liberal=1', () => {
  const router = new ModelRouter({ nf_conntrack_tcp_be_liberal: 1 });
  const got = walk(router, [...HANDSHAKE, 'C A 400000 5001 +10']).at(-1);
  assert.equal(got, 'ESTABLISHED ESTABLISHED 432000 ASSURED');
});

test("trackTcp() takes kube-proxy's time-outs", () => {
  const router = new ModelRouter({
    nf_conntrack_tcp_timeout_established: 86_400,
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait': 3600,
  });
  const got = walk(router, [...HANDSHAKE, 'C FA 1001 5001', 'S A 5001 1002']);
  assert.is(got[2], 'ESTABLISHED ESTABLISHED 86400 ASSURED');
  assert.is(got[4], 'ESTABLISHED CLOSE_WAIT 3600 ASSURED');
});

test('trackTcp() believes a RST below the window with nf_conntrack_tcp_ignore_invalid_rst=1', () => {
  const steps = [...HANDSHAKE, 'S PA 5001 1001 +50', 'C A 1001 5051', 'S R 5001'];
  const router = new ModelRouter({ nf_conntrack_tcp_ignore_invalid_rst: 1 });
  assert.is(walk(router, steps).at(-1), 'ESTABLISHED ESTABLISHED 10 ASSURED');
});

test('trackTcp() works across the wrap of sequence numbers', () => {
  const router = new ModelRouter();
  const last = 2 ** 32 - 1;
  const steps = [`C S ${last}`, 'S SA 5000 0', 'C PA 0 5001 +10', 'S A 5001 10', `S A 5001 ${last}`];
  assert.is(walk(router, steps).at(3), 'ESTABLISHED ESTABLISHED 432000 ASSURED');
});

test('trackTcp() lowers the time-out to 300 s when FIN and RST come out of the window from both sides', () => {
  const router = new ModelRouter();
  walk(router, HANDSHAKE);
  const got = walk(router, ['C FA 800000 5001', 'S FA 90000000 1001'], MILLISECOND);
  assert.equal(got, ['INVALID ESTABLISHED 431999.999 ASSURED', 'INVALID ESTABLISHED 300 ASSURED']);
});

test('trackTcp() takes the window that the two ends know of before the bare field', () => {
  const router = new ModelRouter();
  walk(
    router,
    HANDSHAKE.map((step) => `${step} w1000`),
  );
  const far = packetOf(router, 'C A 150000 5001 +10');
  const wide = { ...packetOf(router, 'S A 5001 1001'), segment: { windowBytes: 200_000, sack: [] } };
  assert.is(stateName(router.pass(far, 0).ctState), 'INVALID');
  router.pass(wide, 0);
  assert.is(stateName(router.pass(far, 0).ctState), 'ESTABLISHED');
});

test('highestAck() reads SACK blocks, also across the wrap', () => {
  const ack = (acknowledgement: number, sack: number[]) =>
    highestAck({ flags: 16, sequence: 0, acknowledgement, payloadBytes: 0, segment: { windowBytes: 1, sack } });
  assert.equal([ack(100, []), ack(100, [200, 300, 400, 500]), ack(100, [20, 30])], [100, 500, 100]);
  assert.is(ack(2 ** 32 - 10, [2 ** 32, 2 ** 32 + 20]), 20);
});

test('nextTcpState() has a move for each flag combination in each state', () => {
  for (const direction of [Direction.Original, Direction.Reply]) {
    for (let kind = SegmentKind.Syn; kind <= SegmentKind.None; kind++) {
      for (let state = 0; state < TCP_STATE_NAMES.length; state++) {
        const next = nextTcpState(direction, kind, state);
        assert.ok(next >= 1 && next <= TcpMove.Invalid, `${direction} ${kind} ${state}: ${next}`);
      }
    }
  }
});

test('segmentKind() sees RST before SYN before FIN before ACK', () => {
  assert.equal([4 | 2 | 1 | 16, 2 | 16 | 1, 2, 1 | 16, 16, 8].map(segmentKind), [
    SegmentKind.Rst,
    SegmentKind.SynAck,
    SegmentKind.Syn,
    SegmentKind.Fin,
    SegmentKind.Ack,
    SegmentKind.None,
  ]);
});

test('segmentEnd() counts SYN and FIN as one byte each', () => {
  const end = (flags: number) => segmentEnd({ flags, sequence: 10, acknowledgement: 0, payloadBytes: 5 });
  assert.equal([end(16), end(2), end(17), end(3)], [15, 16, 16, 17]);
});

test('trackTcp() tried on a copy tells what it tells of the original, and leaves that alone', () => {
  const settings = conntrackSettings();
  const segments = fc.record({
    direction: fc.constantFrom(0, 1),
    flags: fc.constantFrom(2, 18, 16, 24, 17, 4, 20),
    sequence: fc.integer({ min: 990, max: 1100 }),
    acknowledgement: fc.integer({ min: 990, max: 1100 }),
    payloadBytes: fc.constantFrom(0, 10),
  });
  fc.assert(
    fc.property(fc.array(segments, { maxLength: 20 }), (steps) => {
      const track = emptyTcpTrack();
      const copy = emptyTcpTrack();
      track.state = 1;
      for (const { direction, ...segment } of steps) {
        copyTcpTrack(track, copy);
        const before = structuredClone(track);
        const tried = trackTcp(copy, Status.SeenReply, direction, segment, settings);
        assert.equal(track, before);
        assert.is(trackTcp(track, Status.SeenReply, direction, segment, settings), tried);
        assert.equal(track, copy);
        if ((tried & 7) === Verdict.Reopen) return;
      }
    }),
  );
});

test.run();
