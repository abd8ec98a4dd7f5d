/** What holds of TCP on any wire: all bytes arrive once and in order, asking changes nothing, silence ends. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import { isDone, TcpState } from '../../../net/transport/tcp-socket.ts';
import { nextSegment } from '../../../net/transport/tcp-transmit.ts';
import { Wire } from './dialogue.ts';

const test = suite('tcp properties');

const wires = fc.record({
  oneWayNs: fc.integer({ min: 1_000, max: 60 * MILLISECOND }),
  requests: fc.integer({ min: 1, max: 5 }),
  requestBytes: fc.integer({ min: 1, max: 5_000 }),
  answerBytes: fc.integer({ min: 1, max: 60_000 }),
  serverDelayNs: fc.constantFrom(0, MILLISECOND, 90 * MILLISECOND),
  clientDelayNs: fc.constantFrom(0, 300_000),
  closes: fc.constantFrom('client' as const, 'half' as const),
  mtuBytes: fc.constantFrom(1500, 1450, 576),
  losses: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 12 }),
});

test('every byte arrives once and in order whatever is lost, and both ends come to rest', () => {
  fc.assert(
    fc.property(wires, ({ losses, ...dialogue }) => {
      const dropped = new Set(losses);
      const wire = new Wire({ ...dialogue, lost: (_row, n) => dropped.has(n), untilNs: 4_000 * SECOND }).run();
      assert.is(wire.client.error, 0);
      assert.is(wire.client.receivedBytes, dialogue.requests * dialogue.answerBytes);
      assert.is(wire.server!.receivedBytes, dialogue.requests * dialogue.requestBytes);
      assert.equal(
        wire.client.inbox,
        Array.from({ length: dialogue.requests }, (_, n) => n + 1),
      );
      assert.ok(isDone(wire.client) && isDone(wire.server!));
    }),
    { numRuns: 300 },
  );
});

test('a wire that goes dead ends in an error or in rest, never in endless sending', () => {
  fc.assert(
    fc.property(wires, fc.integer({ min: 0, max: 40 }), ({ losses: _, ...dialogue }, dies) => {
      const wire = new Wire({ ...dialogue, lost: (_row, n) => n >= dies, untilNs: 10_000 * SECOND }).run();
      for (const socket of [wire.client, wire.server]) {
        // An application that still waits for a request waits for ever: nothing is unsent then.
        if (socket === undefined || isDone(socket)) continue;
        assert.is(socket.outstanding.length, 0);
        assert.ok(socket.state === TcpState.Established || socket.state === TcpState.FinWait2);
      }
    }),
    { numRuns: 200 },
  );
});

test('nextSegment() changes nothing', () => {
  const wire = new Wire({ untilNs: 0 }).run();
  const before = structuredClone(wire.client);
  nextSegment(wire.client, SECOND);
  nextSegment(wire.client, 2 * SECOND);
  assert.equal(wire.client, before);
});

test('the same dialogue sends the same segments', () => {
  fc.assert(
    fc.property(wires, ({ losses, ...dialogue }) => {
      const dropped = new Set(losses);
      const once = (): unknown => new Wire({ ...dialogue, lost: (_row, n) => dropped.has(n) }).run().rows;
      assert.equal(once(), once());
    }),
    { numRuns: 30 },
  );
});

test.run();
