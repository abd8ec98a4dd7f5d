/** The packets under way against a plain map, over pages that come and go. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PacketInFlight } from '../../net/network.ts';
import { NumberTable } from '../../net/number-table.ts';

const test = suite('net/number-table');

const packet = (id: number): PacketInFlight => ({ id }) as PacketInFlight;

test('get() and has() know what was set and not deleted, as a Map does, in the order of the numbers', () => {
  const step = fc.record({ id: fc.integer({ min: 1, max: 6_000 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new NumberTable<PacketInFlight>(10);
      const map = new Map<number, PacketInFlight>();
      for (const { id, add } of steps) {
        if (add) {
          const one = packet(id);
          table.set(id, one);
          map.set(id, one);
        } else {
          table.delete(id);
          map.delete(id);
        }
        assert.is(table.get(id), map.get(id));
        assert.is(table.has(id), map.has(id));
        assert.is(table.size, map.size);
      }
      const sorted = [...map].sort(([a], [b]) => a - b);
      assert.equal(
        [...table].map(([id]) => id),
        sorted.map(([id]) => id),
      );
      for (const [id, one] of map) assert.is(table.get(id), one);
    }),
  );
});

test('a packet that stays is found while a hundred thousand pass it, and those at the end when it has gone', () => {
  const table = new NumberTable<PacketInFlight>(10);
  table.set(3, packet(3));
  for (let id = 10; id < 100_000; id++) {
    table.set(id, packet(id));
    table.delete(id - 5);
  }
  assert.is(table.size, 6);
  assert.is(table.get(3)!.id, 3);
  table.delete(3);
  assert.equal(
    [...table].map(([id]) => id),
    [99_995, 99_996, 99_997, 99_998, 99_999],
  );
});

test.run();
