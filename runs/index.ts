/**
 * The library: the same engine as the command's, for programs.
 */
import { emptyCounters, type RuleCounters } from '../net/netfilter/counters.ts';
import { restore } from '../net/netfilter/restore.ts';
import { emptyRuleset, type Ruleset } from '../net/netfilter/ruleset.ts';
import { readRunInput } from './run-input.ts';
import { type TraceOptions, traceRequest } from './trace/request.ts';
import type { Trace } from './trace/trace.ts';

export { printRuleset } from '../net/netfilter/print.ts';
export { RulesetError } from '../net/netfilter/ruleset-error.ts';
export { InputError } from './input-error.ts';
export type { Summary } from './report/summary.ts';
export { type Simulated, type SimulateOptions, simulate } from './simulate.ts';
export type { Simulation } from './simulation.ts';
export type { Trace, TraceOptions };

/**
 * One request's way through a scenario, hop by hop.
 * @param files paths, as on the command line
 * @throws {InputError} for bad input
 */
export function trace(
  files: string | readonly string[],
  options: TraceOptions & { readonly seed?: string; readonly sets?: readonly string[] },
): Trace {
  const { seed, sets, ...asked } = options;
  const { scenario } = readRunInput([files].flat(), { seed, ...(sets === undefined ? {} : { sets }) });
  return traceRequest(scenario, asked);
}

/**
 * Reads a rule set as iptables-save writes it, with its counters.
 * @param file the text's name in errors
 * @throws {RulesetError} where it does not load, with line and column
 */
export function parseRuleset(
  text: string,
  file = 'stdin',
): { readonly ruleset: Ruleset; readonly counters: RuleCounters } {
  const empty = emptyRuleset();
  const { ruleset, counters, error } = restore(
    { ruleset: empty, counters: emptyCounters(empty) },
    text,
    { counters: true },
    file,
  );
  if (error !== undefined) throw error;
  return { ruleset, counters };
}
