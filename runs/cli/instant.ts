/**
 * Virtual instants on the command line, and a simulation brought to one.
 */
import { parseDuration } from '../../core/time.ts';
import { InputError } from '../input-error.ts';
import { readRunInput } from '../run-input.ts';
import { LATEST_END_NS, Simulation } from '../simulation.ts';
import type { FileOptions } from './command-module.ts';

/** Commands between two looks at whether the run has come to rest. */
const RESTING_SLICE = 500;

/** Reads `--at 12s`. @returns ns; `undefined` where it was not given. @throws {InputError} when it is no duration */
export function parseInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = parseDuration(text);
  if (at === undefined || at < 0) throw new InputError({ file: `--at ${text}` }, 'wanted is a duration such as 12s');
  return at;
}

/** Runs FILEs up to an instant, without a ledger. @param at as written; absent: the run's end */
export function simulateTo(files: readonly string[], options: FileOptions, at: string | undefined): Simulation {
  const { set: sets, seed } = options;
  const atNs = parseInstant(at);
  const { scenario } = readRunInput(files, { sets, seed });
  const simulation = new Simulation(scenario);
  const endNs = atNs ?? scenario.untilNs;
  if (endNs !== undefined) simulation.runUntil(endNs);
  else while (simulation.engine.step(RESTING_SLICE, LATEST_END_NS) === RESTING_SLICE && !simulation.isIdle());
  simulation.check();
  return simulation;
}
