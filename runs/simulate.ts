/**
 * A whole run in memory: the same bytes as a recorded one has, of which only the digest is kept.
 */
import { setImmediate } from 'node:timers/promises';
import { Ledger } from '../core/ledger.ts';
import { runId } from './archive/run-record.ts';
import { headerDigest } from './ledger-file/header.ts';
import { observeRun } from './report/run-figures.ts';
import { type Summary, summaryOf } from './report/summary.ts';
import { endingSteps } from './rest.ts';
import { type InputOptions, readRunInput } from './run-input.ts';
import { Simulation } from './simulation.ts';
import { worldCodec } from './world/event.ts';

export interface SimulateOptions extends InputOptions {
  /** Called before the first event: `simulation.events` is the stream that probes subscribe to. */
  readonly observe?: (simulation: Simulation) => void;
}

export interface Simulated {
  /** What `run -o json` prints. */
  readonly summary: Summary;
  /** As it stands at the end: its world, its scenario. */
  readonly simulation: Simulation;
}

/**
 * Runs a scenario to its end.
 * @param files paths, as on the command line
 * @throws {InputError} for bad input; whatever an observer throws
 */
export async function simulate(files: string | readonly string[], options: SimulateOptions = {}): Promise<Simulated> {
  const startedAt = performance.now();
  const { scenario, header } = readRunInput([files].flat(), options);
  const start = headerDigest(header, worldCodec);
  const ledger = new Ledger(worldCodec, start, () => {});
  const simulation = new Simulation(scenario, { ledger });
  const observed = observeRun(simulation);
  options.observe?.(simulation);
  // RxJS tells what an observer threw in a later turn: each part gives it one.
  for (const _ of endingSteps(simulation)) await setImmediate();
  simulation.engine.finish(scenario.untilNs ?? simulation.nowNs);
  await setImmediate();
  await setImmediate();
  simulation.check();
  const facts = {
    id: runId(start),
    scenario: scenario.name,
    seed: scenario.seed,
    digest: ledger.digest,
    events: ledger.length,
    endNs: simulation.nowNs,
    wallSeconds: (performance.now() - startedAt) / 1000,
    notices: scenario.notices,
  };
  return { summary: summaryOf(facts, observed.figures()), simulation };
}
