/** The timer wheel's rounding, against retransmission times captured on a kernel with HZ 250. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import { expiryNs, inTicks } from '../../../net/transport/timer-wheel.ts';

const test = suite('timer wheel');
const TICK = 4 * MILLISECOND;

test('expiryNs() makes 204-208 ms of 200 ms and a bit, as captured', () => {
  for (const phase of [0, 1, 2, 3.999]) {
    const delay = expiryNs(phase * MILLISECOND, 200.05 * MILLISECOND, TICK) - phase * MILLISECOND;
    assert.ok(delay > 204 * MILLISECOND && delay <= 208 * MILLISECOND);
  }
});

test('expiryNs() spaces SYN retries as captured', () => {
  const captured = [1_029, 2_053, 3_077, 4_101, 5_125, 7_141, 11_269, 19_461, 35_589];
  const delays = [1, 1, 1, 1, 1, 2, 4, 8, 16];
  let nowNs = 0;
  for (const [index, seconds] of delays.entries()) {
    nowNs = expiryNs(nowNs, seconds * SECOND, TICK);
    // The capture's t = 0 was a few ticks away from where its wheel's slots begin.
    assert.ok(Math.abs(nowNs - captured[index]! * MILLISECOND) < 2 * TICK, `${nowNs} ns for ${captured[index]} ms`);
  }
});

test('expiryNs() is never early, and late by at most a seventh and two ticks', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000_000), fc.integer({ min: 0, max: 120_000 }), (start, ms) => {
      const delay = ms * MILLISECOND;
      const late = expiryNs(start, delay, TICK) - start - delay;
      assert.ok(late > 0 && late <= delay / 7 + 2 * TICK);
    }),
  );
});

test('inTicks() rounds up', () => {
  assert.is(inTicks(200 * MILLISECOND, TICK), 200 * MILLISECOND);
  assert.is(inTicks(200 * MILLISECOND + 1, TICK), 204 * MILLISECOND);
  assert.is(inTicks(0, TICK), 0);
});

test.run();
