/**
 * The steps of a pod on its node: from its sandbox to running containers, through their restarts, and to its end; each
 * with the status that follows from it.
 * @see kubernetes pkg/kubelet/pod_workers.go
 */
import { invariant } from '../../core/error.ts';
import { SECOND } from '../../core/time.ts';
import { equalContent } from '../canonical.ts';
import type { ClusterConfig } from '../config.ts';
import type { ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { ClusterEventKind } from '../event.ts';
import type { PodRef, PodSandbox } from '../node-agent.ts';
import type { EventNote } from '../note.ts';
import type { Manifest } from '../object/manifest.ts';
import type { Container, Pod } from '../object/pod.ts';
import { Purpose } from '../purpose.ts';
import { timestampAt } from '../timestamp.ts';
import {
  CONFIG_RETRY_NS,
  RESTART_BACKOFF_BASE_NS,
  RESTART_BACKOFF_MAX_NS,
  SANDBOX_NS,
  SANDBOX_REMOVAL_NS,
  SANDBOX_RETRY_NS,
} from '../timing.ts';
import type { Write } from '../write.ts';
import { behaviourBeside, comesTooLate } from './bound-port.ts';
import { configFaults, faultNotes } from './config-fault.ts';
import { ProbeResult, type ProbeType, resultOf } from './container-record.ts';
import { containerText, exitEvent } from './exit.ts';
import { behaviourOf, initDurationNs, isSidecar, startDelayNs } from './image-behaviour.ts';
import { listenedPorts } from './listened-ports.ts';
import { backoffNote, killedNote, note, startNotes } from './pod-notes.ts';
import { kubeletStatus } from './pod-status-writer.ts';
import type { PodEvent, PodWorker } from './pod-worker.ts';
import { evolveWorker } from './pod-worker.ts';
import { endAt, exitCodeOf, graceSeconds, preStopNs } from './pre-stop.ts';
import { hasProbes, isStarted } from './probe.ts';

/** A kubelet takes a pod on. */
export function accept(pod: Pod, context: ReconcileContext): ReconcileResult {
  const dueAt = context.at + SANDBOX_NS;
  const text = hasProbes(pod)
    ? JSON.stringify({ ...refOf(pod), jitter: context.draw(Purpose.ProbeJitter) })
    : refText(pod);
  const event: PodEvent = { kind: ClusterEventKind.PodAccepted, ...place(context), dueAt, text };
  return report(pod, undefined, [event], context, dueAt);
}

/** One step of a pod that is to live. */
export function advance(pod: Pod, worker: PodWorker, context: ReconcileContext): ReconcileResult {
  const { at, config } = context;
  if (worker.dueAt > at) return report(pod, worker, [], context, worker.dueAt);
  switch (worker.phase) {
    case 'creating': {
      const ips = pod.spec.hostNetwork === true ? hostIps(context) : context.podIps(pod);
      if (ips.length === 0) return withoutAddress(pod, context);
      const first = initContainers(pod)[0];
      const dueAt = at + (first === undefined ? startDelayNs(config, pod) : initDurationNs(config, first));
      const text = JSON.stringify(sandboxOf(pod, ips, config));
      const event: PodEvent = { kind: ClusterEventKind.PodSandboxCreated, ...place(context), dueAt, text };
      const notes = first === undefined ? [] : startNotes(config, pod, first, 0);
      return report(pod, worker, [event], context, dueAt, notes);
    }
    case 'initializing':
      return initialize(pod, worker, context);
    case 'starting': {
      const faults = configFaults(pod, context.newest);
      const notes = pod.spec.containers.flatMap((container) => {
        const fault = faults.get(container.name);
        return fault === undefined ? startNotes(config, pod, container, 0) : faultNotes(config, pod, container, fault);
      });
      if (faults.size === pod.spec.containers.length)
        return report(pod, worker, [], context, at + CONFIG_RETRY_NS, notes);
      const names = worker.sandbox!.containers.map(({ name }) => name).filter((name) => !faults.has(name));
      const text = faults.size === 0 ? refText(pod) : JSON.stringify({ ...refOf(pod), containers: names });
      const event: PodEvent = { kind: ClusterEventKind.ContainersStarted, ...place(context), text };
      return report(pod, worker, [event], context, undefined, notes);
    }
    case 'running':
      return run(pod, worker, context);
    case 'ended':
      return report(pod, worker, [removed(worker.ref, context)], context);
    case 'preStop':
    case 'stopping':
      // A pod that is stopped and not deleted: nothing asks for that.
      return NOTHING_TO_DO;
  }
}

/** An init container has come to its end: the next one, or itself again. */
function initialize(pod: Pod, worker: PodWorker, context: ReconcileContext): ReconcileResult {
  const { at, config } = context;
  const all = initContainers(pod);
  const container = all[worker.initialized]!;
  const { exitCode } = behaviourOf(config, container);
  const again = exitCode !== 0 && pod.spec.restartPolicy !== 'Never';
  const next = exitCode === 0 ? all[worker.initialized + 1] : container;
  const delayNs = again
    ? initDurationNs(config, container) + Math.min(RESTART_BACKOFF_MAX_NS, initBackoffNs(worker.initRestarts))
    : exitCode !== 0
      ? SANDBOX_REMOVAL_NS
      : next === undefined
        ? startDelayNs(config, pod)
        : initDurationNs(config, next);
  const event: PodEvent = {
    kind: ClusterEventKind.InitContainerExited,
    ...place(context),
    exitCode,
    restarts: again ? 1 : 0,
    dueAt: at + delayNs,
    text: refText(pod),
  };
  const notes = next === undefined ? [] : startNotes(config, pod, next, again ? 1 : 0);
  return report(pod, worker, [event], context, event.dueAt, notes);
}

function initBackoffNs(restarts: number): number {
  return restarts === 0 ? 0 : RESTART_BACKOFF_BASE_NS * 2 ** (restarts - 1);
}

/** Containers that ended start again when their back-off is over; those that their probes gave up are ended. */
function run(pod: Pod, worker: PodWorker, context: ReconcileContext): ReconcileResult {
  const { at, config } = context;
  const events: PodEvent[] = [];
  const notes: EventNote[] = [];
  const faults = configFaults(pod, context.newest);
  for (const container of pod.spec.containers) {
    const record = worker.containers.find(({ name }) => name === container.name);
    if (record === undefined) continue;
    const exit = (exitCode: number): void => {
      const event = exitEvent(pod, worker, record, exitCode, context.component, at);
      events.push(event);
      if (event.restarts === 1 && event.dueAt > at) notes.push(backoffNote(config, pod, record));
    };
    const text = containerText(worker, record.name);
    const fault = faults.get(record.name);
    if (record.phase === 'waiting' && record.dueAt <= at && fault !== undefined)
      notes.push(...faultNotes(config, pod, container, fault));
    else if (record.phase === 'waiting' && record.dueAt <= at) {
      events.push({ kind: ClusterEventKind.ContainersStarted, ...place(context), text });
      notes.push(...startNotes(config, pod, container, record.startedAt < 0 ? 0 : record.restarts + 1));
    } else if (record.phase === 'stopping' && record.dueAt <= at) exit(exitCodeOf(config, pod, record, at));
    else if (record.phase === 'running') {
      const behaviour = behaviourBeside(config, pod, container);
      const failed = FATAL.find((type) => resultOf(record, type) === ProbeResult.Failure);
      if (behaviour.exitAfterNs >= 0 && record.startedAt + behaviour.exitAfterNs <= at) exit(behaviour.exitCode);
      else if (failed !== undefined) {
        notes.push(killedNote(pod, record.name, failed));
        const graceNs = pod.spec.terminationGracePeriodSeconds * SECOND;
        const dueAt = endAt(config, pod, record, at, at + graceNs);
        if (dueAt === at) exit(0);
        else {
          const all = JSON.stringify({ ...worker.ref, containers: [record.name] });
          events.push({ kind: ClusterEventKind.ContainersStopping, ...place(context), dueAt, text: all });
        }
      }
    }
  }
  return report(pod, worker, events, context, undefined, notes);
}

/** Probes whose failure ends a container. */
const FATAL: readonly ProbeType[] = ['startup', 'liveness'];

/** One step of a pod that is to go. */
export function terminate(pod: Pod, worker: PodWorker | undefined, context: ReconcileContext): ReconcileResult {
  const { at, config } = context;
  if (worker === undefined) return { writes: [deletion(pod)] };
  const runs = worker.containers.some(({ phase }) => phase === 'running' || phase === 'stopping');
  if (worker.phase === 'running' && runs) {
    const notes = pod.spec.containers.map(({ name }) => note(pod, 'Killing', `Stopping container ${name}`));
    const seconds = graceSeconds(pod);
    const hooksNs = Math.min(preStopNs(pod), seconds * SECOND);
    if (hooksNs === 0) return stop(pod, worker, at + seconds * SECOND, context, notes);
    const event: PodEvent = {
      kind: ClusterEventKind.PreStopStarted,
      ...place(context),
      graceSeconds: seconds,
      dueAt: at + hooksNs,
      text: refText(pod),
    };
    return report(pod, worker, [event], context, event.dueAt, notes);
  }
  if (worker.phase === 'preStop') {
    if (worker.dueAt > at) return report(pod, worker, [], context, worker.dueAt);
    return stop(pod, worker, worker.killAt, context);
  }
  if (worker.phase === 'stopping' || worker.phase === 'ended') {
    const stopping = worker.containers.filter(({ phase }) => phase === 'stopping');
    if (worker.dueAt > at) {
      const done = stopping.filter(({ dueAt }) => dueAt <= at);
      const next = Math.min(worker.dueAt, ...stopping.flatMap(({ dueAt }) => (dueAt > at ? [dueAt] : [])));
      const events = done.map((record): PodEvent => {
        const event = ended(worker, exitCodeOf(config, pod, record, at), context);
        return { ...event, text: containerText(worker, record.name) };
      });
      return report(pod, worker, events, context, next);
    }
    if (worker.phase === 'stopping') {
      const exitCode = Math.max(0, ...stopping.map((record) => exitCodeOf(config, pod, record, at)));
      return report(pod, worker, [ended(worker, exitCode, context)], context, at + SANDBOX_REMOVAL_NS);
    }
  }
  return { writes: [deletion(pod)], events: [removed(worker.ref, context)] };
}

/** SIGTERM to all that runs: what ends before the others is told of by itself. */
export function stop(
  pod: Pod,
  worker: PodWorker,
  killAt: number,
  context: ReconcileContext,
  notes: readonly EventNote[] = [],
): ReconcileResult {
  const { at, config } = context;
  const ends = worker.containers
    .filter(({ phase }) => phase === 'running')
    .map((record) => ({ name: record.name, dueAt: endAt(config, pod, record, at, killAt) }));
  const dueAt = Math.max(at, ...ends.map((end) => end.dueAt));
  const stopping = (instant: number, text: string): PodEvent => ({
    kind: ClusterEventKind.ContainersStopping,
    ...place(context),
    dueAt: instant,
    text,
  });
  const early = ends.filter((end) => end.dueAt < dueAt);
  const events = [
    ...early.map((end) => stopping(end.dueAt, containerText(worker, end.name))),
    stopping(dueAt, refText(pod)),
  ];
  return report(pod, worker, events, context, Math.min(dueAt, ...early.map((end) => end.dueAt)), notes);
}

/** All containers of a pod have ended for good. */
export function ended(worker: PodWorker, exitCode: number, context: ReconcileContext): PodEvent {
  const dueAt = context.at + SANDBOX_REMOVAL_NS;
  const text = JSON.stringify(worker.ref);
  return { kind: ClusterEventKind.ContainersExited, ...place(context), exitCode, restarts: 0, dueAt, text };
}

/** The next instant at which time alone changes a pod that is not on its way out. */
function nextInstant(pod: Pod, worker: PodWorker, { at, config, newest }: ReconcileContext): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  const faults = configFaults(pod, newest);
  const take = (instant: number): void => {
    if (instant > at) next = Math.min(next, instant);
  };
  for (const container of pod.spec.containers) {
    const record = worker.containers.find(({ name }) => name === container.name);
    if (record === undefined) continue;
    if (record.phase === 'waiting' && record.dueAt <= at && faults.has(record.name)) take(at + CONFIG_RETRY_NS);
    else if (record.phase === 'waiting' || record.phase === 'stopping')
      next = Math.min(next, Math.max(at, record.dueAt));
    if (record.phase !== 'running') continue;
    const { readyDelayNs, exitAfterNs } = behaviourBeside(config, pod, container);
    if (readyDelayNs > 0 && container.readinessProbe === undefined) take(record.startedAt + readyDelayNs);
    if (exitAfterNs >= 0) next = Math.min(next, Math.max(at, record.startedAt + exitAfterNs));
  }
  return Number.isFinite(next) ? next : undefined;
}

