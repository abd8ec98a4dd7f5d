/** Two packets that race for one tuple: who is let through, and who waits behind whom. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Confirmation, confirm } from '../../../net/conntrack/clash.ts';
import { type ConntrackDraft, tupleOf } from '../../../net/conntrack/entry.ts';
import { NAT_DONE_MASK, Status } from '../../../net/conntrack/status.ts';
import { invert } from '../../../net/conntrack/tuple.ts';
import { ModelRouter } from '../nat/model-router.ts';

const test = suite('conntrack/clash');

const CLIENT = '10.0.1.2';
const VIP = '10.0.9.9';

function setUp(protocol: number) {
  const router = new ModelRouter();
  const packet = router.packet(protocol, CLIENT, 5000, VIP, 53);
  /** A connection to the service, sent on to this endpoint. */
  const towards = (endpoint: string, status = Status.DstNat | NAT_DONE_MASK): ConntrackDraft => {
    const original = tupleOf(packet);
    const reply = invert({ ...original, destination: router.addresses.intern(endpoint) })!;
    return { flow: 1, original, reply, status, mark: 0 };
  };
  return { router, packet, towards };
}

test('confirm() inserts when nobody was faster', () => {
  const { router, towards } = setUp(17);
  assert.is(confirm(router.table, towards('10.0.2.2'), 0).confirmation, Confirmation.Insert);
});

test('confirm() drops the second TCP packet of a race', () => {
  const { router, packet, towards } = setUp(6);
  router.table.insert(towards('10.0.2.2'), packet, 0);
  assert.is(confirm(router.table, towards('10.0.2.2'), 0).confirmation, Confirmation.Drop);
});

test('confirm() lets the second UDP packet join the entry that is just like its own', () => {
  const { router, packet, towards } = setUp(17);
  const reference = router.table.insert(towards('10.0.2.2'), packet, 0);
  assert.equal(confirm(router.table, towards('10.0.2.2'), 0), { confirmation: Confirmation.Join, reference });
});

test('confirm() keeps both UDP entries when they were sent to different endpoints', () => {
  const { router, packet, towards } = setUp(17);
  router.table.insert(towards('10.0.2.2'), packet, 0);
  assert.is(confirm(router.table, towards('10.0.2.3'), 0).confirmation, Confirmation.InsertClash);
});

test('confirm() drops UDP whose answers another connection gets', () => {
  const { router, packet, towards } = setUp(17);
  router.table.insert(towards('10.0.2.2'), packet, 0);
  const direct = router.packet(17, CLIENT, 5000, '10.0.2.2', 53);
  const original = tupleOf(direct);
  const draft = { flow: 1, original, reply: invert(original)!, status: NAT_DONE_MASK, mark: 0 };
  assert.is(confirm(router.table, draft, 0).confirmation, Confirmation.Drop);
});

test('confirm() lets a packet join the conversation that its peer began at the same time', () => {
  const { router } = setUp(17);
  const there = router.packet(17, CLIENT, 5000, '10.0.2.2', 53);
  const back = router.packet(17, '10.0.2.2', 53, CLIENT, 5000);
  const draft = (packet: typeof there): ConntrackDraft => {
    const original = tupleOf(packet);
    return { flow: 1, original, reply: invert(original)!, status: NAT_DONE_MASK, mark: 0 };
  };
  const reference = router.table.insert(draft(there), there, 0);
  assert.equal(confirm(router.table, draft(back), 0), { confirmation: Confirmation.Join, reference: reference | 1 });
});

test.run();
