/**
 * The bus and the loop around it: a decider that does next to nothing, with 0, 1 and 3 observers of its events, against a
 * loop that calls its three functions and keeps no agenda.
 */
import type { Decider } from '../core/decider.ts';
import { Engine } from '../core/engine.ts';
import { type Race, type RaceOptions, type Runner, race } from './race.ts';

interface Tick {
  readonly kind: 1;
  readonly at: number;
  readonly count: number;
}

interface Counter {
  count: number;
}

const COMMANDS = 20_000;
const FOREVER = Number.MAX_SAFE_INTEGER;

const DECIDER: Decider<Counter, Tick, Tick> = {
  decide: {
    1: (state, { at }, _draw, emit) => {
      emit({ kind: 1, at, count: state.count + 1 });
    },
  },
  evolve: {
    1: (state, event) => {
      state.count = event.count;
    },
  },
  plan: {
    1: (_state, { at, count }, schedule) => {
      schedule({ kind: 1, at: at + 10, count });
    },
  },
  rank: { 1: 1 },
  plane: { 1: 'packet' },
};

function engineRunner(observers: number): Runner {
  const engine = new Engine(DECIDER, { count: 0 }, () => 0);
  let seen = 0;
  for (let i = 0; i < observers; i++)
    engine.bus.events.subscribe((event) => {
      seen += event.count & 1;
    });
  engine.bus.schedule({ kind: 1, at: 0, count: 0 });
  return {
    name: `engine, ${observers} observer${observers === 1 ? '' : 's'}`,
    operations: COMMANDS,
    work: () => {
      if (engine.step(COMMANDS, FOREVER) < COMMANDS || seen < 0) throw new Error('The engine stood still');
    },
  };
}

function loopRunner(): Runner {
  const state: Counter = { count: 0 };
  const slots: Tick[] = [];
  let next: Tick = { kind: 1, at: 0, count: 0 };
  const emit = (event: Tick): void => {
    slots[0] = event;
  };
  const schedule = (command: Tick): void => {
    next = command;
  };
  return {
    name: 'three calls',
    operations: COMMANDS,
    work: () => {
      for (let i = 0; i < COMMANDS; i++) {
        DECIDER.decide[1](state, next, () => 0, emit);
        DECIDER.evolve[1](state, slots[0]!);
        DECIDER.plan[1]!(state, slots[0]!, schedule);
      }
    },
  };
}

export function busRace(options: RaceOptions): Promise<Race> {
  const runners = [engineRunner(0), engineRunner(1), engineRunner(3), loopRunner()];
  return race('Bus: a command decided, its event folded and published', 'events', runners, options);
}
