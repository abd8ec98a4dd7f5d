/**
 * Virtual instants on the command line, and a simulation brought to one.
 */
import { parseDuration } from '../../core/time.ts';
import { InputError } from '../input-error.ts';
import { runToEnd } from '../rest.ts';
import { readRunInput } from '../run-input.ts';
import { Simulation } from '../simulation.ts';
import { withDnsFor } from '../world/cluster-dns.ts';
import type { FileOptions } from './command-module.ts';

/** Reads `--at 12s`. @returns ns; `undefined` where it was not given. @throws {InputError} when it is no duration */
export function parseInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = parseDuration(text);
  if (at === undefined || at < 0) throw new InputError({ file: `--at ${text}` }, 'wanted is a duration such as 12s');
  return at;
}

/**
 * Runs FILEs up to an instant, without a ledger.
 * @param at as written; absent: the run's end
 * @param line what will be typed there: it may need the cluster's DNS
 */
export function simulateTo(
  files: readonly string[],
  options: FileOptions,
  at: string | undefined,
  line = '',
): Simulation {
  const { set: sets, seed } = options;
  const atNs = parseInstant(at);
  const { scenario } = readRunInput(files, { sets, seed });
  const simulation = new Simulation(withDnsFor(scenario, line), { keepLogs: line.includes('logs') });
  if (atNs === undefined) runToEnd(simulation);
  else simulation.runUntil(atNs);
  simulation.check();
  return simulation;
}
