/**
 * The work of `kubehop run`: read and check everything, simulate into a folder that stands aside, put it in its place,
 * and say what happened.
 */
import { formatDuration } from '../../core/time.ts';
import { RunDraft } from '../archive/run-draft.ts';
import { runId } from '../archive/run-record.ts';
import { knownCost } from '../cost/known-cost.ts';
import { headerDigest } from '../ledger-file/header.ts';
import { observeRun, type RunFigures } from '../report/run-figures.ts';
import { type Summary, summaryOf } from '../report/summary.ts';
import { runTable } from '../report/table.ts';
import { recordRun } from '../run.ts';
import { readRunInput } from '../run-input.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { worldCodec } from '../world/event.ts';
import { repeatCommand } from './command-line.ts';
import { ExitCode } from './exit-code.ts';
import { progressBar, SILENT } from './progress.ts';
import { RequestLines } from './request-lines.ts';
import type { Terminal } from './terminal.ts';

export interface RunCommandOptions {
  readonly seed?: string;
  readonly until?: string;
  readonly set: readonly string[];
  readonly out: string;
  readonly output: 'table' | 'json';
  readonly requests?: string;
  readonly strict: boolean;
}

/** @returns the exit code. @throws {InputError} before anything is written */
export async function performRun(
  files: readonly string[],
  options: RunCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const { set: sets, seed, until } = options;
  const { scenario, header } = readRunInput(files, { sets, seed, until });
  for (const notice of scenario.notices) terminal.err(`${notice}\n`);
  const id = runId(headerDigest(header, worldCodec));
  const draft = new RunDraft(options.out);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const progress = terminal.interactive ? progressBar(scenario.untilNs) : SILENT;
  let lines: RequestLines | undefined;
  let kept = false;
  let reachedNs = 0;
  try {
    lines = options.requests === undefined ? undefined : new RequestLines(options.requests, scenario);
    let figures: () => RunFigures = () => {
      throw new Error('The run was never observed');
    };
    const end = await recordRun(scenario, {
      ledgerPath: draft.ledgerPath,
      header,
      observe(simulation) {
        const observed = observeRun(simulation);
        figures = observed.figures;
        if (lines !== undefined) observed.stories.subscribe((story) => lines!.write(story));
      },
      progress(nowNs, events) {
        reachedNs = nowNs;
        progress.update(nowNs, events);
      },
      signal: stop.signal,
    });
    progress.stop();
    if (end.interrupted) {
      terminal.err(`Interrupted at ${formatDuration(reachedNs)} of virtual time: nothing was kept\n`);
      return ExitCode.Interrupted;
    }
    const { digest, events, endNs, wallSeconds } = end;
    const facts = { id, scenario: scenario.name, seed: scenario.seed, digest, events, endNs, wallSeconds };
    const found = figures();
    const summary = summaryOf({ ...facts, notices: scenario.notices }, found);
    const { seed: runSeed, toolVersion } = header;
    draft.finish({ id, scenario: scenario.name, seed: runSeed, digest, events, toolVersion, summary });
    lines?.finish();
    kept = true;
    print(files, options, terminal, { scenario, summary, figures: found });
    return exitCode(summary, options.strict);
  } finally {
    progress.stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    if (!kept) {
      draft.discard();
      lines?.discard();
    }
  }
}

interface Result {
  readonly scenario: Scenario;
  readonly summary: Summary;
  readonly figures: RunFigures;
}

function print(files: readonly string[], options: RunCommandOptions, terminal: Terminal, result: Result): void {
  if (options.output === 'json') {
    terminal.out(`${JSON.stringify(result.summary, undefined, 2)}\n`);
    return;
  }
  const repeat = repeatCommand('run', files, { ...options, seed: result.summary.seed });
  terminal.out(runTable({ ...result, cost: knownCost(options.out), repeat, style: terminal.style }));
}

function exitCode({ expectations, packets, traffic }: Summary, strict: boolean): number {
  if (expectations.some(({ passed }) => !passed)) return ExitCode.Failed;
  const unknown = packets.unknown > 0 || traffic.some(({ failed }) => failed.unknown > 0);
  return strict && unknown ? ExitCode.Unknown : ExitCode.Success;
}
