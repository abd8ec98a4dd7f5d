/**
 * What a run is made of, checked as a whole before anything is written: from FILEs and options, or out of the header
 * of a recorded run, through the same door.
 */
import { parseDuration } from '../core/time.ts';
import { InputError } from './input-error.ts';
import type { LedgerHeader } from './ledger-file/header.ts';
import { readSources } from './manifest/source.ts';
import { inputFiles, openBeside, recordedSources } from './recorded-input.ts';
import { checkedScenario } from './scenario/checked.ts';
import type { Scenario } from './scenario/scenario.ts';
import { toolVersion } from './tool-version.ts';

export interface InputOptions {
  /** `--set path=value` */
  readonly sets?: readonly string[];
  readonly seed?: string | undefined;
  /** A duration such as `60s`. */
  readonly until?: string | undefined;
}

export interface RunInput {
  readonly scenario: Scenario;
  readonly header: LedgerHeader;
}

/**
 * Reads FILEs: files, folders or `-` for standard input.
 * @throws {InputError} at the first thing that is wrong
 */
export function readRunInput(files: readonly string[], options: InputOptions = {}): RunInput {
  const { sets = [], seed, until } = options;
  const sources = files.flatMap((file) => readSources(file));
  const scenario = checkedScenario(sources, { sets: [...sets, ...settings(seed, until)], open: openBeside });
  return { scenario, header: headerOf(scenario, inputFiles(sources, scenario), sets) };
}

/** What the header of a ledger says of its run's inputs. `--seed` and `--until` stand in it as they came out. */
export function headerOf(scenario: Scenario, files: LedgerHeader['files'], sets: readonly string[]): LedgerHeader {
  return {
    files,
    sets,
    seed: scenario.seed,
    profile: scenario.kubernetes.profile.name,
    toolVersion: toolVersion(),
    settings: scenario.untilNs === undefined ? {} : { untilNs: scenario.untilNs },
  };
}

/** The scenario that a run was recorded from. @throws {InputError} when this version can't read it any more */
export function recordedScenario(header: LedgerHeader): Scenario {
  const { sources, open } = recordedSources(header);
  const { untilNs } = header.settings;
  const until = untilNs === undefined ? undefined : `${untilNs}ns`;
  return checkedScenario(sources, { sets: [...header.sets, ...settings(header.seed, until)], open });
}

function settings(seed: string | undefined, until: string | undefined): string[] {
  if (seed === '') throw new InputError({ file: '--seed' }, 'wanted is a number or a text');
  if (until !== undefined && !((parseDuration(until) ?? -1) >= 0)) {
    throw new InputError({ file: `--until ${until}` }, 'wanted is a duration such as 60s');
  }
  return [
    ...(seed === undefined ? [] : [`spec.seed=${JSON.stringify(seed)}`]),
    ...(until === undefined ? [] : [`spec.until=${until}`]),
  ];
}
