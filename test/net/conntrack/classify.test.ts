/** What connection tracking says of a packet as it comes in. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { classify, lookUp, Track } from '../../../net/conntrack/classify.ts';
import { conntrackSettings } from '../../../net/conntrack/settings.ts';
import { ConntrackTable } from '../../../net/conntrack/table.ts';
import { Verdict } from '../../../net/conntrack/tcp-tracker.ts';
import { CtState } from '../../../net/netfilter/skb.ts';
import { type ModelPacket, ModelRouter } from '../nat/model-router.ts';

const test = suite('conntrack/classify');

const CLIENT = '10.0.1.2';
const SERVER = '10.0.2.2';

function icmp(router: ModelRouter, source: string, destination: string, type: number, id: number): ModelPacket {
  return { ...router.packet(1, source, id, destination, 0), icmp: type << 8 };
}

function error(router: ModelRouter, source: string, destination: string, inner: ModelPacket): ModelPacket {
  return { ...router.packet(1, source, 0, destination, 0), icmp: (3 << 8) | 3, inner };
}

test('classify() of UDP is New until an answer was seen, then Established both ways', () => {
  const router = new ModelRouter();
  const there = router.packet(17, CLIENT, 5000, SERVER, 53);
  const back = router.packet(17, SERVER, 53, CLIENT, 5000);
  const states = [there, there, back, there, back].map((packet) => router.pass(packet, 0).ctState);
  const { New, Established } = CtState;
  assert.equal(states, [New, New, Established, Established, Established]);
});

test('classify() of ICMP: questions open, answers that nobody asked for are Invalid', () => {
  const router = new ModelRouter();
  const states = [
    icmp(router, SERVER, CLIENT, 0, 7),
    icmp(router, CLIENT, SERVER, 8, 7),
    icmp(router, CLIENT, SERVER, 8, 7),
    icmp(router, SERVER, CLIENT, 0, 7),
    icmp(router, CLIENT, SERVER, 8, 7),
    icmp(router, SERVER, CLIENT, 0, 8),
    icmp(router, CLIENT, SERVER, 13, 7),
    icmp(router, CLIENT, SERVER, 9, 7),
    icmp(router, CLIENT, SERVER, 40, 7),
  ].map((packet) => router.pass(packet, 0).ctState);
  const { Invalid, New, Established } = CtState;
  assert.equal(states, [Invalid, New, New, Established, Established, Invalid, New, Invalid, Invalid]);
});

test('classify() of an ICMP error is Related when it quotes a packet of an entry and goes to its sender', () => {
  const router = new ModelRouter();
  const there = router.packet(17, CLIENT, 5000, SERVER, 53);
  router.pass(there, 0);
  const other = router.packet(17, CLIENT, 5001, SERVER, 53);
  const states = [
    error(router, SERVER, CLIENT, there),
    error(router, '10.0.9.9', CLIENT, there),
    error(router, SERVER, '10.0.1.3', there),
    error(router, SERVER, CLIENT, other),
    { ...error(router, SERVER, CLIENT, there), inner: undefined },
  ].map((packet) => router.pass(packet, 0).ctState);
  const { Invalid, Related } = CtState;
  assert.equal(states, [Related, Related, Invalid, Invalid, Invalid]);
});

test('classify() of an ICMP error leaves time-out and counters of the entry alone', () => {
  const router = new ModelRouter();
  const there = router.packet(17, CLIENT, 5000, SERVER, 53);
  router.pass(there, 0);
  router.pass(error(router, SERVER, CLIENT, there), 5 * SECOND);
  const [entry] = router.table.list(5 * SECOND);
  assert.equal([entry?.expiresAtNs, entry?.packetsReply], [30 * SECOND, 0]);
});

test('lookUp() of an ICMP error gives the direction of the answers to what it quotes', () => {
  const router = new ModelRouter();
  const there = router.packet(17, CLIENT, 5000, SERVER, 53);
  router.pass(there, 0);
  const back = router.packet(17, SERVER, 53, CLIENT, 5000);
  assert.is(lookUp(router.table, error(router, SERVER, CLIENT, there), 0) & 1, 1);
  assert.is(lookUp(router.table, error(router, CLIENT, SERVER, back), 0) & 1, 0);
});

test('classify() asks only: the table is the same behind it', () => {
  const router = new ModelRouter();
  const syn = router.packet(6, CLIENT, 5000, SERVER, 80);
  router.pass(syn, 0);
  const before = structuredClone(router.table.list(0));
  const back = { ...router.packet(6, SERVER, 80, CLIENT, 5000), flags: 18, acknowledgement: 1 };
  classify(router.table, lookUp(router.table, back, 0), back);
  assert.equal(structuredClone(router.table.list(0)), before);
});

test('classify() says of each segment what advance() does with it, in any conversation', () => {
  const segments = fc.record({
    byServer: fc.boolean(),
    flags: fc.constantFrom(2, 18, 16, 16, 16, 24, 17, 4, 20, 3),
    sequence: fc.constantFrom(0, 1, 2, 11, 500, 70_000, 90_000_000, -1, -70_000),
    acknowledgement: fc.constantFrom(0, 1, 2, 11, 500, 70_000, -1, -70_000),
    payloadBytes: fc.constantFrom(0, 10, 1000),
    window: fc.constantFrom(0, 500, 64_240),
  });
  const handshake = [
    { byServer: false, flags: 2, sequence: 0, acknowledgement: 0 },
    { byServer: true, flags: 18, sequence: 0, acknowledgement: 1 },
    { byServer: false, flags: 16, sequence: 1, acknowledgement: 1 },
  ].map((segment) => ({ ...segment, payloadBytes: 0, window: 64_240 }));
  fc.assert(
    fc.property(fc.array(segments, { maxLength: 15 }), fc.boolean(), (rest, liberal) => {
      const router = new ModelRouter({ nf_conntrack_tcp_be_liberal: liberal ? 1 : 0 });
      for (const { byServer, ...segment } of [...handshake, ...rest]) {
        const ends = byServer ? router.packet(6, SERVER, 80, CLIENT, 5000) : router.packet(6, CLIENT, 5000, SERVER, 80);
        const packet = { ...ends, ...segment };
        const reference = lookUp(router.table, packet, 0);
        if (reference < 0) return;
        const answer = classify(router.table, reference, packet);
        const verdict = router.table.advance(reference, packet, 0);
        assert.is((answer & CtState.Invalid) !== 0, verdict === Verdict.Invalid);
        assert.is((answer & Track.Replace) !== 0, verdict === Verdict.Reopen);
      }
    }),
    { numRuns: 500 },
  );
});

test('classify() names what NAT did to the entry', () => {
  const router = new ModelRouter();
  const dnat = router.addresses.intern(SERVER);
  const range = { addresses: [dnat], minPort: 0, maxPort: 0, random: false, persistent: false, basePort: 0 };
  router.dnat = [{ matches: () => true, range }];
  const there = router.packet(17, CLIENT, 5000, '10.0.9.9', 53);
  router.pass(there, 0);
  const back = router.packet(17, SERVER, 53, CLIENT, 5000);
  assert.is(router.pass(back, 0).ctState, CtState.Established | CtState.Dnat);
});

test('classify() asks for a new entry only when there is none, and to replace one out of TIME_WAIT', () => {
  const router = new ModelRouter();
  const syn = router.packet(6, CLIENT, 5000, SERVER, 80);
  const ask = (packet: ModelPacket) => classify(router.table, lookUp(router.table, packet, 0), packet);
  assert.is(ask(syn), CtState.New | Track.Create);
  router.pass(syn, 0);
  assert.is(ask(syn), CtState.New);
  const server = { ...router.packet(6, SERVER, 80, CLIENT, 5000), flags: 18, acknowledgement: 1 };
  const client = { ...syn, flags: 16, sequence: 1, acknowledgement: 1 };
  router.pass(server, 0);
  router.pass(client, 0);
  router.pass({ ...client, flags: 17 }, 0);
  router.pass({ ...server, flags: 17, sequence: 1, acknowledgement: 2 }, 0);
  router.pass({ ...client, sequence: 2, acknowledgement: 2 }, 0);
  assert.is(ask(syn), CtState.New | Track.Create | Track.Replace);
});

test('classify() leaves neighbour discovery of IPv6 untracked and tracks its echo', () => {
  const table = new ConntrackTable(conntrackSettings());
  const router = new ModelRouter();
  const packet = (type: number) => ({ ...router.packet(58, '2001:db8::1', 7, '2001:db8::2', 0), icmp: type << 8 });
  const states = [135, 136, 143, 128, 129, 1].map((type) => classify(table, -1, packet(type)) & 0xff);
  const { Untracked, New, Invalid } = CtState;
  assert.equal(states, [Untracked, Untracked, Untracked, New, Invalid, Invalid]);
});

test.run();
