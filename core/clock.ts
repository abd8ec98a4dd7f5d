/**
 * Virtual time as RxJS sees it. Commands wait on the agenda; timers of observers (`bufferTime(1_000, clock)`: virtual
 * milliseconds) wait in a queue of their own that never keeps a run alive and uses no sequence number of the agenda,
 * so adding a probe changes no byte of the ledger.
 */
import {
  animationFrameScheduler,
  asapScheduler,
  asyncScheduler,
  type SchedulerAction,
  type SchedulerLike,
  Subscription,
} from 'rxjs';
import { Agenda } from './agenda.ts';
import { InvariantError, invariant } from './error.ts';
import { MILLISECOND } from './time.ts';

export class VirtualClock<C> implements SchedulerLike {
  readonly agenda = new Agenda<C>();
  readonly #timers = new Agenda<ObserverTimer<unknown>>();
  #nowNs = 0;

  /** Virtual now in nanoseconds. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Virtual now in milliseconds, as RxJS counts. */
  now(): number {
    return this.#nowNs / MILLISECOND;
  }

  /** A timer of an observer. `delay` in virtual milliseconds. */
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return new ObserverTimer<T>(this.#timers as unknown as Agenda<ObserverTimer<T>>, this, work).schedule(state, delay);
  }

  /** Puts a command on the agenda. @returns its sequence number. @throws {InvariantError} when `at` has passed */
  scheduleCommand(command: C, at: number, rank: number): number {
    invariant(at >= this.#nowNs, 'A command lies in the past, in ns', at);
    return this.agenda.push(at, rank, command);
  }

  /** Moves to `at`; timers of observers that fall due on the way fire first, in order. Only the engine calls this. */
  advance(at: number): void {
    while (this.#timers.size > 0 && this.#timers.nextAt <= at) {
      const timer = this.#timers.pop();
      if (!timer.closed) {
        this.#nowNs = Math.max(this.#nowNs, this.#timers.at);
        timer.fire();
      }
    }
    this.#nowNs = at;
  }
}

class ObserverTimer<T> extends Subscription implements SchedulerAction<T> {
  readonly #timers: Agenda<ObserverTimer<T>>;
  readonly #clock: { readonly nowNs: number };
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;
  #state: T | undefined;

  constructor(
    timers: Agenda<ObserverTimer<T>>,
    clock: { readonly nowNs: number },
    work: (this: SchedulerAction<T>, state?: T) => void,
  ) {
    super();
    this.#timers = timers;
    this.#clock = clock;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#state = state;
    this.#timers.push(this.#clock.nowNs + Math.round(Math.max(0, delay) * MILLISECOND), 0, this);
    return this;
  }

  fire(): void {
    this.#work.call(this, this.#state);
  }
}

/**
 * Makes RxJS's wall-clock schedulers throw: an operator that was not given the virtual clock would silently read real
 * time. @returns a function that gives them back
 */
export function forbidWallClock(): () => void {
  const schedulers = [asyncScheduler, asapScheduler, animationFrameScheduler];
  const refuse = () => {
    throw new InvariantError(
      'A wall-clock scheduler of RxJS was used during a run: pass the virtual clock to the operator',
    );
  };
  for (const scheduler of schedulers)
    Object.defineProperty(scheduler, 'schedule', { value: refuse, configurable: true, writable: true });
  return () => {
    for (const scheduler of schedulers) Reflect.deleteProperty(scheduler, 'schedule');
  };
}
