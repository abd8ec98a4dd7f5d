/**
 * What a kubelet remembers of one of its pods between two looks at it, folded from what it did.
 */
import { invariant } from '../../core/error.ts';
import { SECOND } from '../../core/time.ts';
import type { ClusterEvent } from '../event.ts';
import { ClusterEventKind } from '../event.ts';
import type { PodRef, PodSandbox } from '../node-agent.ts';
import type { ContainerRecord } from './container-record.ts';
import { newContainer, started } from './container-record.ts';

/**
 * `creating`: waits for its sandbox · `initializing`: runs its init containers, one after the other · `starting`: its
 * containers are being started · `running`: they run, wait or have ended, each for itself · `preStop`: its preStop hooks
 * run · `stopping`: told to end · `ended`: all have ended for good.
 */
export type WorkerPhase = 'creating' | 'initializing' | 'starting' | 'running' | 'preStop' | 'stopping' | 'ended';

export interface PodWorker {
  readonly ref: PodRef;
  readonly phase: WorkerPhase;
  /** When the phase is over, in ns; 0: not by itself. */
  readonly dueAt: number;
  /** Present from the sandbox's creation on. */
  readonly sandbox: PodSandbox | undefined;
  readonly acceptedAt: number;
  /** Spreads the probes of pods that a kubelet finds when it starts: a random number. */
  readonly jitter: number;
  /** Of the first start of containers; -1: never started. */
  readonly startedAt: number;
  readonly exitedAt: number;
  readonly exitCode: number;
  /** Init containers that have done their work, and restarts and last end of the one whose turn it is. */
  readonly initialized: number;
  readonly initRestarts: number;
  readonly initExitedAt: number;
  readonly initExitCode: number;
  readonly containers: readonly ContainerRecord[];
  /** When it was told to go, in ns, and when what still runs is killed. */
  readonly killAt: number;
}

/** Events about a kubelet's pods: each names its pod in `text`. */
export type PodEvent = Extract<
  ClusterEvent,
  { readonly host: number; readonly kind: 80 | 81 | 82 | 83 | 84 | 85 | 86 | 87 }
>;

/** Whom an event is about: the pod, and those of its containers, by name; absent: all. */
export interface PodEventText extends PodRef {
  readonly containers?: readonly string[];
  readonly jitter?: number;
}

/** The pod that an event is about. */
export function podRefOf(event: PodEvent): PodEventText {
  return JSON.parse(event.text) as PodEventText;
}

/** @returns the worker after the event; `undefined` once the pod is gone from the node */
export function evolveWorker(worker: PodWorker | undefined, event: PodEvent): PodWorker | undefined {
  const { at } = event;
  if (event.kind === ClusterEventKind.PodAccepted) {
    const { jitter = 0, containers: _all, ...ref } = podRefOf(event);
    return {
      ref,
      phase: 'creating',
      dueAt: event.dueAt,
      sandbox: undefined,
      acceptedAt: at,
      jitter,
      startedAt: -1,
      exitedAt: -1,
      exitCode: 0,
      initialized: 0,
      initRestarts: 0,
      initExitedAt: -1,
      initExitCode: 0,
      containers: [],
      killAt: 0,
    };
  }
  invariant(worker !== undefined, `Nothing is known of the pod in ${event.text}`);
  switch (event.kind) {
    case ClusterEventKind.PodSandboxCreated: {
      const sandbox = JSON.parse(event.text) as PodSandbox;
      const containers = sandbox.containers
        .filter(({ sidecar }) => sidecar === undefined)
        .map(({ name }) => newContainer(name));
      const phase = sandbox.initContainers === undefined ? 'starting' : 'initializing';
      return { ...worker, phase, dueAt: event.dueAt, sandbox, containers };
    }
    case ClusterEventKind.InitContainerExited:
      return initialized(worker, event);
    case ClusterEventKind.ContainersStarted:
      return {
        ...change(worker, event, (record) => started(record, at)),
        phase: 'running',
        dueAt: 0,
        startedAt: worker.startedAt < 0 ? at : worker.startedAt,
      };
    case ClusterEventKind.PreStopStarted:
      return { ...worker, phase: 'preStop', dueAt: event.dueAt, killAt: at + event.graceSeconds * SECOND };
    case ClusterEventKind.ContainersStopping: {
      const next = change(worker, event, (record) =>
        record.phase === 'running' ? { ...record, phase: 'stopping', dueAt: event.dueAt } : record,
      );
      return podRefOf(event).containers === undefined ? { ...next, phase: 'stopping', dueAt: event.dueAt } : next;
    }
    case ClusterEventKind.ContainersExited:
      return exited(worker, event);
    case ClusterEventKind.PodSandboxRemoved:
      return undefined;
  }
}

function initialized(worker: PodWorker, event: Extract<PodEvent, { kind: 86 }>): PodWorker {
  const { exitCode, restarts, dueAt, at } = event;
  const told = { initExitedAt: at, initExitCode: exitCode, dueAt };
  if (restarts === 1) return { ...worker, ...told, initRestarts: worker.initRestarts + 1 };
  if (exitCode !== 0) return { ...worker, ...told, phase: 'ended', exitedAt: at, exitCode };
  const done = worker.initialized + 1;
  const phase = done < (worker.sandbox?.initContainers ?? 0) ? 'initializing' : 'starting';
  return { ...worker, ...told, phase, initialized: done, initRestarts: 0 };
}

function exited(worker: PodWorker, event: Extract<PodEvent, { kind: 84 }>): PodWorker {
  const { at, exitCode, dueAt, restarts } = event;
  const next = change(worker, event, (record) => {
    if (record.phase !== 'running' && record.phase !== 'stopping') return { ...record, phase: 'ended' };
    return { ...record, phase: restarts === 1 ? 'waiting' : 'ended', dueAt, exitedAt: at, exitCode };
  });
  if (next.containers.some(({ phase }) => phase !== 'ended')) return next;
  const failed = next.containers.find((record) => record.exitCode !== 0);
  return { ...next, phase: 'ended', dueAt, exitedAt: at, exitCode: failed?.exitCode ?? 0 };
}

/** The worker with the containers changed that the event names. */
function change(worker: PodWorker, event: PodEvent, to: (record: ContainerRecord) => ContainerRecord): PodWorker {
  const names = podRefOf(event).containers;
  return {
    ...worker,
    containers: worker.containers.map((record) =>
      names === undefined || names.includes(record.name) ? to(record) : record,
    ),
  };
}
