/** Binding sources and destinations of new connections. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tupleOf } from '../../../net/conntrack/entry.ts';
import { NAT_MASK, Status } from '../../../net/conntrack/status.ts';
import type { FiveTuple } from '../../../net/five-tuple.ts';
import { bindSource } from '../../../net/nat/bind.ts';
import { addressPool, type NatRange, toAddress } from '../../../net/nat/range.ts';
import { ModelRouter } from './model-router.ts';

const test = suite('nat/bind');

// What is expected here was measured on Linux 6.18: raw packets through a router with these rules.
const ROUTER = '10.0.2.1';
const SERVER = '10.0.2.2';
const ALICE = '10.0.1.2';
const BOB = '10.0.1.3';
const VIP = '10.0.9.9';
const UDP = 17;
const TCP = 6;
const ICMP = 1;

function ports(range: NatRange, minPort: number, maxPort = minPort): NatRange {
  return { ...range, minPort, maxPort };
}

function masquerading(): ModelRouter {
  const router = new ModelRouter();
  router.snat = [{ matches: () => true, range: toAddress(router.addresses.intern(ROUTER)) }];
  return router;
}

function text(router: ModelRouter, tuple: FiveTuple | undefined): string {
  if (tuple === undefined) return 'dropped';
  const address = (handle: number): string => router.addresses.text(handle);
  return `${address(tuple.source)}:${tuple.sourcePort} > ${address(tuple.destination)}:${tuple.destinationPort}`;
}

function send(router: ModelRouter, protocol: number, from: string, port: number, to: string, toPort: number): string {
  return text(router, router.pass(router.packet(protocol, from, port, to, toPort), 0).out);
}

test('bindSource() keeps a source port that is free', () => {
  const router = masquerading();
  assert.is(send(router, UDP, ALICE, 5000, SERVER, 53), `${ROUTER}:5000 > ${SERVER}:53`);
  assert.is(send(router, UDP, BOB, 5001, SERVER, 53), `${ROUTER}:5001 > ${SERVER}:53`);
  assert.is(send(router, UDP, BOB, 5000, SERVER, 54), `${ROUTER}:5000 > ${SERVER}:54`, 'free towards another port');
});

test('bindSource() takes a taken port of 1024 and up to the drawn place among 64,512', () => {
  const router = masquerading();
  send(router, UDP, ALICE, 5000, SERVER, 53);
  router.draw = () => 5309 * 2 ** 16;
  assert.is(send(router, UDP, BOB, 5000, SERVER, 53), `${ROUTER}:6333 > ${SERVER}:53`);
});

test('bindSource() keeps privileged ports privileged: 1 to 511, and 600 to 1023', () => {
  const anyDraw = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(
      anyDraw,
      fc.constantFrom([300, 1, 511], [511, 1, 511], [512, 600, 1023], [700, 600, 1023]),
      (drawn, [port, min, max]) => {
        const router = masquerading();
        router.draw = () => drawn;
        router.pass(router.packet(UDP, ALICE, port!, SERVER, 53), 0);
        const { out } = router.pass(router.packet(UDP, BOB, port!, SERVER, 53), 0);
        assert.ok(out!.sourcePort >= min! && out!.sourcePort <= max! && out!.sourcePort !== port);
      },
    ),
  );
});

test('bindSource() gives a client that was moved to another port the same port towards others', () => {
  const router = masquerading();
  send(router, UDP, ALICE, 5000, SERVER, 53);
  router.draw = () => 5309 * 2 ** 16;
  send(router, UDP, BOB, 5000, SERVER, 53);
  assert.is(send(router, UDP, BOB, 5000, SERVER, 54), `${ROUTER}:6333 > ${SERVER}:54`);
  assert.is(send(router, UDP, BOB, 5000, SERVER, 55), `${ROUTER}:6333 > ${SERVER}:55`);
});

test('bindSource() with --random-fully never keeps the port for being free', () => {
  const router = masquerading();
  router.snat = [{ matches: () => true, range: { ...toAddress(router.addresses.intern(ROUTER)), random: true } }];
  router.draw = () => 100 * 2 ** 16;
  assert.is(send(router, UDP, ALICE, 5000, SERVER, 53), `${ROUTER}:1124 > ${SERVER}:53`);
  assert.is(send(router, UDP, ALICE, 5001, SERVER, 53), `${ROUTER}:1125 > ${SERVER}:53`, 'the next one that is free');
});

test('bindSource() moves the identifier of an echo as others move their port', () => {
  const router = masquerading();
  assert.is(send(router, ICMP, ALICE, 77, SERVER, 0), `${ROUTER}:77 > ${SERVER}:0`);
  router.draw = () => 5239 * 2 ** 16;
  assert.is(send(router, ICMP, BOB, 77, SERVER, 0), `${ROUTER}:5239 > ${SERVER}:0`);
});

test('bindSource() within --to-source ports uses them up and then drops', () => {
  const router = masquerading();
  const range = ports(toAddress(router.addresses.intern(ROUTER)), 7000, 7002);
  router.snat = [{ matches: () => true, range }];
  router.draw = (n) => n * 2 ** 16;
  const sent = [5000, 5001, 5002, 5003, 7001].map((port) => send(router, UDP, ALICE, port, SERVER, 53));
  assert.equal(sent, [
    `${ROUTER}:7000 > ${SERVER}:53`,
    `${ROUTER}:7001 > ${SERVER}:53`,
    `${ROUTER}:7002 > ${SERVER}:53`,
    'dropped',
    'dropped',
  ]);
  assert.is(send(router, UDP, ALICE, 5000, SERVER, 54), `${ROUTER}:7000 > ${SERVER}:54`);
});

test('bindSource() to a single port drops the second connection to one destination', () => {
  const router = masquerading();
  router.snat = [{ matches: () => true, range: ports(toAddress(router.addresses.intern(ROUTER)), 7000) }];
  assert.is(send(router, UDP, ALICE, 7000, SERVER, 53), `${ROUTER}:7000 > ${SERVER}:53`);
  assert.is(send(router, UDP, ALICE, 7001, SERVER, 53), 'dropped');
  assert.is(send(router, UDP, BOB, 7000, SERVER, 53), 'dropped');
});

test('bindSource() without a rule moves the port of a connection whose answers another one gets', () => {
  const router = new ModelRouter();
  const range = ports(toAddress(router.addresses.intern(SERVER)), 80);
  router.dnat = [{ matches: ({ destination }) => router.addresses.text(destination) === VIP, range }];
  router.draw = () => 53_073 * 2 ** 16;
  assert.is(send(router, UDP, ALICE, 5000, VIP, 8080), `${ALICE}:5000 > ${SERVER}:80`);
  assert.is(send(router, UDP, ALICE, 5000, SERVER, 80), `${ALICE}:54097 > ${SERVER}:80`);
  assert.is(send(router, UDP, ALICE, 5000, VIP, 8081), `${ALICE}:54098 > ${SERVER}:80`);
  assert.is(send(router, UDP, SERVER, 80, ALICE, 54_097), `${SERVER}:80 > ${ALICE}:5000`);
  assert.is(send(router, UDP, SERVER, 80, ALICE, 5000), `${VIP}:8080 > ${ALICE}:5000`);
});

test('bindSource() lets UDP begun from both ends at once be, and moves the port of others', () => {
  for (const [protocol, wanted] of [
    [UDP, `${SERVER}:53 > ${ALICE}:5000`],
    [TCP, `${SERVER}:1 > ${ALICE}:5000`],
  ] as const) {
    const router = new ModelRouter();
    send(router, protocol, ALICE, 5000, SERVER, 53);
    // The peer's packet was on its way through the host before the entry was there.
    const original = tupleOf(router.packet(protocol, SERVER, 53, ALICE, 5000));
    const { table, addresses } = router;
    const common = { table, addresses, original, current: original, range: undefined, syn: false, nowNs: 0 };
    assert.is(text(router, bindSource({ ...common, draw: () => 0 })?.tuple), wanted);
  }
});

test('bindSource() gives up behind 248 taken ports of a wide range', () => {
  const router = masquerading();
  for (let port = 1024; port < 1024 + 400; port++) send(router, UDP, ALICE, port, SERVER, 53);
  const numbers: number[] = [];
  router.draw = (n) => {
    numbers.push(n);
    return 0;
  };
  assert.is(send(router, UDP, BOB, 1024, SERVER, 53), 'dropped');
  assert.equal(numbers, [0, 1, 2, 3, 4], 'rounds of 128, 64, 32, 16 and 8');
});

/** A router with one port to masquerade to, and a connection of Alice's on it that is over. */
function withTimeWait(): ModelRouter {
  const router = masquerading();
  router.snat = [{ matches: () => true, range: ports(toAddress(router.addresses.intern(ROUTER)), 7000) }];
  const client = router.packet(TCP, ALICE, 5000, SERVER, 80);
  const server = router.packet(TCP, SERVER, 80, ROUTER, 7000);
  router.pass(client, 0);
  router.pass({ ...server, flags: 18, acknowledgement: 1 }, 0);
  router.pass({ ...client, flags: 17, sequence: 1, acknowledgement: 1 }, 0);
  router.pass({ ...server, flags: 17, sequence: 1, acknowledgement: 2 }, 0);
  router.pass({ ...client, flags: 16, sequence: 2, acknowledgement: 2 }, 0);
  return router;
}

