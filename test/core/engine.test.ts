/** The engine: one responder a plane decides, events are appended, folded, published and planned, in that order. */
import { bufferTime, interval, map } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ofKind } from '../../core/bus.ts';
import type { Decider } from '../../core/decider.ts';
import { Engine } from '../../core/engine.ts';
import { eventCodec } from '../../core/event-kind.ts';
import { type Batch, firstDifference, Ledger } from '../../core/ledger.ts';
import { keyedDraw } from '../../core/random.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';

const test = suite('engine');

const columns = { subject: 'i32', amount: 'f64', text: 'text' } as const;
const kinds = {
  Counted: { kind: 1, fields: { subject: 'subject', luck: 'amount' } },
  Noted: { kind: 2, fields: { words: 'text' } },
} as const;
const codec = eventCodec(columns, kinds);

interface Tick {
  readonly kind: 1 | 2;
  readonly at: number;
  readonly subject: number;
}
type Event =
  | { readonly kind: 1; readonly at: number; readonly subject: number; readonly luck: number }
  | { readonly kind: 2; readonly at: number; readonly words: string };
interface State {
  count: number;
  sum: number;
}

/** Counts to 40, once a millisecond; each tenth is noted on another plane. */
const decider: Decider<State, Tick, Event> = {
  decide: {
    1: (state, { at, subject }, draw, emit) => {
      emit({ kind: 1, at, subject, luck: draw(1, subject) });
      if (subject % 10 === 0) emit({ kind: 2, at, words: `at ${state.count}` });
    },
    2: (_state, { at, subject }, _draw, emit) => emit({ kind: 2, at, words: `asked ${subject}` }),
  },
  evolve: {
    1: (state, { luck }) => {
      state.count++;
      state.sum += luck;
    },
    2: () => {},
  },
  plan: {
    1: ({ count }, { at, subject }, schedule) => {
      if (count >= 40) return;
      schedule({ kind: 1, at: at + MILLISECOND, subject: subject + 1 });
      if (subject % 7 === 0) schedule({ kind: 2, at: at + MILLISECOND, subject });
    },
  },
  rank: { 1: 2, 2: 1 },
  plane: { 1: 'packet', 2: 'reconcile' },
};

function start(observe: (engine: Engine<State, Tick, Event>) => void = () => {}) {
  const batches: Batch[] = [];
  const ledger = new Ledger(codec, 'head', (batch) =>
    batches.push({ ...batch, columns: structuredClone(batch.columns) }),
  );
  const state: State = { count: 0, sum: 0 };
  const engine = new Engine(decider, state, keyedDraw('engine'), ledger);
  observe(engine);
  engine.bus.schedule({ kind: 1, at: 0, subject: 1 });
  return { engine, state, ledger, batches };
}

function events(batches: readonly Batch[]): Event[] {
  return batches.flatMap(({ rows, columns: rowsOf }) =>
    Array.from({ length: rows }, (_, row) => codec.read(rowsOf, row) as Event),
  );
}

test('step() runs what falls due, in rank order within an instant, and says when nothing is left', () => {
  const { engine, state, batches } = start();
  assert.is(engine.step(1_000, 3 * MILLISECOND), 4);
  assert.ok(engine.step(1_000, SECOND) < 1_000);
  engine.finish(SECOND);
  assert.is(state.count, 40);
  const told = events(batches);
  const asked = told.findIndex((event) => event.kind === 2 && event.words === 'asked 7');
  assert.equal(told[asked + 1]!.at, told[asked]!.at, 'the higher rank follows in the same instant');
});

test('fold() of the recorded events gives the live state, and the run goes on from any prefix with the same bytes', () => {
  const whole = start();
  whole.engine.step(10_000, SECOND);
  whole.engine.finish(SECOND);
  const causes = whole.batches.flatMap(({ rows, columns: rowsOf }) => [...rowsOf.cause.subarray(0, rows)]);
  const told = events(whole.batches);
  const decisions = [...new Set(causes)];
  for (const kept of [0, 1, 9, 10, 11, decisions.length - 1, decisions.length]) {
    const resumed = start();
    for (const cause of decisions.slice(0, kept)) {
      const own = told.filter((_, i) => causes[i] === cause);
      resumed.engine.fold(own, cause);
      for (const event of own) resumed.ledger.append(event, cause);
    }
    resumed.engine.step(10_000, SECOND);
    resumed.engine.finish(SECOND);
    assert.equal(resumed.state, whole.state);
    assert.is(firstDifference(events(resumed.batches), told), undefined);
    assert.is(resumed.ledger.digest, whole.ledger.digest);
  }
});

test('a plane whose responder is taken away stands still, the others go on', () => {
  const { engine, state, batches } = start(({ responders }) => responders.reconcile.unsubscribe());
  engine.step(10_000, SECOND);
  engine.finish(SECOND);
  assert.is(state.count, 40);
  assert.not.ok(events(batches).some((event) => event.kind === 2 && event.words.startsWith('asked')));
});

test('a probe with timers of its own changes not one byte', () => {
  const buffers: number[] = [];
  const beats: number[] = [];
  const plain = start();
  const probed = start(({ bus }) => {
    bus.events.pipe(bufferTime(10, bus.clock)).subscribe((buffer) => buffers.push(buffer.length));
    interval(5, bus.clock).subscribe(() => beats.push(bus.clock.now()));
    bus.events
      .pipe(
        ofKind<Event, 2>(2),
        map(({ words }) => words),
      )
      .subscribe();
  });
  for (const { engine } of [plain, probed]) {
    engine.step(10_000, SECOND);
    engine.finish(40 * MILLISECOND);
  }
  assert.is(probed.ledger.digest, plain.ledger.digest);
  assert.equal(beats.slice(0, 3), [5, 10, 15], 'virtual milliseconds');
  assert.ok(buffers.length >= 4, 'buffers by virtual time');
});

test('an observer that throws ends the run', async () => {
  const { engine } = start(({ bus }) => {
    bus.events.subscribe(() => {
      throw new Error('a probe went wrong');
    });
  });
  engine.step(5, SECOND);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.throws(() => engine.step(5, SECOND), /a probe went wrong/);
});

test('an operator that was not given the virtual clock ends the run', async () => {
  const { engine } = start(({ bus }) => {
    bus.events.subscribe(() => interval(1).subscribe());
  });
  engine.step(1, SECOND);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.throws(() => engine.step(1, SECOND), /wall-clock scheduler of RxJS was used during a run/);
});

test('a second responder on a plane is a broken assumption', () => {
  const { engine } = start(({ bus }) => bus.due.packet.subscribe(() => {}));
  assert.throws(() => engine.step(1, SECOND), /exactly one responder/);
});

test('bus.schedule() refuses the past', () => {
  const { engine } = start();
  engine.step(10, SECOND);
  assert.throws(() => engine.bus.schedule({ kind: 1, at: 0, subject: 1 }), /lies in the past/);
});

test.run();
