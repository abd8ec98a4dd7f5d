/**
 * The kubelet of one node: brings its pods to life and to their end, step by step, and reports their status.
 * @see kubernetes pkg/kubelet/pod_workers.go
 */
import { invariant } from '../../core/error.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { ClusterEventKind } from '../event.ts';
import type { PodRef, PodSandbox } from '../node-agent.ts';
import type { EventNote } from '../note.ts';
import type { Manifest } from '../object/manifest.ts';
import type { Pod } from '../object/pod.ts';
import { isPodTerminal } from '../object/pod.ts';
import { keyOf, splitKey } from '../object-key.ts';
import { timestampAt } from '../timestamp.ts';
import { SANDBOX_NS, SANDBOX_REMOVAL_NS, SANDBOX_RETRY_NS } from '../timing.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { exitEvent } from './exit.ts';
import { podBehaviour } from './image-behaviour.ts';
import { kubeletStatus } from './pod-status-writer.ts';
import type { PodEvent, PodWorker } from './pod-worker.ts';
import { evolveWorker } from './pod-worker.ts';

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const pod = view.get('Pod', ...splitKey(key));
  const worker = context.component.workers.get(key);
  if (worker !== undefined && pod?.metadata.uid !== worker.ref.uid) {
    // The object is gone, or another has its name: what still runs is killed.
    return {
      writes: [],
      events: [removed(worker.ref, context)],
      ...(pod === undefined ? {} : { requeueAt: context.at }),
    };
  }
  if (pod === undefined) return NOTHING_TO_DO;
  if (pod.metadata.deletionTimestamp !== undefined) return terminate(pod, worker, context);
  if (worker === undefined) return isPodTerminal(pod) ? NOTHING_TO_DO : accept(pod, context);
  return advance(pod, worker, context);
}

function accept(pod: Pod, context: ReconcileContext): ReconcileResult {
  const dueAt = context.at + SANDBOX_NS;
  const event: PodEvent = { kind: ClusterEventKind.PodAccepted, ...place(context), dueAt, text: refText(pod) };
  return report(pod, undefined, [event], context, dueAt);
}

/** One step of a pod that is to live. */
function advance(pod: Pod, worker: PodWorker, context: ReconcileContext): ReconcileResult {
  const { at } = context;
  const behaviour = podBehaviour(context.config, pod);
  if (worker.dueAt > at) return report(pod, worker, [], context, worker.dueAt);
  switch (worker.phase) {
    case 'creating': {
      const ips = pod.spec.hostNetwork === true ? hostIps(context) : context.podIps(pod);
      if (ips.length === 0) return withoutAddress(pod, context);
      const dueAt = at + behaviour.startDelayNs;
      const text = JSON.stringify(sandboxOf(pod, ips));
      const event: PodEvent = { kind: ClusterEventKind.PodSandboxCreated, ...place(context), dueAt, text };
      return report(pod, worker, [event], context, dueAt);
    }
    case 'starting':
    case 'waiting': {
      const event: PodEvent = { kind: ClusterEventKind.ContainersStarted, ...place(context), text: refText(pod) };
      return report(pod, worker, [event], context, nextInstant(at, at, behaviour), startNotes(pod, worker));
    }
    case 'running': {
      const endsAt = behaviour.exitAfterNs < 0 ? Number.POSITIVE_INFINITY : worker.startedAt + behaviour.exitAfterNs;
      if (endsAt > at) return report(pod, worker, [], context, nextInstant(at, worker.startedAt, behaviour));
      const event = exitEvent(pod, worker, behaviour.exitCode, context.component, at);
      return report(pod, worker, [event], context, event.dueAt);
    }
    case 'ended':
      return report(pod, worker, [removed(worker.ref, context)], context);
    case 'stopping':
      // A pod that is stopped and not deleted: nothing asks for that.
      return NOTHING_TO_DO;
  }
}

