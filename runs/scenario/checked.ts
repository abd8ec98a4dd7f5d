/**
 * A scenario that can run: read, and all that it brings checked as the cluster and the kernel would, before anything is
 * written.
 */
import { readSets } from '../../net/netfilter/ipset/set-text.ts';
import { loadRules } from '../../net/netfilter/restore.ts';
import { RulesetError } from '../../net/netfilter/ruleset-error.ts';
import { typedFault } from '../exec/typed-fault.ts';
import { InputError } from '../input-error.ts';
import type { SourceFile } from '../manifest/source.ts';
import { checkObjects } from './object-check.ts';
import { type ReadOptions, readScenario } from './read.ts';
import type { Scenario } from './scenario.ts';

/** @throws {InputError} at the first thing that is wrong */
export function checkedScenario(sources: readonly SourceFile[], options: ReadOptions): Scenario {
  const scenario = readScenario(sources, options);
  const { locator, objects, timeline, rules, ipsets, kubernetes } = scenario;
  checkObjects([...objects, ...timeline.flatMap(({ applied }) => applied)], kubernetes);
  for (const [i, { kubectl, run }] of timeline.entries()) {
    const fault = typedFault(kubectl === undefined ? (run ?? '') : `kubectl ${kubectl}`);
    if (fault !== undefined)
      throw new InputError(locator.value(['spec', 'timeline', i, kubectl === undefined ? 'run' : 'kubectl']), fault);
  }
  for (const { source } of ipsets) check(source, ({ text, name }) => readSets(new Map(), text, name));
  for (const { source } of rules) check(source, ({ text, name }) => loadRules(text, name));
  return scenario;
}

function check(source: SourceFile, load: (source: SourceFile) => unknown): void {
  const { name } = source;
  try {
    load(source);
  } catch (error) {
    if (!(error instanceof RulesetError)) throw error;
    throw new InputError({ file: name, line: error.line, column: error.column }, error.reason);
  }
}
