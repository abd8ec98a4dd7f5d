/** The agenda takes its entries out in exact order, whatever the order they were put in. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Agenda } from '../../core/agenda.ts';
import { InvariantError } from '../../core/error.ts';
import { fraction, keyedDraw } from '../../core/random.ts';

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

/** A binary search for the place of a key in a sorted list: the plainest agenda there is. */
function insert(keys: number[][], key: number[]): void {
  let low = 0;
  for (let high = keys.length; low < high; ) {
    const middle = (low + high) >> 1;
    const other = keys[middle]!;
    if (
      other[0]! < key[0]! ||
      (other[0] === key[0] && (other[1]! < key[1]! || (other[1] === key[1] && other[2]! < key[2]!)))
    )
      low = middle + 1;
    else high = middle;
  }
  keys.splice(low, 0, key);
}

test('pop() keeps its order while crowds and silences of any length make the calendar change', () => {
  const draw = keyedDraw('calendar');
  const agenda = new Agenda<number>();
  const model: number[][] = [];
  let drawn = 0;
  let now = 0;
  const push = (gapNs: number): void => {
    const at = now + Math.floor(fraction(draw(1, drawn++)) * gapNs);
    const rank = draw(2, drawn) & 3;
    insert(model, [at, rank, agenda.push(at, rank, 0)]);
  };
  for (let phase = 0; phase < 60; phase++) {
    const gapNs = 10 ** (draw(3, phase) % 13);
    const most = [2, 40, 3_000][draw(4, phase) % 3]!;
    for (let i = 0; i < 2_500; i++) {
      if (model.length < most) push(draw(5, i) % 50 === 0 ? gapNs * 1_000 : gapNs);
      if (i % 3 !== 0 && model.length > 0) {
        const first = model.shift()!;
        if (draw(6, i) % 4 === 0) assert.is(agenda.nextAt, first[0]);
        agenda.pop();
        if (agenda.at !== first[0] || agenda.sequence !== first[2]) assert.equal([agenda.at, agenda.sequence], first);
        now = first[0]!;
      }
    }
    assert.is(agenda.size, model.length);
    assert.equal(
      agenda.list().map(({ sequence }) => sequence),
      model.map((key) => key[2]!),
    );
  }
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
