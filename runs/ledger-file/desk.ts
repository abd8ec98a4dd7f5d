/**
 * The desk where the blocks of a run are sealed and put on file. A short run's are dealt with on the spot; those of a
 * long one in a thread beside it, so that turning, hashing and the disk cost the simulation no time. The bytes are the
 * same. Who reads sealed batches as they come has them made on the spot.
 */
import { Worker } from 'node:worker_threads';
import type { EventCodec, Rows } from '../../core/event-kind.ts';
import { type Batch, type Block, type BlockSink, blockRows, Sealer } from '../../core/ledger.ts';
import { headerDigest, type LedgerHeader } from './header.ts';
import { LedgerWriter } from './writer.ts';

/** Blocks that are kept back before a thread is worth its start. */
const KEPT = 8;
/** Blocks that may wait for the thread before the simulation does. */
const MOST_WAITING = 24;

/** What the thread is told: a block, or that there are no more. */
export type ToThread = { readonly block: PackedBlock } | { readonly end: true };
/** What it answers: room that it has read, or the digest of all. */
export type FromThread = { readonly rows: PackedRows } | { readonly digest: string };

interface PackedRows {
  readonly capacity: number;
  readonly ints: Int32Array;
  readonly floats: Float64Array;
}

/** A block as it goes between threads: texts are few, and go with their places. */
export interface PackedBlock extends PackedRows {
  readonly first: number;
  readonly count: number;
  readonly places: readonly number[];
  readonly texts: readonly string[];
}

export interface ThreadInput {
  readonly path: string;
  readonly header: LedgerHeader;
}

export class LedgerDesk implements BlockSink {
  readonly #path: string;
  readonly #codec: EventCodec;
  readonly #header: LedgerHeader;
  readonly #facts: { readonly observed: boolean; next(batch: Batch): void };
  /** Blocks of a run that may yet turn out to be short. */
  #kept: Block[] | undefined = [];
  #onTheSpot: { readonly sealer: Sealer; readonly writer: LedgerWriter } | undefined;
  #thread: SealingThread | undefined;

  /** @param facts who is handed each batch; whether anybody is there is looked at with the first block */
  constructor(
    path: string,
    codec: EventCodec,
    header: LedgerHeader,
    facts: { readonly observed: boolean; next(batch: Batch): void },
  ) {
    this.#path = path;
    this.#codec = codec;
    this.#header = header;
    this.#facts = facts;
  }

  /** @throws what the disk says */
  take(block: Block): Rows {
    if (this.#thread !== undefined) return this.#thread.take(block);
    if (this.#kept === undefined || this.#facts.observed || !SealingThread.exists) return this.#spot().take(block);
    this.#kept.push(block);
    if (this.#kept.length > KEPT) {
      this.#thread = new SealingThread(this.#codec, { path: this.#path, header: this.#header });
      for (const one of this.#kept) this.#thread.take(one);
      this.#kept = undefined;
    }
    return blockRows(this.#codec);
  }

  /** Waits while more is waiting than should. @throws what the disk said */
  async room(): Promise<void> {
    await this.#thread?.room();
  }

  /** Ends the file. @returns the chained digest of the whole. @throws what the disk said */
  async close(): Promise<string> {
    if (this.#thread !== undefined) return await this.#thread.end();
    const sealer = this.#spot();
    this.#onTheSpot!.writer.close();
    return sealer.digest;
  }

  /** Gives the file up as it is, without an end. */
  async abandon(): Promise<void> {
    this.#onTheSpot?.writer.abandon();
    await this.#thread?.stop();
  }

  /** Who seals here, and has sealed what was kept back. */
  #spot(): Sealer {
    if (this.#onTheSpot === undefined) {
      const writer = new LedgerWriter(this.#path, this.#codec, this.#header);
      const sealer = new Sealer(this.#codec, headerDigest(this.#header, this.#codec), (batch) => {
        writer.write(batch);
        this.#facts.next(batch);
      });
      this.#onTheSpot = { sealer, writer };
      for (const block of this.#kept ?? []) sealer.take(block);
      this.#kept = undefined;
    }
    return this.#onTheSpot.sealer;
  }
}

/** The thread, seen from the simulation. */
class SealingThread {
  /** Run from its sources there is no file that a thread could start from. */
  static readonly exists = !import.meta.url.endsWith('.ts');

  readonly #codec: EventCodec;
  readonly #worker: Worker;
  /** Room that has come back. */
  readonly #room: PackedRows[] = [];
  #waiting = 0;
  #failure: Error | undefined;
  #digest: string | undefined;
  /** Who waits for the thread to say something. */
  #wake: () => void = () => {};

  constructor(codec: EventCodec, input: ThreadInput) {
    this.#codec = codec;
    this.#worker = new Worker(new URL('sealing-thread.js', import.meta.url), { workerData: input });
    this.#worker.on('message', (said: FromThread) => {
      if ('digest' in said) this.#digest = said.digest;
      else {
        this.#waiting--;
        this.#room.push(said.rows);
      }
      this.#wake();
    });
    this.#worker.on('error', (error) => {
      this.#failure ??= error;
      this.#wake();
    });
    this.#worker.unref();
  }

  take({ first, count, rows }: Block): Rows {
    const { capacity, ints, floats, texts } = rows;
    const behind = (texts.length / capacity) * count;
    const places: number[] = [];
    for (let place = 0; place < behind; place++) if (texts[place] !== undefined) places.push(place);
    const block = { first, count, places, texts: places.map((place) => texts[place]!), capacity, ints, floats };
    this.#post({ block }, [ints.buffer as ArrayBuffer, floats.buffer as ArrayBuffer]);
    this.#waiting++;
    // Texts stay here: each row overwrites its own.
    const room = this.#room.pop();
    return room === undefined || room.capacity !== capacity ? blockRows(this.#codec) : { ...room, texts };
  }

  async room(): Promise<void> {
    while (this.#waiting > MOST_WAITING && this.#failure === undefined) await this.#word();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<string> {
    this.#worker.ref();
    this.#post({ end: true }, []);
    while (this.#digest === undefined && this.#failure === undefined) await this.#word();
    await this.#worker.terminate();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#digest!;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToThread, moved: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, moved);
  }

  #word(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
