/**
 * What became of several flows that were under way at once, with the instant of everything, and where two tellings
 * differ. Instants are counted from the first flow's start.
 */
import type { RequestOutcome } from '../agent-message.ts';
import type { ConntrackLine } from '../conntrack-text.ts';
import { type Moment, momentDifferences } from './moment.ts';
import { isAnswerNear, TOLERANCE, timerToleranceNs } from './tolerance.ts';

export interface FlowEnd {
  readonly outcome: RequestOutcome;
  /** From the flow's own start, in ns. */
  readonly tookNs: number;
}

/** Connection tracking of one host at one instant. */
export interface TrackedHost {
  readonly host: string;
  readonly entries: readonly ConntrackLine[];
  /** Counters of /proc/net/stat/nf_conntrack that the model has too. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface TimedStory {
  /** In the order of the flows. */
  readonly ends: readonly FlowEnd[];
  readonly moments: readonly Moment[];
  readonly tracked: readonly TrackedHost[];
}

/**
 * Where a model's story and a kernel's differ.
 * @param names of the flows
 * @param watchedNs how long both sides were watched
 * @returns one line a difference
 */
export function timedDifferences(
  model: TimedStory,
  kernel: TimedStory,
  names: readonly string[],
  watchedNs: number,
): string[] {
  const ends = names.flatMap((name, i) => {
    const left = model.ends[i]!;
    const right = kernel.ends[i]!;
    // The timer before it may have fired a slot earlier or later.
    const near = isAnswerNear(left.tookNs, right.tookNs, timerToleranceNs(left.tookNs));
    if (left.outcome === right.outcome && near) return [];
    const text = ({ outcome, tookNs }: FlowEnd) => `${outcome} after ${(tookNs / 1e6).toFixed(0)} ms`;
    return [`${name}: model ${text(left)}, kernel ${text(right)}`];
  });
  const moments = momentDifferences(model.moments, kernel.moments, watchedNs);
  const tracked = kernel.tracked.flatMap((right) => {
    const left = model.tracked.find(({ host }) => host === right.host);
    return left === undefined ? [`${right.host}: the model tracks nothing`] : trackedDifferences(left, right);
  });
  return [...ends, ...moments, ...tracked];
}

function trackedDifferences(model: TrackedHost, kernel: TrackedHost): string[] {
  const { host } = kernel;
  const left = [...model.entries];
  const lines = kernel.entries.flatMap((entry) => {
    const at = left.findIndex((known) => keyOf(known) === keyOf(entry));
    if (at < 0) return [`${host}: kernel only: ${lifeOf(entry)}`];
    const [known] = left.splice(at, 1) as [ConntrackLine];
    const apart = Math.abs(known.timeoutSeconds - entry.timeoutSeconds);
    const same = known.state === entry.state && known.flags.join() === entry.flags.join();
    return same && apart <= TOLERANCE.lifetimeSeconds
      ? []
      : [`${host}: model ${lifeOf(known)}, kernel ${lifeOf(entry)}`];
  });
  lines.push(...left.map((entry) => `${host}: model only: ${lifeOf(entry)}`));
  for (const [name, count] of Object.entries(kernel.counters))
    if (model.counters[name] !== count) lines.push(`${host}: ${name}: model ${model.counters[name]}, kernel ${count}`);
  return lines;
}

function keyOf({ protocol, original }: ConntrackLine): string {
  return `${protocol} ${original.source}:${original.sourcePort} > ${original.destination}:${original.destinationPort}`;
}

function lifeOf(entry: ConntrackLine): string {
  return [keyOf(entry), entry.state, ...entry.flags, `${entry.timeoutSeconds} s left`]
    .filter((word) => word !== '')
    .join(' ');
}
