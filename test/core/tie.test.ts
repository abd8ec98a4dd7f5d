/** Other orders of what falls due at one instant. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Agenda } from '../../core/agenda.ts';
import { gathered, scattered } from '../../core/tie.ts';

const test = suite('ties');

const sequences = fc.integer({ min: 0, max: 2 ** 45 - 1 });
const orders = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test('gathered() undoes scattered(), for every order', () => {
  fc.assert(
    fc.property(sequences, orders, (sequence, order) => {
      const key = scattered(sequence, order);
      assert.ok(Number.isInteger(key) && key >= 0 && key < 2 ** 45, `${key}`);
      assert.is(gathered(key, order), sequence);
    }),
  );
});

function popped(order: number, list: readonly (readonly [at: number, rank: number])[]): number[] {
  const agenda = new Agenda<number>();
  agenda.tieOrder = order;
  for (const [i, [at, rank]] of list.entries()) agenda.push(at, rank, i);
  const told = agenda.list().map(({ item, sequence }) => [item, sequence]);
  const taken: number[] = [];
  while (agenda.size > 0) {
    taken.push(agenda.pop());
    assert.equal(told[taken.length - 1], [taken.at(-1)!, agenda.sequence]);
    assert.is(agenda.sequence, taken.at(-1)! + 1);
  }
  return taken;
}

test('an order number changes nothing between instants and ranks, and everything within them', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
  fc.assert(
    fc.property(entries, orders, (list, order) => {
      const usual = popped(0, list);
      const other = popped(order, list);
      const place = (i: number): string => list[i]!.join(' ');
      assert.equal(other.map(place), usual.map(place));
      assert.equal([...other].sort(), [...usual].sort());
      assert.equal(popped(order, list), other);
    }),
  );
  const many = Array.from({ length: 40 }, () => [7, 1] as const);
  const orderings = new Set(Array.from({ length: 20 }, (_, n) => popped(n, many).join()));
  assert.is(orderings.size, 20);
});

test('the order is settled before the first entry', () => {
  const agenda = new Agenda<number>();
  agenda.push(1, 1, 1);
  assert.throws(() => {
    agenda.tieOrder = 3;
  }, /before the first entry/);
});

test.run();
