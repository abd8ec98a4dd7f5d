/**
 * The status that a kubelet reports for a pod.
 * @see kubernetes pkg/kubelet/kubelet_pods.go generateAPIPodStatus
 */
import type { NodeConfig } from '../config.ts';
import type { Condition } from '../object/metadata.ts';
import type { ContainerStatus, Pod, PodPhase, PodStatus } from '../object/pod.ts';
import { withCondition } from '../pod-status.ts';
import type { PodWorker } from './pod-worker.ts';

export interface StatusInputs {
  readonly pod: Pod;
  readonly worker: PodWorker;
  readonly node: NodeConfig;
  readonly ready: boolean;
  /** Restarts that the pod brought along from before the run. */
  readonly restartsBefore: number;
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
    phase: phaseOf(worker),
    conditions: conditionsOf(inputs, timestamp),
    hostIP: node.ips[0] ?? '',
    ...hostIPs,
    ...addresses,
    startTime: pod.status.startTime ?? timestampOf(worker.acceptedAt),
    qosClass: qosClass(pod),
    containerStatuses: pod.spec.containers.map(({ name, image }) => containerStatus(inputs, name, image)),
  } as PodStatus;
}

function phaseOf(worker: PodWorker): PodPhase {
  if (worker.phase === 'ended') return worker.exitCode === 0 ? 'Succeeded' : 'Failed';
  return worker.startedAt < 0 ? 'Pending' : 'Running';
}

function conditionsOf({ pod, worker, ready, minor }: StatusInputs, timestamp: string): readonly Condition[] {
  const ended = worker.phase === 'ended';
  const waiting = pod.spec.containers.map(({ name }) => name).join(' ');
  const why = ready
    ? {}
    : ended
      ? { reason: worker.exitCode === 0 ? 'PodCompleted' : 'PodFailed' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${waiting}]` };
  const readiness = ready ? 'True' : 'False';
  const list: Condition[] = [];
  if (minor >= SANDBOX_CONDITION_MINOR) {
    const there = worker.sandbox !== undefined && !ended;
    list.push({ type: 'PodReadyToStartContainers', status: there ? 'True' : 'False' });
  }
  list.push({ type: 'Initialized', status: 'True' });
  list.push({ type: 'Ready', status: readiness, ...why });
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

function containerStatus(inputs: StatusInputs, name: string, image = ''): ContainerStatus {
  const { worker, ready, restartsBefore, timestampOf } = inputs;
  const started = worker.phase === 'running' || worker.phase === 'stopping';
  return {
    name,
    image,
    ready,
    started,
    restartCount: worker.restarts + restartsBefore,
    state: stateOf(worker, started, timestampOf),
    ...(worker.exitedAt >= 0 && worker.phase !== 'ended' ? { lastState: exitState(worker, timestampOf) } : {}),
  };
}

function stateOf(
  worker: PodWorker,
  started: boolean,
  timestampOf: (at: number) => string,
): NonNullable<ContainerStatus['state']> {
  if (started) return { running: { startedAt: timestampOf(worker.startedAt) } };
  if (worker.phase === 'ended') return exitState(worker, timestampOf);
  if (worker.phase === 'waiting' && worker.dueAt > worker.exitedAt) return { waiting: { reason: 'CrashLoopBackOff' } };
  return { waiting: { reason: 'ContainerCreating' } };
}

function exitState(worker: PodWorker, timestampOf: (at: number) => string): NonNullable<ContainerStatus['state']> {
  const { exitCode, exitedAt } = worker;
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { terminated: { exitCode, reason, finishedAt: timestampOf(exitedAt) } };
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
