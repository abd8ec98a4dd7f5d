/**
 * The prober of a kubelet: asks containers how they are, takes in what they say, and tells when it asks again. Questions
 * to an HTTP server or a port are packets of the node; what runs inside a container is decided by what is known of its
 * image.
 * @see kubernetes pkg/kubelet/prober
 */
import { SECOND } from '../../core/time.ts';
import { Outcome } from '../../net/request.ts';
import type { ClusterCommand, ProbeContainer, RepeatProbe, TakeProbeAnswer } from '../command.ts';
import { ClusterCommandKind } from '../command.ts';
import type { Component } from '../component.ts';
import type { ClusterEvent, ClusterEventOf } from '../event.ts';
import { ClusterEventKind } from '../event.ts';
import type { Container, Pod, Probe } from '../object/pod.ts';
import { objectKey } from '../object-key.ts';
import type { ClusterState } from '../state.ts';
import { type ContainerRecord, ProbeResult, type ProbeType, probed, resultOf } from './container-record.ts';
import { behaviourOf } from './image-behaviour.ts';
import { unhealthyNote } from './pod-notes.ts';
import type { PodWorker } from './pod-worker.ts';
import { firstProbes, isStarted, type ProbeRef, probeOf } from './probe.ts';
import { failureText } from './probe-text.ts';

type Emit = (event: ClusterEvent) => void;
type Schedule = (command: ClusterCommand) => void;

/** A probe that has not been answered. */
export interface PendingProbe {
  readonly ref: ProbeRef;
  readonly component: number;
  readonly sentAt: number;
}

/** Changed by `evolve` alone. */
export interface ProbeTable {
  /** Number of the next probe. */
  next: number;
  readonly pending: Map<number, PendingProbe>;
}

interface Asked {
  readonly pod: Pod;
  readonly worker: PodWorker;
  readonly container: Container;
  readonly record: ContainerRecord;
  readonly probe: Probe;
}

/** What a probe is about, if it is still there to be asked. */
function askedBy({ store }: ClusterState, kubelet: Readonly<Component>, ref: ProbeRef): Asked | undefined {
  const worker = kubelet.workers.get(objectKey(ref.namespace, ref.name));
  const pod = store.get('Pod', ref.namespace, ref.name);
  if (worker?.ref.uid !== ref.uid || pod?.metadata.uid !== ref.uid) return undefined;
  const container = pod.spec.containers.find(({ name }) => name === ref.container);
  const record = worker.containers.find(({ name }) => name === ref.container);
  const probe = container === undefined ? undefined : probeOf(container, ref.type);
  if (container === undefined || record === undefined || probe === undefined) return undefined;
  return { pod, worker, container, record, probe };
}

function isAlive({ record, pod }: Asked, { type, life }: ProbeRef): boolean {
  if (record.restarts !== life || (record.phase !== 'running' && record.phase !== 'stopping')) return false;
  // Only readiness still matters of a pod that is on its way out, or of a container that is being ended.
  const leaving = pod.metadata.deletionTimestamp !== undefined || record.phase === 'stopping';
  return type === 'readiness' || !leaving;
}

export function probeContainer(
  state: ClusterState,
  kubelet: Component,
  { at, text }: ProbeContainer | RepeatProbe,
  emit: Emit,
): void {
  const ref = JSON.parse(text) as ProbeRef;
  const asked = askedBy(state, kubelet, ref);
  if (asked === undefined || !isAlive(asked, ref)) return;
  const { probe, record, container } = asked;
  if (ref.type === 'startup' && resultOf(record, 'startup') !== ProbeResult.Unknown) return;
  const number = state.probes.next;
  const place = { at, component: kubelet.number, host: kubelet.node!.host };
  emit({ kind: ClusterEventKind.ProbeSent, ...place, number, text });
  if (probe.httpGet !== undefined || probe.tcpSocket !== undefined) return;
  // What a program inside the container says: it succeeds as soon as the image is ready.
  const { readyDelayNs } = behaviourOf(state.config, container);
  const booted = readyDelayNs >= 0 && at >= record.startedAt + readyDelayNs;
  const result = booted || ref.type === 'liveness' ? ProbeResult.Success : ProbeResult.Failure;
  tell(asked, ref, number, at, result, kubelet, at, emit);
}

export function takeAnswer(state: ClusterState, command: TakeProbeAnswer, emit: Emit): void {
  const { at, number, outcome, status } = command;
  const pending = state.probes.pending.get(number);
  if (pending === undefined) return;
  const { ref } = pending;
  const kubelet = state.components[pending.component]!;
  const asked = kubelet.running ? askedBy(state, kubelet, ref) : undefined;
  if (asked === undefined || !isAlive(asked, ref)) {
    const place = { at, component: kubelet.number, host: kubelet.node!.host };
    const { sentAt } = pending;
    const result = ProbeResult.Unknown;
    emit({ kind: ClusterEventKind.ProbeEnded, ...place, number, result, sentAt, text: JSON.stringify(ref) });
    return;
  }
  const { httpGet } = asked.probe;
  // What is said within TLS is not modelled: that somebody answers has to do.
  const isPlain = httpGet !== undefined && httpGet.scheme !== 'HTTPS';
  const good = outcome === Outcome.Answered && (!isPlain || (status >= 200 && status < 400));
  const output = good ? '' : failureText(asked.pod, asked.container, asked.probe, command, state.config.minor);
  const result = good ? ProbeResult.Success : ProbeResult.Failure;
  tell(asked, { ...ref, output }, number, pending.sentAt, result, kubelet, at, emit);
}

