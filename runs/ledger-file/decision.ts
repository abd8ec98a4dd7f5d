/**
 * Decisions out of recorded batches. Rows that answer the same command stand together and never part over two batches.
 */
import type { Kinded } from '../../core/decider.ts';
import type { EventCodec } from '../../core/event-kind.ts';
import type { Batch } from '../../core/ledger.ts';

export interface Decision {
  /** Sequence number of the command. */
  readonly cause: number;
  readonly events: readonly Kinded[];
}

/** Each decision in turn, as `Engine.fold` takes it. */
export function* decisions(batches: Iterable<Batch>, codec: EventCodec): Generator<Decision, void> {
  for (const { columns, rows } of batches) {
    const { cause } = columns;
    for (let row = 0; row < rows; ) {
      const first = cause[row]!;
      const events: Kinded[] = [];
      while (row < rows && cause[row] === first) events.push(codec.read(columns, row++));
      yield { cause: first, events };
    }
  }
}

/** Each event in turn, with the number of its command. */
export function* recordedEvents(
  batches: Iterable<Batch>,
  codec: EventCodec,
): Generator<{ readonly sequence: number; readonly cause: number; readonly event: Kinded }, void> {
  for (const { columns, rows, first } of batches) {
    for (let row = 0; row < rows; row++) {
      yield { sequence: first + row, cause: columns.cause[row]!, event: codec.read(columns, row) };
    }
  }
}
