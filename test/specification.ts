/**
 * Specifications of deciders: given what has happened, when a command falls due, it yields these events.
 */
import * as assert from 'uvu/assert';
import type { Decider, Draw, Kinded } from '../core/decider.ts';
import { keyedDraw } from '../core/random.ts';

/** An event as a test knows it: fields left out are not looked at, texts may be patterns. */
export type Expected<E extends Kinded> = { readonly [F in keyof E]?: E[F] | RegExp } & { readonly kind: E['kind'] };

export interface Decision<S, E extends Kinded> {
  readonly events: readonly E[];
  /** The state before the events are folded. */
  readonly state: S;
  /** Checks number, order and kinds of the events, and the fields that are told. */
  yields(...expected: readonly Expected<E>[]): void;
}

export interface Specification<S, C extends Kinded, E extends Kinded> {
  given(...events: readonly E[]): Specification<S, C, E>;
  /** Folds what the commands decide. */
  after(...commands: readonly C[]): Specification<S, C, E>;
  when(command: C): Decision<S, E>;
}

/** Starts from a fresh state for every chain. */
export function specify<S, C extends Kinded, E extends Kinded>(
  decider: Decider<S, C, E>,
  initial: () => S,
  draw: Draw = keyedDraw('specification'),
): Specification<S, C, E> {
  const decide = decider.decide as unknown as Readonly<
    Record<number, (state: S, command: C, draw: Draw, emit: (event: E) => void) => void>
  >;
  const evolve = decider.evolve as unknown as Readonly<Record<number, (state: S, event: E) => void>>;
  const build = (state: () => S): Specification<S, C, E> => {
    const decided = (from: S, command: C): E[] => {
      const events: E[] = [];
      decide[command.kind]!(from, command, draw, (event) => events.push(event));
      return events;
    };
    const fold = (from: S, events: readonly E[]): S => {
      for (const event of events) evolve[event.kind]!(from, event);
      return from;
    };
    return {
      given: (...events) => build(() => fold(state(), events)),
      after: (...commands) =>
        build(() => commands.reduce((from, command) => fold(from, decided(from, command)), state())),
      when: (command) => {
        const from = state();
        const events = decided(from, command);
        return { events, state: from, yields: (...expected) => match(events, expected) };
      },
    };
  };
  return build(initial);
}

function match<E extends Kinded>(events: readonly E[], expected: readonly Expected<E>[]): void {
  assert.equal(
    events.map(({ kind }) => kind),
    expected.map(({ kind }) => kind),
  );
  expected.forEach((wanted, i) => {
    for (const [field, value] of Object.entries(wanted)) {
      const got = (events[i] as Readonly<Record<string, unknown>>)[field];
      if (value instanceof RegExp) assert.match(String(got), value);
      else assert.equal(got, value, `field ${field} of event ${i}`);
    }
  });
}
