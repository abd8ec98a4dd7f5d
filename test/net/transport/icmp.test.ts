/**
 * ICMP errors: about what, how large, how often. Counts and sizes as measured on Linux 6.18.
 * @evidence model: The limit on all ICMP errors of a host: 1,000 a second, where the kernel draws how many tokens an error costs
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import { Protocol } from '../../../net/packet.ts';
import { drawsEchoReply, echoBytes, errorBytes, isIcmpError, mayDrawError } from '../../../net/transport/icmp.ts';
import type { IcmpLimiter } from '../../../net/transport/icmp-limit.ts';
import { icmpAllowed, icmpSent, isLimited, newIcmpLimiter } from '../../../net/transport/icmp-limit.ts';

const test = suite('icmp');
const PORT_UNREACHABLE = (3 << 8) | 3;
const FRAGMENTATION_NEEDED = (3 << 8) | 4;
const ECHO = 8 << 8;

/** Tries to send one error. */
function sent(limiter: IcmpLimiter, peer: number, nowNs: number, loopback = false): boolean {
  if (!icmpAllowed(limiter, PORT_UNREACHABLE, peer, loopback, nowNs)) return false;
  icmpSent(limiter, PORT_UNREACHABLE, peer, loopback, nowNs);
  return true;
}

test('icmpAllowed() answers six at once, then one a second to the same peer', () => {
  const limiter = newIcmpLimiter();
  const answered: number[] = [];
  for (let n = 0; n < 25; n++) if (sent(limiter, 1, n * 100 * MILLISECOND)) answered.push(n);
  // 25 datagrams to closed ports at 10/s were answered at exactly these places by the kernel.
  assert.equal(answered, [0, 1, 2, 3, 4, 5, 10, 20]);
});

test('icmpAllowed() keeps one bucket per peer', () => {
  const limiter = newIcmpLimiter();
  for (let n = 0; n < 6; n++) sent(limiter, 1, 0);
  assert.not(sent(limiter, 1, 0));
  assert.ok(sent(limiter, 2, 0));
});

test('icmpAllowed() lets 50 out of one host at once, whoever they are for', () => {
  const limiter = newIcmpLimiter();
  let count = 0;
  for (let peer = 1; peer <= 100; peer++) if (sent(limiter, peer, SECOND)) count++;
  assert.is(count, 50);
  assert.not(sent(limiter, 200, SECOND + 10 * MILLISECOND), 'filled at most every 20 ms');
  assert.ok(sent(limiter, 200, SECOND + 20 * MILLISECOND));
});

test('icmpAllowed() does not limit the loopback device', () => {
  const limiter = newIcmpLimiter();
  for (let n = 0; n < 100; n++) assert.ok(sent(limiter, 1, 0, true));
});

test('icmpAllowed() changes nothing', () => {
  const limiter = newIcmpLimiter();
  for (let n = 0; n < 100; n++) assert.ok(icmpAllowed(limiter, PORT_UNREACHABLE, 1, false, 0));
  assert.equal(limiter, newIcmpLimiter());
});

test('icmpSent() forgets peers whose buckets are full again', () => {
  const limiter = newIcmpLimiter();
  for (let peer = 1; peer <= 3_000; peer++) sent(limiter, peer, peer * 50 * MILLISECOND);
  assert.ok(limiter.peers.size <= 1_024);
});

test('isLimited() exempts echo replies and path MTU discovery', () => {
  assert.not(isLimited(ECHO));
  assert.not(isLimited(0));
  assert.not(isLimited(FRAGMENTATION_NEEDED));
  assert.ok(isLimited(PORT_UNREACHABLE));
  assert.ok(isLimited(11 << 8));
});

test('mayDrawError() never answers an ICMP error, a later fragment, a broadcast', () => {
  const whole = { protocol: Protocol.Tcp, icmp: 0, fragmentOffset: 0 };
  assert.ok(mayDrawError(whole, true));
  assert.not(mayDrawError(whole, false));
  assert.not(mayDrawError({ ...whole, fragmentOffset: 185 }, true));
  assert.ok(mayDrawError({ protocol: Protocol.Icmp, icmp: ECHO, fragmentOffset: 0 }, true));
  for (const type of [3, 4, 5, 11, 12, 19, 255]) {
    assert.not(mayDrawError({ protocol: Protocol.Icmp, icmp: type << 8, fragmentOffset: 0 }, true), `type ${type}`);
  }
  assert.ok(isIcmpError(PORT_UNREACHABLE));
});

test('errorBytes() quotes the packet up to 576 bytes in all', () => {
  assert.is(errorBytes(38), 66, 'a datagram of 10 bytes');
  assert.is(errorBytes(60), 88, 'a SYN');
  assert.is(errorBytes(1_028), 576, 'a datagram of 1,000 bytes');
  assert.is(errorBytes(548), 576);
  assert.is(errorBytes(547), 575);
});

test('echoBytes() of what ping sends is 84', () => {
  assert.is(echoBytes(), 84);
  assert.ok(drawsEchoReply(ECHO, true));
  assert.not(drawsEchoReply(ECHO, false));
  assert.not(drawsEchoReply(PORT_UNREACHABLE, true));
});

test.run();
