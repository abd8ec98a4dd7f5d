/**
 * FILEs to a scenario that can run: read, and everything in it checked, before anything is written. What is wrong ends in
 * one line with its place.
 */
import { loadRules } from '../net/netfilter/restore.ts';
import { RulesetError } from '../net/netfilter/ruleset-error.ts';
import { InputError } from './input-error.ts';
import { readSources, type SourceFile } from './manifest/source.ts';
import { openBeside } from './recorded-input.ts';
import { checkObjects } from './scenario/object-check.ts';
import { type ReadOptions, readScenario } from './scenario/read.ts';
import type { Scenario } from './scenario/scenario.ts';

export interface Loaded {
  readonly scenario: Scenario;
  readonly sources: readonly SourceFile[];
}

/**
 * @param names files, folders, or `-`
 * @param sets `path=value`, in the order given
 * @throws {InputError} at the first thing that is wrong
 */
export function loadScenario(names: readonly string[], sets: readonly string[] = []): Loaded {
  const sources = names.flatMap((name) => readSources(name));
  return { scenario: checkedScenario(sources, { sets, open: openBeside }), sources };
}

/** A scenario out of sources that are read already: a recorded run's. */
export function checkedScenario(sources: readonly SourceFile[], options: ReadOptions): Scenario {
  const scenario = readScenario(sources, options);
  const { objects, timeline, rules, kubernetes } = scenario;
  checkObjects([...objects, ...timeline.flatMap(({ applied }) => applied)], kubernetes.profile.minor);
  for (const { source } of rules) checkRules(source);
  return scenario;
}

function checkRules({ name, text }: SourceFile): void {
  try {
    loadRules(text, name);
  } catch (error) {
    if (!(error instanceof RulesetError)) throw error;
    throw new InputError({ file: name, line: error.line, column: error.column }, error.reason);
  }
}
