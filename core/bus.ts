/**
 * The RxJS event bus. `schedule` puts a command on the agenda through the virtual clock; when its instant comes it goes
 * out on `due`, one stream per plane, to the plane's one responder. Facts go out on `facts` in blocks and on `events`
 * one by one; the view of single events is made only while somebody watches.
 */
import { filter, Observable, type Observer, type OperatorFunction, Subscription } from 'rxjs';
import { VirtualClock } from './clock.ts';
import { byKind, type Decider, type Kinded, type Of, PLANES, type Plane } from './decider.ts';
import { invariant } from './error.ts';
import type { Batch } from './ledger.ts';

/**
 * A hot Observable with nothing but an array of subscribers in front: an RxJS `Subject` copies its list of observers
 * and checks its own state on each `next`, which costs a fifth of the throughput.
 */
export class HotObservable<T> extends Observable<T> {
  #listeners: readonly ((value: T) => void)[] = [];
  #ends: readonly (() => void)[] = [];

  constructor() {
    super((subscriber) =>
      this.listen(
        (value) => subscriber.next(value),
        () => subscriber.complete(),
      ),
    );
  }

  /** Subscribes bare functions, with nothing between them and the value: what they throw, `next` throws. */
  listen(listener: (value: T) => void, end: () => void = () => {}): Subscription {
    this.#listeners = [...this.#listeners, listener];
    this.#ends = [...this.#ends, end];
    return new Subscription(() => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
      this.#ends = this.#ends.filter((other) => other !== end);
    });
  }

  get observed(): boolean {
    return this.#listeners.length > 0;
  }

  get observerCount(): number {
    return this.#listeners.length;
  }

  next(value: T): void {
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) listeners[i]!(value);
  }

  complete(): void {
    for (const end of this.#ends) end();
  }
}

/** Subscribes to a stream: to a hot one straight, which is half the cost of an event, to any other as RxJS does. */
export function follow<T>(source: Observable<T>, observer: Observer<T>): Subscription {
  if (!(source instanceof HotObservable)) return source.subscribe(observer);
  return source.listen(
    (value) => observer.next(value),
    () => observer.complete(),
  );
}

export class Bus<C extends Kinded, E extends Kinded> {
  readonly clock = new VirtualClock<C>();
  readonly due: Readonly<Record<Plane, HotObservable<C>>> = {
    packet: new HotObservable(),
    dns: new HotObservable(),
    reconcile: new HotObservable(),
    workload: new HotObservable(),
  };
  /** Every event, one by one, after state has taken it in. An event may be kept: it is never changed. */
  readonly events = new HotObservable<E>();
  /** Every event, in blocks, as the ledger has them. */
  readonly facts = new HotObservable<Batch>();
  /** By kind of command. */
  readonly #rank: readonly number[];
  readonly #stream: readonly HotObservable<C>[];

  constructor(decider: Pick<Decider<never, C, E>, 'rank' | 'plane'>) {
    this.#rank = byKind<number>(decider.rank);
    this.#stream = byKind<Plane>(decider.plane).map((plane) => this.due[plane]);
  }

  /** Puts a command on the agenda for its instant `command.at`. @returns its sequence number */
  schedule(command: C, at: number = command.at): number {
    return this.clock.scheduleCommand(command, at, this.#rank[command.kind]!);
  }

  /** Sends a command that has fallen due to its plane. Only the engine calls this. */
  dispatch(command: C, kind: number): void {
    const stream = this.#stream[kind]!;
    invariant(stream.observerCount <= 1, 'A plane has exactly one responder', kind);
    stream.next(command);
  }

  complete(): void {
    for (const plane of PLANES) this.due[plane].complete();
    this.events.complete();
    this.facts.complete();
  }
}

/** Keeps the events of one kind: `bus.events.pipe(ofKind(Kind.PacketDropped))`. */
export function ofKind<E extends Kinded, K extends E['kind']>(kind: K): OperatorFunction<E, Of<E, K>> {
  return filter((event: E): event is Of<E, K> => event.kind === kind);
}
