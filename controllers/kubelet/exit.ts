/**
 * What follows when containers end: whether and when they start again.
 */
import type { Component } from '../component.ts';
import { ClusterEventKind } from '../event.ts';
import type { Pod } from '../object/pod.ts';
import { RESTART_BACKOFF_BASE_NS, RESTART_BACKOFF_MAX_NS, SANDBOX_REMOVAL_NS } from '../timing.ts';
import type { PodEvent, PodWorker } from './pod-worker.ts';

export type ExitEvent = Extract<PodEvent, { kind: typeof ClusterEventKind.ContainersExited }>;

/** Back-off of the next restart, in ns; the first one comes at once. @param restarts so far */
export function restartBackoffNs(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(RESTART_BACKOFF_MAX_NS, RESTART_BACKOFF_BASE_NS * 2 ** (restarts - 1));
}

/** The containers of a running pod end with `exitCode`: by its restart policy they start again, or its sandbox goes. */
export function exitEvent(
  pod: Pod,
  worker: PodWorker,
  exitCode: number,
  { number, node }: Readonly<Component>,
  at: number,
): ExitEvent {
  const policy = pod.spec.restartPolicy;
  const again = policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
  return {
    kind: ClusterEventKind.ContainersExited,
    at,
    component: number,
    host: node!.host,
    exitCode,
    restarts: again ? 1 : 0,
    dueAt: at + (again ? restartBackoffNs(worker.restarts) : SANDBOX_REMOVAL_NS),
    text: JSON.stringify(worker.ref),
  };
}
