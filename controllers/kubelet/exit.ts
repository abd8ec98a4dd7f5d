/**
 * What follows when a container ends: whether and when it starts again.
 */
import type { Component } from '../component.ts';
import { ClusterEventKind } from '../event.ts';
import type { Pod } from '../object/pod.ts';
import { SANDBOX_REMOVAL_NS } from '../timing.ts';
import { type ContainerRecord, restartDelayNs } from './container-record.ts';
import type { PodEvent, PodWorker } from './pod-worker.ts';

export type ExitEvent = Extract<PodEvent, { kind: typeof ClusterEventKind.ContainersExited }>;

/** A container of a running pod ends with `exitCode`: by the pod's restart policy it starts again, or it has ended for good. */
export function exitEvent(
  pod: Pod,
  worker: PodWorker,
  record: ContainerRecord,
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
    dueAt: at + (again ? restartDelayNs(record, at) : SANDBOX_REMOVAL_NS),
    text: containerText(worker, record.name),
  };
}

/** The text of an event about one container: the only one of a pod need not be named. */
export function containerText(worker: PodWorker, name: string): string {
  return JSON.stringify(worker.containers.length > 1 ? { ...worker.ref, containers: [name] } : worker.ref);
}
