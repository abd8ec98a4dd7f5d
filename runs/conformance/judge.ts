/**
 * The model's account of a probe against the record: each outcome must be one that was seen, as often as it was seen
 * where the same lots were drawn; nat rules must count exactly, all others must have been met or not.
 */
import type { RecordedFlow, RecordedOutcome } from './flow-file.ts';
import type { ProbeOutcome, ProbeResult } from './probe-run.ts';

/** @returns why the probe fails, a line each; empty: it passes */
export function judge({ outcomes, rulesHit, probe }: RecordedFlow, result: ProbeResult): string[] {
  const unknown = result.outcomes.find((outcome) => outcome.unknown !== undefined);
  if (unknown !== undefined) return [`unknown: ${unknown.unknown}`];
  const reasons: string[] = [];
  const left = outcomes.map(({ times }) => times);
  for (const told of result.outcomes) {
    const at = outcomes.findIndex(
      (recorded, index) => left[index]! > 0 && outcomeDifference(recorded, told, probe) === '',
    );
    if (at >= 0) left[at]!--;
    else reasons.push(`outcome: recorded ${recordedText(outcomes, left)}, model ${JSON.stringify(told)}`);
  }
  return [...new Set(reasons), ...hitDifferences(rulesHit, result)];
}

function recordedText(outcomes: readonly RecordedOutcome[], left: readonly number[]): string {
  const open = outcomes.filter((_, index) => left[index]! > 0);
  return open.map((outcome) => JSON.stringify(outcome)).join(' or ');
}

function outcomeDifference(recorded: RecordedOutcome, told: ProbeOutcome, probe: RecordedFlow['probe']): string {
  if (recorded.outcome !== told.outcome) return 'outcome';
  const { server, reply, answer_from: answerFrom } = recorded;
  if (answerFrom !== undefined && answerFrom !== `${probe.dst}:${probe.port}`) return 'answer_from';
  if (server !== undefined) {
    const { original_dst: originalDestination, ...ends } = server;
    if (originalDestination !== undefined && originalDestination !== `${probe.dst}:${probe.port}`)
      return 'original_dst';
    const differing = partialDifference(ends, told.server);
    if (differing !== '') return differing;
  }
  return reply === undefined ? '' : partialDifference(reply, told.reply);
}

/** The first field of a record that the other lacks or has otherwise. */
function partialDifference(recorded: object, told: object | undefined): string {
  const other: Record<string, unknown> = { ...told };
  return Object.entries(recorded).find(([key, value]) => other[key] !== value)?.[0] ?? '';
}

function hitDifferences(rulesHit: RecordedFlow['rulesHit'], { hits, lateHits }: ProbeResult): string[] {
  const recorded = new Map<string, number>();
  for (const { table, rule, packets } of rulesHit) {
    const key = `${table} ${rule}`;
    recorded.set(key, (recorded.get(key) ?? 0) + packets);
  }
  const reasons: string[] = [];
  for (const key of new Set([...recorded.keys(), ...hits.keys()])) {
    const want = recorded.get(key) ?? 0;
    const got = hits.get(key) ?? 0;
    const isLate = got === 0 && lateHits.has(key);
    const agrees = key.startsWith('nat ') ? want === got : isLate || (want === 0) === (got === 0);
    if (!agrees) reasons.push(`rule hit: recorded ${want}, model ${got}: ${key}`);
  }
  return reasons;
}
