/** The agenda takes its entries out in exact order, whatever the order they were put in. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Agenda } from '../../core/agenda.ts';
import { InvariantError } from '../../core/error.ts';

const test = suite('agenda');

test('pop() goes by instant, then rank, then order of scheduling', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(3)), { maxLength: 300 }), (entries) => {
      const agenda = new Agenda<number>();
      const keys = entries.map(([at, rank], i) => ({ at, rank, sequence: agenda.push(at, rank, i), i }));
      keys.sort((a, b) => a.at - b.at || a.rank - b.rank || a.sequence - b.sequence);
      assert.equal(
        Array.from({ length: entries.length }, () => agenda.pop()),
        keys.map(({ i }) => i),
      );
      assert.is(agenda.size, 0);
    }),
  );
});

test('pop() keeps its order while entries come and go', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.tuple(fc.nat(50), fc.nat(2)), { nil: undefined }), { maxLength: 400 }),
      (steps) => {
        const agenda = new Agenda<number>();
        const model: { at: number; rank: number; sequence: number }[] = [];
        let now = 0;
        for (const step of steps) {
          if (step !== undefined)
            model.push({ at: now + step[0], rank: step[1], sequence: agenda.push(now + step[0], step[1], 0) });
          else if (model.length > 0) {
            model.sort((a, b) => a.at - b.at || a.rank - b.rank || a.sequence - b.sequence);
            const first = model.shift()!;
            agenda.pop();
            assert.equal([agenda.at, agenda.sequence], [first.at, first.sequence]);
            now = first.at;
          }
        }
      },
    ),
  );
});

test('list() shows what pop() would give, and takes nothing', () => {
  const agenda = new Agenda<string>();
  for (const [at, rank, name] of [
    [5, 1, 'c'],
    [5, 0, 'b'],
    [1, 9, 'a'],
  ] as const)
    agenda.push(at, rank, name);
  assert.equal(
    agenda.list().map(({ item }) => item),
    ['a', 'b', 'c'],
  );
  assert.is(agenda.size, 3);
});

test('push() refuses an instant that a double cannot hold exactly, and pop() an empty agenda', () => {
  const agenda = new Agenda<number>();
  assert.throws(
    () => agenda.push(2 ** 53, 0, 1),
    (error: unknown) => error instanceof InvariantError,
  );
  assert.throws(
    () => agenda.push(-1, 0, 1),
    (error: unknown) => error instanceof InvariantError,
  );
  assert.throws(
    () => agenda.pop(),
    (error: unknown) => error instanceof InvariantError,
  );
});

test.run();