/** One step of a pod that is to go. */
function terminate(pod: Pod, worker: PodWorker | undefined, context: ReconcileContext): ReconcileResult {
  const { at } = context;
  if (worker === undefined) return { writes: [deletion(pod)] };
  const behaviour = podBehaviour(context.config, pod);
  if (worker.phase === 'running') {
    const dueAt = at + behaviour.stopNs;
    const event: PodEvent = { kind: ClusterEventKind.ContainersStopping, ...place(context), dueAt, text: refText(pod) };
    return report(pod, worker, [event], context, dueAt, [
      note(pod, 'Killing', `Stopping container ${pod.spec.containers[0]?.name ?? ''}`),
    ]);
  }
  if (worker.phase === 'stopping' || worker.phase === 'ended') {
    if (worker.dueAt > at) return { writes: [], requeueAt: worker.dueAt };
    if (worker.phase === 'stopping') {
      const dueAt = at + SANDBOX_REMOVAL_NS;
      const exitCode = 0;
      const event: PodEvent = {
        kind: ClusterEventKind.ContainersExited,
        ...place(context),
        exitCode,
        restarts: 0,
        dueAt,
        text: refText(pod),
      };
      return { writes: [], events: [event], requeueAt: dueAt };
    }
  }
  return { writes: [deletion(pod)], events: [removed(worker.ref, context)] };
}

/** The next instant at which time alone changes a running pod. */
function nextInstant(at: number, startedAt: number, behaviour: ReturnType<typeof podBehaviour>): number | undefined {
  const instants = [behaviour.readyDelayNs, behaviour.exitAfterNs]
    .filter((ns) => ns >= 0)
    .map((ns) => startedAt + ns)
    .filter((instant) => instant > at);
  return instants.length === 0 ? undefined : Math.min(...instants);
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
    const status = kubeletStatus({
      pod,
      worker,
      node: component.node!,
      ready: isReady(pod, worker, context),
      restartsBefore: context.pins.object(pod)?.restarts ?? 0,
      minor: config.minor,
      timestamp,
      timestampOf: (instant) => timestampAt(config.startSeconds, instant),
    });
    if (!equalContent(status, pod.status)) writes.push(statusWrite(pod, status as unknown as Manifest));
  }
  invariant(requeueAt === undefined || requeueAt >= at, `A kubelet looks back: ${requeueAt} ns`);
  return { writes, events, notes, ...(requeueAt === undefined ? {} : { requeueAt }) };
}

function isReady(pod: Pod, worker: PodWorker, context: ReconcileContext): boolean {
  const behaviour = podBehaviour(context.config, pod);
  if (worker.phase === 'stopping') return behaviour.readyWhileStopping;
  if (worker.phase !== 'running' || behaviour.readyDelayNs < 0) return false;
  return context.at >= worker.startedAt + behaviour.readyDelayNs;
}

function hostIps({ component }: ReconcileContext): readonly string[] {
  return component.node!.ips;
}

function withoutAddress(pod: Pod, context: ReconcileContext): ReconcileResult {
  const message = 'Failed to create pod sandbox: no IP addresses available';
  return {
    writes: [],
    notes: [{ ...note(pod, 'FailedCreatePodSandBox', message), type: 'Warning' }],
    requeueAt: context.at + SANDBOX_RETRY_NS,
    parked: true,
  };
}

function sandboxOf(pod: Pod, ips: readonly string[]): PodSandbox {
  return {
    ...refOf(pod),
    ips,
    hostNetwork: pod.spec.hostNetwork === true,
    hostname: pod.spec.hostname ?? pod.metadata.name,
    containers: pod.spec.containers.map(({ name, image = '', ports = [] }) => ({ name, image, ports })),
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

function removed(ref: PodRef, context: ReconcileContext): PodEvent {
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

function deletion({ metadata }: Pod): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind: 'Pod', namespace, name, gracePeriodSeconds: 0, ...(uid === undefined ? {} : { uid }) };
}

function startNotes(pod: Pod, worker: PodWorker): readonly EventNote[] {
  return worker.phase === 'waiting'
    ? [note(pod, 'Started', `Started container ${pod.spec.containers[0]?.name ?? ''}`)]
    : pod.spec.containers.flatMap(({ name, image }) => [
        note(pod, 'Pulled', `Container image "${image}" already present on machine`),
        note(pod, 'Created', `Created container ${name}`),
        note(pod, 'Started', `Started container ${name}`),
      ]);
}

function note({ metadata }: Pod, reason: string, message: string): EventNote {
  const { namespace = '', name, uid } = metadata;
  return { type: 'Normal', reason, message, kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

export const kubelet: Controller = {
  kind: 'kubelet',
  watches: ({ object }, { node }) => object.kind === 'Pod' && object.spec.nodeName === node?.name,
  keysOf: ({ object }) => [keyOf(object)],
  allKeys: (view, { node, workers }) => {
    const keys = new Set(view.listBy('Pod', 'node', node?.name ?? '').map(keyOf));
    for (const key of workers.keys()) keys.add(key);
    return [...keys];
  },
  reconcile,
};