test('bindSource() takes the last ports from connections in TIME_WAIT, if the draw finds their numbers lower', () => {
  const lucky = withTimeWait();
  lucky.draw = () => 0;
  assert.is(send(lucky, TCP, BOB, 5000, SERVER, 80), `${ROUTER}:7000 > ${SERVER}:80`);
  assert.is(lucky.table.count(0), 1);
  const unlucky = withTimeWait();
  unlucky.draw = () => 2 ** 32 - 1;
  assert.is(send(unlucky, TCP, BOB, 5000, SERVER, 80), 'dropped');
  assert.is(unlucky.table.count(0), 1);
});

test('bindDestination() goes to the first free port of a range, for each source anew', () => {
  const router = new ModelRouter();
  router.dnat = [{ matches: () => true, range: ports(toAddress(router.addresses.intern(SERVER)), 8000, 8005) }];
  const sent = [
    send(router, TCP, ALICE, 5000, VIP, 80),
    send(router, TCP, ALICE, 5001, VIP, 80),
    send(router, TCP, ALICE, 5000, VIP, 81),
    send(router, TCP, ALICE, 5000, VIP, 8003),
  ];
  assert.equal(sent, [
    `${ALICE}:5000 > ${SERVER}:8000`,
    `${ALICE}:5001 > ${SERVER}:8000`,
    `${ALICE}:5000 > ${SERVER}:8001`,
    `${ALICE}:5000 > ${SERVER}:8003`,
  ]);
});

