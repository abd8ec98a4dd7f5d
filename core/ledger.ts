/**
 * The ledger while it is being written: events as rows of a block, handed over whole. A block never ends inside a
 * decision. Each is turned into a batch of columns and sealed with a digest over them and the digest before, because
 * the file format has no checksum of its own and a zeroed range would read as good rows.
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

/** A block of events that is yet to be sealed. */
export interface Block {
  /** Number of the first event, from 0. */
  readonly first: number;
  readonly count: number;
  readonly rows: Rows;
}

/** Takes full blocks. */
export interface BlockSink {
  /** @returns room for the next block: the same again if it is done with it */
  take(block: Block): Rows;
}

/** Rows after which a batch is handed over: Arrow's own cost a row is lowest at 10,000 to 20,000. */
export const BATCH_ROWS = 10_000;

/** A decision may write this many events beyond a full batch before the columns grow. */
const SLACK_ROWS = 2_000;

/** Room for a block. */
export function blockRows(codec: EventCodec): Rows {
  return emptyRows(codec.columns, BATCH_ROWS + SLACK_ROWS);
}

/** Events as rows, handed over in blocks. */
export class EventRows {
  readonly codec: EventCodec;
  readonly #sink: BlockSink;
  #written: Rows;
  #rows = 0;
  #first: number;

  /** @param first number of the first event, where a run is resumed */
  constructor(codec: EventCodec, sink: BlockSink, first = 0) {
    this.codec = codec;
    this.#sink = sink;
    this.#first = first;
    this.#written = blockRows(codec);
  }

  /** Events written so far. */
  get length(): number {
    return this.#first + this.#rows;
  }

  append(event: Kinded, cause: number, kind: number = event.kind): void {
    if (this.#rows === this.#written.capacity) this.#grow();
    this.codec.write(this.#written, this.#rows++, event, cause, kind);
  }

  /** Says that a decision has ended: here, and only here, a batch may end. */
  endDecision(): void {
    if (this.#rows >= BATCH_ROWS) this.flush();
  }

  /** Hands over what is left. */
  flush(): void {
    if (this.#rows === 0) return;
    this.#written = this.#sink.take({ first: this.#first, count: this.#rows, rows: this.#written });
    this.#first += this.#rows;
    this.#rows = 0;
  }

  #grow(): void {
    this.#written = emptyRows(this.codec.columns, this.#written.capacity * 2, this.#written);
  }
}

/** Turns blocks into sealed batches, at once. */
export class Sealer implements BlockSink {
  readonly #codec: EventCodec;
  readonly #handOver: (batch: Batch) => void;
  #columns: BatchColumns;
  #capacity = BATCH_ROWS + SLACK_ROWS;
  #digest: string;

  /**
   * @param digest what the chain starts from: the digest of the run's header, or of the last batch when a run is resumed
   * @param handOver takes each batch; its columns are used again afterwards
   */
  constructor(codec: EventCodec, digest: string, handOver: (batch: Batch) => void) {
    this.#codec = codec;
    this.#digest = digest;
    this.#handOver = handOver;
    this.#columns = batchColumns(codec.columns, this.#capacity);
  }

  /** Digest of everything handed over so far. */
  get digest(): string {
    return this.#digest;
  }

  take({ first, count, rows }: Block): Rows {
    if (count > this.#capacity) {
      this.#capacity = count * 2;
      this.#columns = batchColumns(this.#codec.columns, this.#capacity);
    }
    turn(this.#codec.columns, rows, count, this.#columns);
    this.#digest = digestOf(this.#codec, this.#columns, count, this.#digest);
    this.#handOver({ first, rows: count, columns: this.#columns, digest: this.#digest });
    return rows;
  }
}

/** Events as rows whose blocks are sealed as soon as they are full. */
export class Ledger extends EventRows {
  readonly #sealer: Sealer;

  /** As `Sealer` and `EventRows` take it. */
  constructor(codec: EventCodec, digest: string, handOver: (batch: Batch) => void, first = 0) {
    const sealer = new Sealer(codec, digest, handOver);
    super(codec, sealer, first);
    this.#sealer = sealer;
  }

  /** Digest of everything handed over so far. */
  get digest(): string {
    return this.#sealer.digest;
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