/** Writes the status that follows from the events, if it is another one. */
function report(
  pod: Pod,
  before: PodWorker | undefined,
  events: readonly PodEvent[],
  context: ReconcileContext,
  requeueAt?: number,
  notes: readonly EventNote[] = [],
): ReconcileResult {
  let worker = before;
  for (const event of events) worker = evolveWorker(worker, event);
  const { config, component, timestamp, at } = context;
  const writes: Write[] = [];
  if (worker !== undefined) {
    const tried = worker.phase === 'running' || (worker.phase === 'starting' && worker.dueAt <= at);
    const status = kubeletStatus({
      pod,
      worker,
      node: component.node!,
      ready: (container) => isReady(container, worker as PodWorker, context),
      restartsBefore: context.pins.object(pod)?.restarts ?? 0,
      ...(tried ? { faults: configFaults(pod, context.newest) } : {}),
      config,
      minor: config.minor,
      timestamp,
      timestampOf: (instant) => timestampAt(config.startSeconds, instant),
    });
    if (!equalContent(status, pod.status)) writes.push(statusWrite(pod, status as unknown as Manifest));
  }
  invariant(requeueAt === undefined || requeueAt >= at, `A kubelet looks back: ${requeueAt} ns`);
  const next = requeueAt ?? (worker?.phase === 'running' ? nextInstant(pod, worker, context) : endOf(worker, at));
  return { writes, events, notes, ...(next === undefined ? {} : { requeueAt: next }) };
}

