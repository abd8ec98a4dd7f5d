/**
 * What a kubelet remembers of one container of a pod: whether it runs, how often it was started, and what its probes say.
 */
import type { Probe } from '../object/pod.ts';
import { RESTART_BACKOFF_BASE_NS, RESTART_BACKOFF_MAX_NS, RESTART_BACKOFF_RESET_NS } from '../timing.ts';

/**
 * `waiting`: to be started, for the first time or again at `dueAt` · `running` · `stopping`: told to end, will have
 * ended at `dueAt` · `ended` for good.
 */
export type ContainerPhase = 'waiting' | 'running' | 'stopping' | 'ended';

export type ProbeType = 'startup' | 'readiness' | 'liveness';

export const PROBE_TYPES: readonly ProbeType[] = ['startup', 'readiness', 'liveness'];

export const ProbeResult = { Unknown: 0, Success: 1, Failure: 2 } as const;

/** What a prober keeps of one probe of one container. @see kubernetes pkg/kubelet/prober/worker.go */
export interface ProbeRecord {
  /** What the rest of the kubelet goes by: a `ProbeResult`. */
  readonly result: number;
  /** The last answer, and how many in a row were like it. */
  readonly last: number;
  readonly run: number;
}

export interface ContainerRecord {
  readonly name: string;
  readonly phase: ContainerPhase;
  readonly dueAt: number;
  /** Instants in ns; -1: never. */
  readonly startedAt: number;
  readonly exitedAt: number;
  readonly exitCode: number;
  readonly restarts: number;
  /** The back-off in force, and when it was last changed; 0: none yet. */
  readonly backoffNs: number;
  readonly backoffAt: number;
  readonly probes: Readonly<Partial<Record<ProbeType, ProbeRecord>>>;
}

export function newContainer(name: string): ContainerRecord {
  return {
    name,
    phase: 'waiting',
    dueAt: 0,
    startedAt: -1,
    exitedAt: -1,
    exitCode: 0,
    restarts: 0,
    backoffNs: 0,
    backoffAt: 0,
    probes: {},
  };
}

export function started(record: ContainerRecord, at: number): ContainerRecord {
  const restarts = record.restarts + (record.startedAt < 0 ? 0 : 1);
  const fresh = record.startedAt < 0 ? {} : nextBackoff(record, at);
  return { ...record, ...fresh, phase: 'running', dueAt: 0, startedAt: at, restarts, probes: {} };
}

/**
 * How long a container that ends at `at` waits until it starts again: not at all the first time, then 10 s, twice as
 * long each time, up to 5 min; after ten minutes without a restart it is forgotten.
 * @see kubernetes staging/src/k8s.io/client-go/util/flowcontrol/backoff.go IsInBackOffSince, Next
 */
export function restartDelayNs({ backoffNs, backoffAt }: ContainerRecord, at: number): number {
  return backoffNs === 0 || at - backoffAt > RESTART_BACKOFF_RESET_NS ? 0 : backoffNs;
}

function nextBackoff(record: ContainerRecord, at: number): Pick<ContainerRecord, 'backoffNs' | 'backoffAt'> {
  const waited = restartDelayNs(record, record.exitedAt);
  const backoffNs = waited === 0 ? RESTART_BACKOFF_BASE_NS : Math.min(RESTART_BACKOFF_MAX_NS, waited * 2);
  return { backoffNs, backoffAt: at };
}

/** A probe was answered: enough answers of a kind in a row change its result. @see kubernetes pkg/kubelet/prober/worker.go doProbe */
export function probed(record: ContainerRecord, type: ProbeType, probe: Probe, answer: number): ContainerRecord {
  const before = record.probes[type] ?? { result: initialResult(type), last: ProbeResult.Unknown, run: 0 };
  const run = before.last === answer ? before.run + 1 : 1;
  const threshold = answer === ProbeResult.Success ? probe.successThreshold : probe.failureThreshold;
  const result = run < threshold ? before.result : answer;
  return { ...record, probes: { ...record.probes, [type]: { result, last: answer, run } } };
}

function initialResult(type: ProbeType): number {
  if (type === 'readiness') return ProbeResult.Failure;
  return type === 'liveness' ? ProbeResult.Success : ProbeResult.Unknown;
}

/** What counts of a probe now. */
export function resultOf(record: ContainerRecord, type: ProbeType): number {
  return record.probes[type]?.result ?? initialResult(type);
}
