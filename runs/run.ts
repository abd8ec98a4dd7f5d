/**
 * One run with its ledger on disk: the engine goes in slices, and between them disk, progress and signals get their turn.
 * Below here nothing knows of files or of the wall clock.
 */
import { setImmediate } from 'node:timers/promises';
import type { HotObservable } from '../core/bus.ts';
import { type Batch, EventRows } from '../core/ledger.ts';
import { LedgerDesk } from './ledger-file/desk.ts';
import type { LedgerHeader } from './ledger-file/header.ts';
import { endingSteps } from './rest.ts';
import type { Scenario } from './scenario/scenario.ts';
import { Simulation } from './simulation.ts';
import { worldCodec } from './world/event.ts';

export interface RunOptions {
  /** Where the ledger goes: a file that is not there yet. */
  readonly ledgerPath: string;
  readonly header: LedgerHeader;
  /** Called before the first command: measures and live views subscribe here. */
  readonly observe?: (simulation: Simulation) => void;
  /** Called between slices with virtual time in ns and events so far. */
  readonly progress?: (nowNs: number, events: number) => void;
  readonly signal?: AbortSignal;
}

export interface RunEnd {
  readonly simulation: Simulation;
  /** Chained digest of the whole ledger. */
  readonly digest: string;
  readonly events: number;
  /** Virtual instant at which it ended, in ns. */
  readonly endNs: number;
  readonly wallSeconds: number;
  /** The signal ended it before its time. */
  readonly interrupted: boolean;
}

/** Runs a scenario to its end. @throws what an observer threw */
export async function recordRun(scenario: Scenario, options: RunOptions): Promise<RunEnd> {
  const startedAt = performance.now();
  const facts: Pick<HotObservable<Batch>, 'observed' | 'next'> = {
    get observed() {
      return simulation.engine.bus.facts.observed;
    },
    next: (batch) => simulation.engine.bus.facts.next(batch),
  };
  const desk = new LedgerDesk(options.ledgerPath, worldCodec, options.header, facts);
  const ledger = new EventRows(worldCodec, desk);
  const simulation = new Simulation(scenario, { ledger });
  let digest: string;
  let interrupted = false;
  try {
    options.observe?.(simulation);
    for (const _ of endingSteps(simulation)) {
      options.progress?.(simulation.nowNs, ledger.length);
      await setImmediate();
      await desk.room();
      if (options.signal?.aborted) break;
    }
    interrupted = options.signal?.aborted ?? false;
    simulation.engine.finish(interrupted ? simulation.nowNs : (scenario.untilNs ?? simulation.nowNs));
    // What a subscriber threw in the last slice is told in a later turn.
    await setImmediate();
    await setImmediate();
    simulation.check();
    digest = await desk.close();
  } catch (error) {
    await desk.abandon();
    throw error;
  }
  return {
    simulation,
    digest,
    events: ledger.length,
    endNs: simulation.nowNs,
    wallSeconds: (performance.now() - startedAt) / 1000,
    interrupted,
  };
}
