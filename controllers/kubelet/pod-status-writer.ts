/**
 * The status that a kubelet reports for a pod.
 * @see kubernetes pkg/kubelet/kubelet_pods.go generateAPIPodStatus
 */
import { SECOND } from '../../core/time.ts';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import type { Condition } from '../object/metadata.ts';
import { isConditionTrue } from '../object/metadata.ts';
import type { Container, ContainerStatus, Pod, PodPhase, PodStatus } from '../object/pod.ts';
import { withCondition } from '../pod-status.ts';
import type { ConfigFaults } from './config-fault.ts';
import type { ContainerRecord } from './container-record.ts';
import { newContainer } from './container-record.ts';
import { behaviourOf, isSidecar } from './image-behaviour.ts';
import { podText } from './pod-notes.ts';
import type { PodWorker } from './pod-worker.ts';
import { isStarted } from './probe.ts';

export interface StatusInputs {
  readonly pod: Pod;
  readonly worker: PodWorker;
  readonly node: NodeConfig;
  /** Whether a container is ready. */
  readonly ready: (container: Container) => boolean;
  /** Restarts that the pod brought along from before the run. */
  readonly restartsBefore: number;
  /** Containers that could not be made; absent: all could. */
  readonly faults?: ConfigFaults;
  readonly config: ClusterConfig;
  /** Kubernetes minor release: some conditions are newer. */
  readonly minor: number;
  readonly timestamp: string;
  /** Wall-clock text of an instant in ns. */
  readonly timestampOf: (at: number) => string;
}

/** Pods tell that their sandbox is there from this release on. @see KEP-3085 */
const SANDBOX_CONDITION_MINOR = 29;
/** `hostIPs`. @see KEP-2681 */
const HOST_IPS_MINOR = 30;

export function kubeletStatus(inputs: StatusInputs): PodStatus {
  const { pod, worker, node, minor, timestamp, timestampOf } = inputs;
  const ips = worker.sandbox?.ips ?? [];
  const addresses = ips.length === 0 ? {} : { podIP: ips[0] as string, podIPs: ips.map((ip) => ({ ip })) };
  const hostIPs = minor >= HOST_IPS_MINOR ? { hostIPs: node.ips.map((ip) => ({ ip })) } : {};
  return {
    ...pod.status,
    phase: phaseOf(worker, pod, minor),
    conditions: conditionsOf(inputs, timestamp),
    hostIP: node.ips[0] ?? '',
    ...hostIPs,
    ...addresses,
    startTime: pod.status.startTime ?? timestampOf(worker.acceptedAt),
    qosClass: qosClass(pod),
    ...initStatuses(inputs),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(inputs, container)),
  } as PodStatus;
}

/** Pods that were deleted end in Succeeded or Failed, too, from this release on. @see KEP-3329 */
const TERMINAL_PHASE_MINOR = 27;

function phaseOf(worker: PodWorker, { metadata }: Pod, minor: number): PodPhase {
  const told = metadata.deletionTimestamp === undefined || minor >= TERMINAL_PHASE_MINOR;
  if (worker.phase === 'ended' && told) return worker.exitCode === 0 ? 'Succeeded' : 'Failed';
  return worker.startedAt < 0 ? 'Pending' : 'Running';
}

function conditionsOf({ pod, worker, ready, minor }: StatusInputs, timestamp: string): readonly Condition[] {
  const done = worker.phase === 'ended';
  const waiting = pod.spec.containers.filter((container) => !ready(container)).map(({ name }) => name);
  const gated = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) => !isConditionTrue(pod.status.conditions, conditionType),
  );
  const why =
    waiting.length === 0
      ? {}
      : done
        ? { reason: worker.exitCode === 0 ? 'PodCompleted' : 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${waiting.join(' ')}]` };
  const readiness = waiting.length === 0 ? 'True' : 'False';
  const missing = pod.spec.initContainers?.filter((container) => !isSidecar(container)).slice(worker.initialized) ?? [];
  const list: Condition[] = [];
  if (minor >= SANDBOX_CONDITION_MINOR) {
    const there = worker.sandbox !== undefined && !done;
    list.push({ type: 'PodReadyToStartContainers', status: there ? 'True' : 'False' });
  }
  const uninitialized = `containers with incomplete status: [${missing.map(({ name }) => name).join(' ')}]`;
  list.push(
    missing.length === 0
      ? { type: 'Initialized', status: 'True' }
      : { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message: uninitialized },
  );
  list.push(
    waiting.length > 0 || gated.length === 0
      ? { type: 'Ready', status: readiness, ...why }
      : { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: gateText(pod, gated) },
  );
  list.push({ type: 'ContainersReady', status: readiness, ...why });
  list.push({ type: 'PodScheduled', status: 'True' });
  const known = pod.status.conditions ?? [];
  const told = list.map((condition) => {
    const [one] = withCondition(
      known.filter(({ type }) => type === condition.type),
      condition,
      timestamp,
    );
    return one as Condition;
  });
  return [...told, ...known.filter(({ type }) => !list.some((condition) => condition.type === type))];
}

/** @see kubernetes pkg/kubelet/status/generate.go GeneratePodReadyCondition */
function gateText({ status }: Pod, gated: readonly { readonly conditionType: string }[]): string {
  return gated
    .map(({ conditionType }) =>
      status.conditions?.some(({ type }) => type === conditionType)
        ? `the status of pod readiness gate "${conditionType}" is not "True", but False`
        : `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
    )
    .join(', ');
}