function tell(
  { pod, record, probe, worker }: Asked,
  { output = '', ...ref }: ProbeRef,
  number: number,
  sentAt: number,
  result: number,
  kubelet: Component,
  at: number,
  emit: Emit,
): void {
  const { host } = kubelet.node!;
  const text = JSON.stringify(output === '' ? ref : { ...ref, output });
  emit({ kind: ClusterEventKind.ProbeEnded, at, component: kubelet.number, host, number, result, sentAt, text });
  if (result === ProbeResult.Failure) {
    const note = JSON.stringify(unhealthyNote(pod, ref.type, output));
    emit({ kind: ClusterEventKind.NoteRecorded, at, component: kubelet.number, text: note });
  }
  const key = objectKey(ref.namespace, ref.name);
  const after = resultOf(probed(record, ref.type, probe, result), ref.type);
  if (after === resultOf(record, ref.type) || kubelet.queue.has(key) || worker.phase === 'ended') return;
  emit({ kind: ClusterEventKind.KeyQueued, at, component: kubelet.number, text: key });
}

export function evolveSent({ probes }: ClusterState, event: ClusterEventOf<'ProbeSent'>): void {
  probes.next = event.number + 1;
  const { component, at } = event;
  probes.pending.set(event.number, { ref: JSON.parse(event.text) as ProbeRef, component, sentAt: at });
}

export function evolveEnded(state: ClusterState, event: ClusterEventOf<'ProbeEnded'>): void {
  state.probes.pending.delete(event.number);
  if (event.result === ProbeResult.Unknown) return;
  const ref = JSON.parse(event.text) as ProbeRef;
  const kubelet = state.components[event.component]!;
  const asked = askedBy(state, kubelet, ref);
  if (asked === undefined) return;
  const { worker, probe } = asked;
  const containers = worker.containers.map((record) =>
    record.name === ref.container ? probed(record, ref.type, probe, event.result) : record,
  );
  kubelet.workers.set(objectKey(ref.namespace, ref.name), { ...worker, containers });
}

/** Containers were started, or their kubelet was: their probes begin. */
export function planProbes(
  state: ClusterState,
  kubelet: Readonly<Component>,
  worker: PodWorker,
  names: readonly string[] | undefined,
  at: number,
  schedule: Schedule,
): void {
  const { namespace, name, uid } = worker.ref;
  const pod = state.store.get('Pod', namespace, name);
  if (pod === undefined) return;
  for (const container of pod.spec.containers) {
    const record = worker.containers.find((one) => one.name === container.name);
    if (record?.phase !== 'running' || (names !== undefined && !names.includes(container.name))) continue;
    for (const first of firstProbes(worker, container, at, kubelet.startedAt, state.config.minor)) {
      const ref = { namespace, name, uid, container: container.name, type: first.type, life: record.restarts };
      scheduleProbe(kubelet, record, ref, first.at, schedule);
    }
  }
}

/** A probe was answered: it is asked again, and a startup probe that has succeeded lets the others begin. */
export function planEnded(state: ClusterState, event: ClusterEventOf<'ProbeEnded'>, schedule: Schedule): void {
  if (event.result === ProbeResult.Unknown) return;
  const { output: _output, ...ref } = JSON.parse(event.text) as ProbeRef;
  const kubelet = state.components[event.component]!;
  const asked = askedBy(state, kubelet, ref);
  if (asked === undefined || !isAlive(asked, ref)) return;
  const { worker, container, record, probe } = asked;
  if (ref.type === 'startup' && isStarted(worker, container)) {
    planProbes(state, kubelet, worker, [ref.container], event.at, schedule);
    return;
  }
  if (ref.type !== 'readiness' && resultOf(record, ref.type) === ProbeResult.Failure) return;
  // The answer may have taken as long as its time-out allows.
  scheduleProbe(kubelet, record, ref, Math.max(event.at, event.sentAt + probe.periodSeconds * SECOND), schedule);
}

function scheduleProbe(
  kubelet: Readonly<Component>,
  record: ContainerRecord,
  ref: ProbeRef,
  at: number,
  schedule: Schedule,
): void {
  // While nobody knows yet how the container is, the question is no mere upkeep.
  const open = (record.probes[ref.type as ProbeType]?.last ?? ProbeResult.Unknown) === ProbeResult.Unknown;
  const kind = open ? ClusterCommandKind.ProbeContainer : ClusterCommandKind.RepeatProbe;
  schedule({ kind, at, component: kubelet.number, epoch: kubelet.epoch, text: JSON.stringify(ref) });
}