test('bindDestination() moves a taken ICMP identifier to the first free one, rule or not, without a draw', () => {
  const router = new ModelRouter();
  const range = toAddress(router.addresses.intern(SERVER));
  router.dnat = [{ matches: ({ destination }) => router.addresses.text(destination) === VIP, range }];
  let draws = 0;
  router.draw = () => draws++;
  const sent = [VIP, SERVER].map((to) => send(router, ICMP, ALICE, 77, to, 0));
  assert.equal(sent, [`${ALICE}:77 > ${SERVER}:0`, `${ALICE}:0 > ${SERVER}:0`]);
  assert.is(draws, 0);
  const statuses = router.table.list(0).map(({ status }) => status & NAT_MASK);
  assert.equal(statuses, [Status.DstNat, Status.DstNat]);
});

test('bindDestination() with --random begins at a drawn port', () => {
  const router = new ModelRouter();
  const range = { ...ports(toAddress(router.addresses.intern(SERVER)), 8000, 8005), random: true };
  router.dnat = [{ matches: () => true, range }];
  router.draw = () => 8 * 2 ** 16;
  assert.is(send(router, TCP, ALICE, 5000, VIP, 80), `${ALICE}:5000 > ${SERVER}:8002`);
});

test('bindDestination() shifts ports by their distance from the base', () => {
  const router = new ModelRouter();
  const range = { ...ports(toAddress(router.addresses.intern(SERVER)), 5000, 5010), basePort: 30_000 };
  router.dnat = [{ matches: () => true, range }];
  assert.is(send(router, TCP, ALICE, 1000, VIP, 30_007), `${ALICE}:1000 > ${SERVER}:5007`);
});

/** Of --to-source 10.91.2.100-10.91.2.109, for 10.91.1.{10,11,12,13,20,30,49} towards 10.91.2.2. */
const POOL_CHOICES = { false: [107, 109, 105, 106, 107, 100, 104], true: [106, 104, 105, 105, 102, 102, 101] };

for (const persistent of [false, true]) {
  test(`chooseAddress() spreads clients over a pool as the kernel does${persistent ? ' with --persistent' : ''}`, () => {
    const router = new ModelRouter();
    const { addresses } = router;
    const pool = addressPool(addresses, addresses.intern('10.91.2.100'), 10);
    router.snat = [{ matches: () => true, range: { ...toAddress(0), addresses: pool, persistent } }];
    const sources = [10, 11, 12, 13, 20, 30, 49].map((last) => {
      const { out } = router.pass(router.packet(UDP, `10.91.1.${last}`, 5000, '10.91.2.2', 53), 0);
      return Number(addresses.text(out!.source).split('.')[3]);
    });
    assert.equal(sources, POOL_CHOICES[`${persistent}`]);
  });
}

test('bindSource() never gives two connections the same answers', () => {
  const packets = fc.array(
    fc.tuple(fc.constantFrom(ALICE, BOB, '10.0.1.4'), fc.integer({ min: 1, max: 6 }), fc.constantFrom(53, 54)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(packets, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (list, drawn) => {
      const router = masquerading();
      router.snat = [{ matches: () => true, range: ports(toAddress(router.addresses.intern(ROUTER)), 7000, 7009) }];
      router.draw = () => drawn;
      for (const [from, port, to] of list) router.pass(router.packet(UDP, from, port, SERVER, to), 0);
      const answers = router.table.list(0).map(({ reply }) => `${reply.sourcePort}>${reply.destinationPort}`);
      assert.is(new Set(answers).size, answers.length);
    }),
  );
});

test.run();
