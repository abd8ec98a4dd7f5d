/**
 * The table of a replayed run: the same measures over the folded events, up to an instant or to the end.
 */
import { formatDuration } from '../../core/time.ts';
import { runId } from '../archive/run-record.ts';
import type { Replay } from '../replay/replay.ts';
import { observeRun } from '../report/run-figures.ts';
import type { Style } from '../report/style.ts';
import { summaryOf } from '../report/summary.ts';
import { runTable } from '../report/table.ts';
import { kubehopLine } from './command-line.ts';

/** @param atNs where to stop; absent: at the end. @param run the words that name it */
export function replayTable(replay: Replay, atNs: number | undefined, run: readonly string[], style: Style): string {
  const startedAt = performance.now();
  const observed = observeRun(replay.simulation);
  if (atNs === undefined) replay.finish();
  else {
    replay.foldUntil(atNs);
    replay.end(atNs);
  }
  const { scenario, reader } = replay;
  // Half a run can't be held against what was expected of the whole.
  const figures = atNs === undefined ? observed.figures() : { ...observed.figures(), expectations: [] };
  const facts = {
    id: runId(reader.headerDigest),
    scenario: scenario.name,
    seed: scenario.seed,
    digest: reader.digest,
    events: replay.events,
    endNs: replay.simulation.nowNs,
    wallSeconds: (performance.now() - startedAt) / 1000,
    notices: [],
  };
  const at = atNs === undefined ? [] : ['--at', formatDuration(atNs)];
  const repeat = kubehopLine(['replay', ...run, ...at]);
  return runTable({ scenario, summary: summaryOf(facts, figures), figures, repeat, style });
}
