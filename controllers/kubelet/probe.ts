/**
 * When a kubelet asks a container how it is.
 * @see kubernetes pkg/kubelet/prober/worker.go run, doProbe
 */
import { SECOND } from '../../core/time.ts';
import type { Container, Pod, Probe } from '../object/pod.ts';
import { PROBE_TYPES, ProbeResult, type ProbeType, resultOf } from './container-record.ts';
import type { PodWorker } from './pod-worker.ts';

/** Which probe of which container in which of its lives. */
export interface ProbeRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly container: string;
  readonly type: ProbeType;
  /** Restarts of the container when it was asked. */
  readonly life: number;
  /** What it said, where it failed. */
  readonly output?: string;
}

/** From this release on a container is asked whether it is ready as soon as its start is noticed. */
const MANUAL_RUN_MINOR = 22;

export function probeOf(container: Container, type: ProbeType): Probe | undefined {
  return type === 'startup'
    ? container.startupProbe
    : type === 'readiness'
      ? container.readinessProbe
      : container.livenessProbe;
}

export function hasProbes({ spec }: Pod): boolean {
  return spec.containers.some((container) => PROBE_TYPES.some((type) => probeOf(container, type) !== undefined));
}

/** Whether a container has started as far as its startup probe is concerned, if it has one. */
export function isStarted(worker: PodWorker, container: Container): boolean {
  const record = worker.containers.find(({ name }) => name === container.name);
  if (record === undefined || (record.phase !== 'running' && record.phase !== 'stopping')) return false;
  return container.startupProbe === undefined || resultOf(record, 'startup') === ProbeResult.Success;
}

/**
 * The probes of a container that may be made from `from` on, each with its first instant. Until the startup probe has
 * succeeded it is the only one.
 * @param kubeletStartedAt ns; a kubelet that has just started spreads its probes over their periods
 */
export function firstProbes(
  worker: PodWorker,
  container: Container,
  from: number,
  kubeletStartedAt: number,
  minor: number,
): readonly { readonly type: ProbeType; readonly at: number }[] {
  const starting = container.startupProbe !== undefined && !isStarted(worker, container);
  return PROBE_TYPES.flatMap((type, index) => {
    const probe = probeOf(container, type);
    if (probe === undefined || (type === 'startup') !== starting) return [];
    const record = worker.containers.find(({ name }) => name === container.name)!;
    const earliest = record.startedAt + (probe.initialDelaySeconds ?? 0) * SECOND;
    if (type === 'readiness' && minor >= MANUAL_RUN_MINOR && earliest <= from) return [{ type, at: from }];
    const periodNs = probe.periodSeconds * SECOND;
    const fresh = worker.acceptedAt - kubeletStartedAt < periodNs;
    const phase = worker.acceptedAt + (fresh ? Math.floor((spread(worker.jitter, index) / 2 ** 32) * periodNs) : 0);
    const ticks = Math.max(0, Math.ceil((Math.max(from, earliest) - phase) / periodNs));
    return [{ type, at: phase + ticks * periodNs }];
  });
}

function spread(jitter: number, index: number): number {
  let hash = Math.imul(jitter ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) >>> 0;
}
