/**
 * A recorded run, folded: the same events on the same world, with nothing decided and nothing drawn. The scenario is
 * read out of the ledger's own header, never from disk.
 */
import { InvariantError } from '../../core/error.ts';
import type { Batch } from '../../core/ledger.ts';
import { InputError } from '../input-error.ts';
import { LedgerReader } from '../ledger-file/reader.ts';
import { recordedScenario } from '../run-input.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Simulation } from '../simulation.ts';
import { toolVersion } from '../tool-version.ts';
import { type WorldEvent, worldCodec } from '../world/event.ts';

export class Replay {
  readonly reader: LedgerReader;
  readonly scenario: Scenario;
  /** Where the recorded events are folded; subscribe to its `events` before folding. */
  readonly simulation: Simulation;
  readonly #batches: Generator<Batch, void>;
  /** The batch whose rows are being folded, and the next one of them; undefined: nothing is left. */
  #batch: Batch | undefined;
  #row = 0;
  #events = 0;
  #lastNs = 0;

  /**
   * Opens a ledger file.
   * @throws {InputError} when it is missing, no ledger, of another version, damaged in its head, or cut off so early that
   * nothing is left
   */
  constructor(path: string) {
    this.reader = new LedgerReader(path, worldCodec);
    this.scenario = recordedScenario(this.reader.header);
    this.simulation = new Simulation(this.scenario);
    this.#batches = this.reader.batches();
    this.#batch = this.#nextBatch();
    if (this.#batch !== undefined || !this.reader.torn) return;
    this.reader.close();
    throw new InputError({ file: path }, 'The ledger is cut off before its first whole batch: no event is left');
  }

  /** Events folded so far. */
  get events(): number {
    return this.#events;
  }

  /** Whether nothing is left to fold. */
  get ended(): boolean {
    return this.#batch === undefined;
  }

  /** Instant of the next decision, or Infinity. */
  get nextAt(): number {
    return this.#batch?.columns.at[this.#row] ?? Number.POSITIVE_INFINITY;
  }

  /** Where the run ended as far as the ledger tells: its `until`, else its last event. */
  get endNs(): number {
    return Math.max(this.scenario.untilNs ?? 0, this.#lastNs);
  }

  /** Folds the next decision. @returns its events; `undefined` at the end. @throws {InputError} at damage */
  step(): readonly WorldEvent[] | undefined {
    const batch = this.#batch;
    if (batch === undefined) return undefined;
    const cause = batch.columns.cause[this.#row];
    const events: WorldEvent[] = [];
    while (this.#batch === batch && batch.columns.cause[this.#row] === cause) events.push(this.#fold(batch));
    return events;
  }

  /** Folds every decision up to an instant, that included. */
  foldUntil(atNs: number): void {
    // The events of a decision share their instant.
    for (let batch = this.#batch; batch !== undefined && this.nextAt <= atNs; batch = this.#batch) this.#fold(batch);
    if (Number.isFinite(atNs) && atNs > this.simulation.nowNs) this.simulation.engine.bus.clock.advance(atNs);
    this.simulation.check();
  }

  /** Folds what is left and ends the streams, so that measures tell their figures. */
  finish(): void {
    this.foldUntil(Number.POSITIVE_INFINITY);
    this.end(this.endNs);
  }

  /** Ends the streams here. */
  end(atNs: number): void {
    this.simulation.engine.finish(atNs);
    this.simulation.check();
  }

  close(): void {
    this.reader.close();
  }

  #fold({ columns, rows }: Batch): WorldEvent {
    const event = worldCodec.read(columns, this.#row) as WorldEvent;
    try {
      this.simulation.engine.follow(event);
    } catch (error) {
      throw this.#explained(error);
    }
    this.#events++;
    this.#lastNs = event.at;
    if (++this.#row === rows) this.#batch = this.#nextBatch();
    return event;
  }

  #nextBatch(): Batch | undefined {
    this.#row = 0;
    const { done, value } = this.#batches.next();
    return done ? undefined : value;
  }

  /** A ledger of another version of this program may not fold: that is no fault of this one. */
  #explained(error: unknown): unknown {
    const { toolVersion: version } = this.reader.header;
    if (!(error instanceof InvariantError) || version === toolVersion()) return error;
    return new InputError(
      { file: this.reader.path },
      `The ledger was written by kubehop ${version}, whose events kubehop ${toolVersion()} cannot follow: ${error.message}`,
    );
  }
}
