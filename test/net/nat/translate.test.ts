/** Packets and ICMP errors rewritten by a connection's entry. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tupleOf } from '../../../net/conntrack/entry.ts';
import { Direction } from '../../../net/conntrack/status.ts';
import type { FiveTuple } from '../../../net/five-tuple.ts';
import { draftOf } from '../../../net/nat/draft.ts';
import { toAddress } from '../../../net/nat/range.ts';
import { Manip, translate, translateError } from '../../../net/nat/translate.ts';
import { CtState } from '../../../net/netfilter/skb.ts';
import { type ModelPacket, ModelRouter, type Passage } from './model-router.ts';

const test = suite('nat/translate');

// What is expected of ICMP errors here was measured on Linux 6.18.
const ROUTER = '10.0.2.1';
const SERVER = '10.0.2.2';
const HOP = '10.0.2.77';
const CLIENT = '10.0.1.2';
const VIP = '10.0.9.9';

function routerWith(rules: { dnat?: boolean; masquerade?: boolean }): ModelRouter {
  const router = new ModelRouter();
  const server = { ...toAddress(router.addresses.intern(SERVER)), minPort: 80, maxPort: 80 };
  const vip = router.addresses.intern(VIP);
  if (rules.dnat) router.dnat = [{ matches: ({ destination }) => destination === vip, range: server }];
  if (rules.masquerade) {
    router.snat = [{ matches: () => true, range: toAddress(router.addresses.intern(ROUTER)) }];
  }
  return router;
}

function text(router: ModelRouter, tuple: FiveTuple | undefined): string {
  if (tuple === undefined) return 'dropped';
  const address = (handle: number): string => router.addresses.text(handle);
  return `${address(tuple.source)}:${tuple.sourcePort} > ${address(tuple.destination)}:${tuple.destinationPort}`;
}

function error(router: ModelRouter, source: string, destination: string, inner: ModelPacket, type = 11): ModelPacket {
  return { ...router.packet(1, source, 0, destination, 0), icmp: type << 8, inner };
}

function texts(router: ModelRouter, { out, quoted }: Passage): [string, string] {
  return [text(router, out), text(router, quoted)];
}

test('translate() does and undoes source and destination, and leaves the rest of a packet alone', () => {
  const router = routerWith({ dnat: true, masquerade: true });
  const there = router.packet(6, CLIENT, 6000, VIP, 8080);
  assert.is(text(router, router.pass(there, 0).out), `${ROUTER}:6000 > ${SERVER}:80`);
  assert.is(text(router, router.pass(there, 0).out), `${ROUTER}:6000 > ${SERVER}:80`, 'sent again: not bound again');
  const back = { ...router.packet(6, SERVER, 80, ROUTER, 6000), flags: 18, acknowledgement: 1 };
  assert.is(text(router, router.pass(back, 0).out), `${VIP}:8080 > ${CLIENT}:6000`);
});

test('translate() rewrites one end at a time: what rules see in between', () => {
  const router = routerWith({ dnat: true, masquerade: true });
  const there = router.packet(6, CLIENT, 6000, VIP, 8080);
  router.pass(there, 0);
  const [entry] = router.table.list(0);
  const between = translate(entry!, 0, Manip.Destination, there);
  assert.is(text(router, between), `${CLIENT}:6000 > ${SERVER}:80`);
  const back = router.packet(6, SERVER, 80, ROUTER, 6000);
  assert.is(text(router, translate(entry!, 1, Manip.Destination, back)), `${SERVER}:80 > ${CLIENT}:6000`);
});

test('translate() gives the packet itself back when the entry has no translation', () => {
  const router = routerWith({});
  const there = router.packet(6, CLIENT, 6000, SERVER, 80);
  router.pass(there, 0);
  const [entry] = router.table.list(0);
  assert.is(translate(entry!, 0, Manip.Source, there), there);
});

test('translate() gives an echo its identifier back', () => {
  const router = routerWith({ masquerade: true });
  router.pass(router.packet(1, CLIENT, 77, SERVER, 0), 0);
  router.draw = () => 5239 * 2 ** 16;
  router.pass(router.packet(1, '10.0.1.3', 77, SERVER, 0), 0);
  const back = { ...router.packet(1, SERVER, 5239, ROUTER, 0), icmp: 0 };
  assert.is(text(router, router.pass(back, 0).out), `${SERVER}:77 > 10.0.1.3:0`);
});

test('translateError() about a masqueraded packet goes to its sender and quotes what that sent', () => {
  const router = routerWith({ masquerade: true });
  router.pass(router.packet(17, CLIENT, 5000, SERVER, 53), 0);
  const passage = router.pass(error(router, HOP, ROUTER, router.packet(17, ROUTER, 5000, SERVER, 53)), 0);
  assert.is(passage.ctState, CtState.Related | CtState.Snat);
  assert.equal(texts(router, passage), [`${HOP}:0 > ${CLIENT}:0`, `${CLIENT}:5000 > ${SERVER}:53`]);
});

test('translateError() about a DNATed packet seems to come from the service, whoever sent it', () => {
  const router = routerWith({ dnat: true });
  router.pass(router.packet(17, CLIENT, 5000, VIP, 8080), 0);
  const passage = router.pass(error(router, HOP, CLIENT, router.packet(17, CLIENT, 5000, SERVER, 80)), 0);
  assert.equal(texts(router, passage), [`${VIP}:0 > ${CLIENT}:0`, `${CLIENT}:5000 > ${VIP}:8080`]);
});

test('translateError() undoes both translations at once', () => {
  const router = routerWith({ dnat: true, masquerade: true });
  router.pass(router.packet(17, CLIENT, 6000, VIP, 8080), 0);
  const passage = router.pass(error(router, HOP, ROUTER, router.packet(17, ROUTER, 6000, SERVER, 80)), 0);
  assert.equal(texts(router, passage), [`${VIP}:0 > ${CLIENT}:0`, `${CLIENT}:6000 > ${VIP}:8080`]);
});

test('translateError() about an answer goes on to the server as if from the router', () => {
  const router = routerWith({ dnat: true, masquerade: true });
  router.pass(router.packet(17, CLIENT, 6000, VIP, 8080), 0);
  router.pass(router.packet(17, SERVER, 80, ROUTER, 6000), 0);
  const passage = router.pass(error(router, '10.0.1.77', VIP, router.packet(17, VIP, 8080, CLIENT, 6000), 3), 0);
  assert.equal(texts(router, passage), [`${ROUTER}:0 > ${SERVER}:0`, `${SERVER}:80 > ${ROUTER}:6000`]);
});

test("translateError() makes a host's own error about a connection not confirmed yet come from the service", () => {
  // Measured: the router rejects, or finds the TTL used up, behind its DNAT.
  const router = routerWith({ dnat: true });
  const original = tupleOf(router.packet(17, CLIENT, 5000, VIP, 8080));
  const redirected = tupleOf(router.packet(17, CLIENT, 5000, SERVER, 80));
  const draft = draftOf(1, original, redirected, redirected, true, 0);
  const own = error(router, ROUTER, CLIENT, router.packet(17, CLIENT, 5000, SERVER, 80), 3);
  const output = translateError(draft, Direction.Reply, Manip.Destination, own, redirected)!;
  const outer = { ...own, source: output.source, destination: output.destination };
  const left = translateError(draft, Direction.Reply, Manip.Source, outer, output.quoted)!;
  assert.is(router.addresses.text(left.source), VIP);
  assert.is(text(router, left.quoted), `${CLIENT}:5000 > ${VIP}:8080`);
});

test('translateError() drops a redirect about a translated connection and passes it about a plain one', () => {
  const router = routerWith({ masquerade: true });
  router.pass(router.packet(17, CLIENT, 6000, SERVER, 80), 0);
  const redirect = error(router, HOP, ROUTER, router.packet(17, ROUTER, 6000, SERVER, 80), 5);
  assert.is(router.pass(redirect, 0).out, undefined);
  const plain = routerWith({});
  plain.pass(plain.packet(17, CLIENT, 6000, SERVER, 80), 0);
  const passed = plain.pass(error(plain, HOP, CLIENT, plain.packet(17, CLIENT, 6000, SERVER, 80), 5), 0);
  assert.is(text(plain, passed.out), `${HOP}:0 > ${CLIENT}:0`);
});

test.run();