function containerStatus(inputs: StatusInputs, container: Container): ContainerStatus {
  const { worker, ready, restartsBefore, timestampOf } = inputs;
  const { name, image = '' } = container;
  const record = worker.containers.find((one) => one.name === name) ?? newContainer(name);
  const exit = record.exitedAt < 0 ? undefined : exitState(record, timestampOf);
  return {
    name,
    image,
    ready: ready(container),
    started: isStarted(worker, container),
    restartCount: record.restarts + restartsBefore,
    state: stateOf(inputs, record),
    ...(exit !== undefined && record.phase !== 'ended' ? { lastState: exit } : {}),
  };
}

function stateOf(inputs: StatusInputs, record: ContainerRecord): NonNullable<ContainerStatus['state']> {
  const { worker, pod, timestampOf, faults } = inputs;
  if (record.phase === 'running' || record.phase === 'stopping')
    return { running: { startedAt: timestampOf(record.startedAt) } };
  if (record.phase === 'ended' && record.exitedAt >= 0) return exitState(record, timestampOf);
  const delayNs = record.dueAt - record.exitedAt;
  if (record.exitedAt >= 0 && delayNs > 0) {
    const message = `back-off ${backoffText(delayNs)} restarting failed container=${record.name} pod=${podText(pod)}`;
    return { waiting: { reason: 'CrashLoopBackOff', message } };
  }
  const message = faults?.get(record.name);
  if (message !== undefined) return { waiting: { reason: 'CreateContainerConfigError', message } };
  const early =
    pod.spec.initContainers !== undefined && (worker.phase === 'initializing' || worker.phase === 'creating');
  return { waiting: { reason: early ? 'PodInitializing' : 'ContainerCreating' } };
}

/** As Go prints a time of whole seconds: `10s`, `1m20s`, `5m0s`. */
function backoffText(ns: number): string {
  const seconds = Math.round(ns / SECOND);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function exitState(
  { exitCode, exitedAt, startedAt }: Pick<ContainerRecord, 'exitCode' | 'exitedAt' | 'startedAt'>,
  timestampOf: (at: number) => string,
): NonNullable<ContainerStatus['state']> {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const since = startedAt < 0 || startedAt > exitedAt ? {} : { startedAt: timestampOf(startedAt) };
  return { terminated: { exitCode, reason, ...since, finishedAt: timestampOf(exitedAt) } };
}

function initStatuses(inputs: StatusInputs): { readonly initContainerStatuses?: readonly ContainerStatus[] } {
  const { pod, worker, timestampOf } = inputs;
  if (pod.spec.initContainers === undefined) return {};
  const ends = { exitedAt: worker.initExitedAt, startedAt: -1 };
  let turn = 0;
  return {
    initContainerStatuses: pod.spec.initContainers.map((container) => {
      const { name, image = '' } = container;
      const base = { name, image, restartCount: 0 };
      if (isSidecar(container)) {
        const runs = worker.startedAt >= 0 && worker.phase !== 'ended';
        const state = runs
          ? { running: { startedAt: timestampOf(worker.startedAt) } }
          : { waiting: { reason: 'PodInitializing' } };
        return { ...base, ready: runs, started: runs, state };
      }
      const index = turn++;
      if (index < worker.initialized)
        return { ...base, ready: true, started: false, state: exitState({ ...ends, exitCode: 0 }, timestampOf) };
      const mine = index === worker.initialized && worker.phase === 'initializing';
      const { exitCode } = behaviourOf(inputs.config, container);
      const failed = mine && worker.initRestarts > 0;
      const state = failed
        ? { waiting: { reason: 'CrashLoopBackOff' } }
        : mine
          ? { running: { startedAt: timestampOf(Math.max(worker.acceptedAt, worker.initExitedAt)) } }
          : { waiting: { reason: 'PodInitializing' } };
      return {
        ...base,
        restartCount: mine ? worker.initRestarts : 0,
        ready: false,
        started: false,
        state,
        ...(failed ? { lastState: exitState({ ...ends, exitCode }, timestampOf) } : {}),
      };
    }),
  };
}

/** @see kubernetes pkg/apis/core/v1/helper/qos/qos.go */
function qosClass({ spec }: Pod): string {
  const each = spec.containers.map(({ resources }) => ({ ...resources }));
  if (each.every(({ requests, limits }) => isEmpty(requests) && isEmpty(limits))) return 'BestEffort';
  const guaranteed = each.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = limits?.[name];
      return limit !== undefined && (requests?.[name] === undefined || requests[name] === limit);
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function isEmpty(list: object | undefined): boolean {
  return list === undefined || Object.keys(list).length === 0;
}
