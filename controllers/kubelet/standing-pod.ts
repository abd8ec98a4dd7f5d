/**
 * A pod that ran before the run began: its kubelet knows it as one that runs, and has told so. When its containers were
 * last started is not known, so they count as started at t = 0.
 */
import type { ClusterConfig, NodeConfig } from '../config.ts';
import type { PodSandbox } from '../node-agent.ts';
import type { Pod } from '../object/pod.ts';
import { timestampAt } from '../timestamp.ts';
import { newContainer, started } from './container-record.ts';
import { listenedPorts } from './listened-ports.ts';
import { kubeletStatus } from './pod-status-writer.ts';
import type { PodWorker } from './pod-worker.ts';

/** @param uid by which the kubelet knows the pod: that of a static pod is not its mirror's */
export function standingWorker(pod: Pod, uid: string, node: NodeConfig, config: ClusterConfig): PodWorker {
  const { namespace = '', name } = pod.metadata;
  const { containers, hostname = node.name } = pod.spec;
  const ref = { namespace, name, uid };
  const sandbox: PodSandbox = {
    ...ref,
    ips: node.ips,
    hostNetwork: true,
    hostname,
    containers: containers.map((container) => ({
      name: container.name,
      image: container.image ?? '',
      ports: listenedPorts(container, config),
    })),
  };
  return {
    ref,
    phase: 'running',
    dueAt: 0,
    sandbox,
    acceptedAt: 0,
    jitter: 0,
    startedAt: 0,
    exitedAt: -1,
    exitCode: 0,
    initialized: 0,
    initRestarts: 0,
    initExitedAt: -1,
    initExitCode: 0,
    containers: containers.map((container) => started(newContainer(container.name), 0)),
    killAt: 0,
  };
}

/**
 * The pod with the status that its kubelet has reported.
 * @param restarts of each of its containers before the run
 */
export function standingPod(
  pod: Pod,
  worker: PodWorker,
  node: NodeConfig,
  config: ClusterConfig,
  restarts: number,
): Pod {
  const timestamp = pod.metadata.creationTimestamp ?? timestampAt(config.startSeconds, 0);
  const status = kubeletStatus({
    pod: { ...pod, status: { ...pod.status, startTime: timestamp } },
    worker,
    node,
    ready: () => true,
    restartsBefore: restarts,
    config,
    minor: config.minor,
    timestamp,
    timestampOf: (instant) => timestampAt(config.startSeconds, instant),
  });
  return { ...pod, status };
}
