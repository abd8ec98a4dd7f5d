/**
 * What a kubelet remembers of one of its pods between two looks at it, folded from what it did.
 */
import { invariant } from '../../core/error.ts';
import type { ClusterEvent } from '../event.ts';
import { ClusterEventKind } from '../event.ts';
import type { PodRef, PodSandbox } from '../node-agent.ts';

/**
 * `creating`: waits for its sandbox · `starting`: has its network, containers are being started · `running` ·
 * `stopping`: told to end · `waiting`: containers ended and start again after a back-off · `ended`: they ended for good.
 */
export type WorkerPhase = 'creating' | 'starting' | 'running' | 'stopping' | 'waiting' | 'ended';

/** Containers of one pod start and end together here. */
export interface PodWorker {
  readonly ref: PodRef;
  readonly phase: WorkerPhase;
  /** When the phase is over, in ns; 0: not by itself. */
  readonly dueAt: number;
  /** Present from the sandbox's creation on. */
  readonly sandbox: PodSandbox | undefined;
  readonly acceptedAt: number;
  /** Of the last start; -1: never started. */
  readonly startedAt: number;
  readonly exitedAt: number;
  readonly exitCode: number;
  readonly restarts: number;
}

/** Events about a kubelet's pods: each names its pod in `text`. */
export type PodEvent = Extract<ClusterEvent, { readonly host: number; readonly kind: 80 | 81 | 82 | 83 | 84 | 85 }>;

/** The pod that an event is about. */
export function podRefOf(event: PodEvent): PodRef {
  return JSON.parse(event.text) as PodRef;
}

/** @returns the worker after the event; `undefined` once the pod is gone from the node */
export function evolveWorker(worker: PodWorker | undefined, event: PodEvent): PodWorker | undefined {
  const { at } = event;
  if (event.kind === ClusterEventKind.PodAccepted) {
    return {
      ref: podRefOf(event),
      phase: 'creating',
      dueAt: event.dueAt,
      sandbox: undefined,
      acceptedAt: at,
      startedAt: -1,
      exitedAt: -1,
      exitCode: 0,
      restarts: 0,
    };
  }
  invariant(worker !== undefined, `Nothing is known of the pod in ${event.text}`);
  switch (event.kind) {
    case ClusterEventKind.PodSandboxCreated:
      return { ...worker, phase: 'starting', dueAt: event.dueAt, sandbox: JSON.parse(event.text) as PodSandbox };
    case ClusterEventKind.ContainersStarted:
      return {
        ...worker,
        phase: 'running',
        dueAt: 0,
        startedAt: at,
        restarts: worker.restarts + (worker.startedAt < 0 ? 0 : 1),
      };
    case ClusterEventKind.ContainersStopping:
      return { ...worker, phase: 'stopping', dueAt: event.dueAt };
    case ClusterEventKind.ContainersExited:
      return {
        ...worker,
        phase: event.restarts === 1 ? 'waiting' : 'ended',
        dueAt: event.dueAt,
        exitedAt: at,
        exitCode: event.exitCode,
      };
    case ClusterEventKind.PodSandboxRemoved:
      return undefined;
  }
}