/** When the sandbox of a pod whose last container has just ended goes. */
function endOf(worker: PodWorker | undefined, at: number): number | undefined {
  return worker?.phase === 'ended' && worker.dueAt > at ? worker.dueAt : undefined;
}

/** Whether a container takes part: it runs, has started, and its readiness probe says so, or without one its image. */
function isReady(container: Container, worker: PodWorker, { config, at }: ReconcileContext): boolean {
  const record = worker.containers.find(({ name }) => name === container.name);
  if (record === undefined || !isStarted(worker, container)) return false;
  if (container.readinessProbe !== undefined) return resultOf(record, 'readiness') === ProbeResult.Success;
  const { readyDelayNs, onTerm } = behaviourOf(config, container);
  if (record.phase === 'stopping' && onTerm === 'unready') return false;
  return readyDelayNs >= 0 && at >= record.startedAt + readyDelayNs;
}

function initContainers({ spec }: Pod): readonly Container[] {
  return (spec.initContainers ?? []).filter((container) => !isSidecar(container));
}

function hostIps({ component }: ReconcileContext): readonly string[] {
  return component.node!.ips;
}

function withoutAddress(pod: Pod, context: ReconcileContext): ReconcileResult {
  const message = 'Failed to create pod sandbox: no IP addresses available';
  return {
    writes: [],
    notes: [note(pod, 'FailedCreatePodSandBox', message, 'Warning')],
    requeueAt: context.at + SANDBOX_RETRY_NS,
    parked: true,
  };
}

