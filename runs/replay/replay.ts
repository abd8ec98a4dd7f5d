/**
 * A recorded run, folded: the same events on the same world, with nothing decided and nothing drawn. The scenario is
 * read out of the ledger's own header, never from disk.
 */
import { InvariantError } from '../../core/error.ts';
import { InputError } from '../input-error.ts';
import { type Decision, decisions } from '../ledger-file/decision.ts';
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
  readonly #decisions: Generator<Decision, void>;
  #next: Decision | undefined;
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
    this.#decisions = decisions(this.reader.batches(), worldCodec);
    this.#next = this.#read();
    if (this.#next !== undefined || !this.reader.torn) return;
    this.reader.close();
    throw new InputError({ file: path }, 'The ledger is cut off before its first whole batch: no event is left');
  }

  /** Events folded so far. */
  get events(): number {
    return this.#events;
  }

  /** Whether nothing is left to fold. */
  get ended(): boolean {
    return this.#next === undefined;
  }

  /** Instant of the next decision, or Infinity. */
  get nextAt(): number {
    return this.#next?.events[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Where the run ended as far as the ledger tells: its `until`, else its last event. */
  get endNs(): number {
    return Math.max(this.scenario.untilNs ?? 0, this.#lastNs);
  }

  /** Folds the next decision. @returns its events; `undefined` at the end. @throws {InputError} at damage */
  step(): readonly WorldEvent[] | undefined {
    const decision = this.#next;
    if (decision === undefined) return undefined;
    const events = decision.events as readonly WorldEvent[];
    try {
      this.simulation.engine.follow(events);
    } catch (error) {
      throw this.#explained(error);
    }
    this.#events += events.length;
    this.#lastNs = events.at(-1)!.at;
    this.#next = this.#read();
    return events;
  }

  /** Folds every decision up to an instant, that included. */
  foldUntil(atNs: number): void {
    while (!this.ended && this.nextAt <= atNs) this.step();
    if (Number.isFinite(atNs) && atNs > this.simulation.nowNs) this.simulation.engine.bus.clock.advance(atNs);
    this.simulation.check();
  }

  /** Folds decisions for as long as none goes beyond this number of events. */
  foldEvents(events: number): void {
    while (this.#next !== undefined && this.#events + this.#next.events.length <= events) this.step();
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

  #read(): Decision | undefined {
    const { done, value } = this.#decisions.next();
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
