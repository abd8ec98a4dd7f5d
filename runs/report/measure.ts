/**
 * What a measure is: a function from a stream to a stream of figures, by RxJS's own types, so that it serves a live run,
 * a replayed ledger and any window of either (`events.pipe(windowTime(1_000, clock), mergeMap(packetFigures(world)))`).
 */
import { Observable, type OperatorFunction } from 'rxjs';
import { follow } from '../../core/bus.ts';

/** Something that adds up what it is shown. */
export interface Tally<E, F> {
  take(event: E): void;
  figure(): F;
}

/** A measure that tells its figure once, when the stream has ended. Each subscription counts for itself. */
export function tallied<E, F>(start: () => Tally<E, F>): OperatorFunction<E, F> {
  return (source) =>
    new Observable<F>((subscriber) => {
      const tally = start();
      return follow(source, {
        next: (event) => tally.take(event),
        error: (error) => subscriber.error(error),
        complete: () => {
          subscriber.next(tally.figure());
          subscriber.complete();
        },
      });
    });
}

/** Counts by name. */
export function increment(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}