function sandboxOf(pod: Pod, ips: readonly string[], config: ClusterConfig): PodSandbox {
  const initial = initContainers(pod).length;
  return {
    ...refOf(pod),
    ips,
    hostNetwork: pod.spec.hostNetwork === true,
    hostname: pod.spec.hostname ?? pod.metadata.name,
    containers: [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].map((container) => {
      const { name, image = '' } = container;
      const ports = listenedPorts(container, config);
      const { readyDelayNs, onTerm } = behaviourOf(config, container);
      return {
        name,
        image,
        ports,
        ...(readyDelayNs === 0 ? {} : { readyDelayNs }),
        ...(onTerm === 'unready' ? { unreadyOnTerm: true as const } : {}),
        ...(isSidecar(container) ? { sidecar: true as const } : {}),
        ...(comesTooLate(config, pod, container) ? { portTaken: true as const } : {}),
      };
    }),
    ...(initial === 0 ? {} : { initContainers: initial }),
  };
}

function refOf({ metadata }: Pod): PodRef {
  return { namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid ?? '' };
}

function refText(pod: Pod): string {
  return JSON.stringify(refOf(pod));
}

function place({ at, component }: ReconcileContext): { at: number; component: number; host: number } {
  return { at, component: component.number, host: component.node!.host };
}

/** The sandbox of a pod goes. */
export function removed(ref: PodRef, context: ReconcileContext): PodEvent {
  return { kind: ClusterEventKind.PodSandboxRemoved, ...place(context), text: JSON.stringify(ref) };
}

function statusWrite({ metadata }: Pod, status: Manifest): Write {
  const { namespace, name, uid } = metadata;
  return {
    verb: 'patch',
    kind: 'Pod',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
    subresource: 'status',
    patch: { status },
  };
}

/** The kubelet's own deletion of a pod whose containers have ended. */
export function deletion({ metadata }: Pod): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind: 'Pod', namespace, name, gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) };
}
