/**
 * The loop, and the one place that advances time: take the first command, let its plane's responder decide, then
 * append, evolve, publish and plan each event. The engine runs in slices, so that disk, progress and signals get
 * their turn between them.
 */

import type { Subscription } from 'rxjs';
import { config } from 'rxjs';
import { Bus } from './bus.ts';
import { forbidWallClock } from './clock.ts';
import { byKind, type Decider, type Draw, type Kinded, PLANES, type Plane } from './decider.ts';
import { invariant } from './error.ts';
import type { EventRows } from './ledger.ts';

/** By kind. */
type Handlers = readonly ((...args: unknown[]) => void)[];

export class Engine<S, C extends Kinded, E extends Kinded> {
  readonly bus: Bus<C, E>;
  readonly state: S;
  /** The subscriptions that decide; take one away and its plane stands still. */
  readonly responders: Readonly<Record<Plane, Subscription>>;
  readonly #decide: Handlers;
  readonly #evolve: Handlers;
  readonly #plan: Handlers;
  readonly #draw: Draw;
  readonly #ledger: EventRows | undefined;
  /** Events of the decision under way: fixed slots and a counter, since truncating an array per command is dear. */
  readonly #slots: E[] = [];
  /** Their kinds: read once, since events have too many shapes for that to be cheap. */
  readonly #kinds: number[] = [];
  #emitted = 0;
  /** Kind of the command under way. */
  #kind = 0;
  #deciding = false;
  #failure: { error: unknown } | undefined;
  readonly #emit = (event: E): void => {
    invariant(this.#deciding, 'Only a decision emits events');
    this.#kinds[this.#emitted] = event.kind;
    this.#slots[this.#emitted++] = event;
  };
  readonly #schedule = (command: C): void => {
    this.bus.schedule(command);
  };

  constructor(decider: Decider<S, C, E>, state: S, draw: Draw, ledger?: EventRows) {
    this.bus = new Bus<C, E>(decider);
    this.state = state;
    this.#decide = byKind(decider.decide) as unknown as Handlers;
    this.#evolve = byKind(decider.evolve) as unknown as Handlers;
    this.#plan = byKind(decider.plan) as unknown as Handlers;
    this.#draw = draw;
    this.#ledger = ledger;
    const respond = (command: C): void => this.#decide[this.#kind]!(this.state, command, this.#draw, this.#emit);
    this.responders = Object.fromEntries(PLANES.map((plane) => [plane, this.bus.due[plane].listen(respond)])) as Record<
      Plane,
      Subscription
    >;
    // RxJS swallows what a subscriber throws and reports it in a later turn: keep it until the engine looks.
    config.onUnhandledError = (error) => {
      this.#failure ??= { error };
    };
  }

  get nowNs(): number {
    return this.bus.clock.nowNs;
  }

  /**
   * Runs up to `commands` commands that fall due up to `untilNs`.
   * @returns how many ran; fewer than asked means that nothing more is due by then
   * @throws what an observer threw
   */
  step(commands: number, untilNs: number): number {
    this.check();
    const { agenda } = this.bus.clock;
    const permitWallClock = forbidWallClock();
    try {
      for (let done = 0; done < commands; done++) {
        if (agenda.size === 0 || agenda.nextAt > untilNs) {
          return done;
        }
        this.#run(agenda.pop(), agenda.at, agenda.sequence);
        if (this.#failure !== undefined) this.check();
      }
      return commands;
    } finally {
      permitWallClock();
    }
  }

  /** Ends the run at `atNs`: observers' timers up to there fire, the ledger is flushed, the streams complete. */
  finish(atNs: number): void {
    this.bus.clock.advance(Math.max(atNs, this.nowNs));
    this.#ledger?.flush();
    this.bus.complete();
    this.check();
  }

  /** @throws what an observer threw, if one did */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Folds recorded events of one decision: nothing is decided or drawn, but the agenda is kept, so that a run can go
   * on from here. Commands before the one that caused them decided nothing when the ledger was written.
   */
  fold(events: readonly E[], cause: number): void {
    const { clock } = this.bus;
    do clock.agenda.pop();
    while (clock.agenda.sequence !== cause);
    clock.advance(clock.agenda.at);
    for (const event of events) this.#take(event, event.kind);
  }

  /** As `fold` of one event, for who only looks on: what would follow is not planned, so the run cannot go on from here. */
  follow(event: E): void {
    this.bus.clock.advance(event.at);
    this.#evolve[event.kind]!(this.state, event);
    if (this.bus.events.observed) this.bus.events.next(event);
  }

  #run(command: C, at: number, sequence: number): void {
    this.bus.clock.advance(at);
    this.#emitted = 0;
    this.#deciding = true;
    this.#kind = command.kind;
    this.bus.dispatch(command, this.#kind);
    this.#deciding = false;
    for (let i = 0; i < this.#emitted; i++) {
      const event = this.#slots[i]!;
      const kind = this.#kinds[i]!;
      this.#ledger?.append(event, sequence, kind);
      this.#take(event, kind);
    }
    this.#ledger?.endDecision();
  }

  #take(event: E, kind: number): void {
    this.#evolve[kind]!(this.state, event);
    if (this.bus.events.observed) this.bus.events.next(event);
    this.#plan[kind]?.(this.state, event, this.#schedule);
  }
}
