/**
 * The ledger while it is being written: events as rows of a batch of columns, handed over whole. A batch never ends
 * inside a decision. Each batch is sealed with a digest over its columns and the digest before, because the file format
 * has no checksum of its own and a zeroed range would read as good rows.
 */
import { createHash } from 'node:crypto';
import type { Kinded } from './decider.ts';
import { type BatchColumns, batchColumns, type EventCodec, emptyRows, type Rows, turn } from './event-kind.ts';

/** A sealed block of events. Its arrays may be longer than `rows`. */
export interface Batch {
  /** Number of the first event, from 0. */
  readonly first: number;
  readonly rows: number;
  readonly columns: BatchColumns;
  /** sha256, hex, over the previous batch's digest and this one's rows. */
  readonly digest: string;
}

/** Rows after which a batch is handed over: Arrow's own cost a row is lowest at 10,000 to 20,000. */
export const BATCH_ROWS = 10_000;

/** A decision may write this many events beyond a full batch before the columns grow. */
const SLACK_ROWS = 2_000;

export class Ledger {
  readonly codec: EventCodec;
  readonly #handOver: (batch: Batch) => void;
  #written: Rows;
  #columns: BatchColumns;
  #capacity = BATCH_ROWS + SLACK_ROWS;
  #rows = 0;
  #first = 0;
  #digest: string;

  /** @param digest what the chain starts from: the digest of the run's header, or of the last batch when a run is resumed */
  constructor(codec: EventCodec, digest: string, handOver: (batch: Batch) => void, first = 0) {
    this.codec = codec;
    this.#digest = digest;
    this.#handOver = handOver;
    this.#first = first;
    this.#written = emptyRows(codec.columns, this.#capacity);
    this.#columns = batchColumns(codec.columns, this.#capacity);
  }

  /** Events written so far. */
  get length(): number {
    return this.#first + this.#rows;
  }

  /** Digest of everything handed over so far. */
  get digest(): string {
    return this.#digest;
  }

  append(event: Kinded, cause: number, kind: number = event.kind): void {
    if (this.#rows === this.#capacity) this.#grow();
    this.codec.write(this.#written, this.#rows++, event, cause, kind);
  }

  /** Says that a decision has ended: here, and only here, a batch may end. */
  endDecision(): void {
    if (this.#rows >= BATCH_ROWS) this.flush();
  }

  /** Hands over what is left. */
  flush(): void {
    if (this.#rows === 0) return;
    turn(this.codec.columns, this.#written, this.#rows, this.#columns);
    this.#digest = digestOf(this.codec, this.#columns, this.#rows, this.#digest);
    this.#handOver({ first: this.#first, rows: this.#rows, columns: this.#columns, digest: this.#digest });
    this.#first += this.#rows;
    this.#rows = 0;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#written = emptyRows(this.codec.columns, this.#capacity, this.#written);
    this.#columns = batchColumns(this.codec.columns, this.#capacity);
  }
}

/** The digest that seals a batch: over the previous digest and each column's first `rows` values, in column order. */
export function digestOf(codec: EventCodec, columns: BatchColumns, rows: number, previous: string): string {
  const hash = createHash('sha256').update(previous);
  for (const name of ['at', 'kind', 'cause', ...Object.keys(codec.columns)]) {
    const column = columns[name]!;
    if (Array.isArray(column)) {
      for (let i = 0; i < rows; i++) if (column[i] !== undefined) hash.update(`${i}:${column[i]}\n`);
    } else {
      hash.update(new Uint8Array(column.buffer, column.byteOffset, rows * column.BYTES_PER_ELEMENT));
    }
  }
  return hash.digest('hex');
}

/** The first place where two sequences of events part. */
export interface Difference {
  /** Number of the event, from 0. */
  readonly index: number;
  readonly left: Kinded | undefined;
  readonly right: Kinded | undefined;
}

/** @returns the first difference, or `undefined` when both hold the same events */
export function firstDifference(left: Iterable<Kinded>, right: Iterable<Kinded>): Difference | undefined {
  const a = left[Symbol.iterator]();
  const b = right[Symbol.iterator]();
  for (let index = 0; ; index++) {
    const x = a.next();
    const y = b.next();
    if (x.done === true && y.done === true) return undefined;
    if (x.done === true || y.done === true || JSON.stringify(x.value) !== JSON.stringify(y.value)) {
      return { index, left: x.done === true ? undefined : x.value, right: y.done === true ? undefined : y.value };
    }
  }
}
