/**
 * Pods in `kubectl get`: the one status word is made of the phase, the containers' states and the deletion mark.
 */
import { isConditionTrue } from '../../../controllers/object/metadata.ts';
import type { ContainerStatus, Pod } from '../../../controllers/object/pod.ts';
import { isPodReady, isPodTerminal } from '../../../controllers/object/pod.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

/** API servers tell when a container last restarted from this release on. */
const RESTART_AGE_MINOR = 22;

export const podTable: KindTable<Pod> = {
  columns: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
  wideColumns: ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
  row(pod, { nowSeconds, minor }) {
    const { metadata, spec, status } = pod;
    const statuses = status.containerStatuses ?? [];
    const ready = statuses.filter((container) => container.ready && container.state?.running !== undefined).length;
    return [
      metadata.name,
      `${ready}/${spec.containers.length}`,
      podReason(pod),
      restartsOf(
        initReason(pod) === undefined ? statuses : (status.initContainerStatuses ?? []),
        nowSeconds,
        minor >= RESTART_AGE_MINOR,
      ),
      ageOf(metadata.creationTimestamp, nowSeconds),
      status.podIPs?.[0]?.ip ?? status.podIP ?? '<none>',
      spec.nodeName || '<none>',
      status.nominatedNodeName || '<none>',
      gatesOf(pod),
    ];
  },
};

/** The STATUS of a pod, also of its `describe`. */
export function podReason(pod: Pod): string {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') return 'Unknown';
    if (!isPodTerminal(pod)) return 'Terminating';
  }
  let reason = status.reason || status.phase;
  const initializing = initReason(pod);
  if (initializing !== undefined) return initializing;
  let running = false;
  for (const container of [...(status.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated !== undefined) reason = terminated.reason || `ExitCode:${terminated.exitCode}`;
    else if (container.ready && container.state?.running !== undefined) running = true;
  }
  if (reason === 'Completed' && running) return isPodReady(pod) ? 'Running' : 'NotReady';
  return reason;
}

/** How far the init containers are; `undefined` once they have done their work. */
function initReason({ spec, status }: Pod): string | undefined {
  const all = spec.initContainers ?? [];
  if (isConditionTrue(status.conditions, 'Initialized')) return undefined;
  for (const [i, { state, started }] of (status.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = state ?? {};
    if (terminated?.exitCode === 0 || (all[i]?.restartPolicy === 'Always' && started === true)) continue;
    if (terminated !== undefined) return `Init:${terminated.reason || `ExitCode:${terminated.exitCode}`}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${i}/${all.length}`;
  }
  return undefined;
}

function restartsOf(statuses: readonly ContainerStatus[], nowSeconds: number, withAge: boolean): string {
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = statuses.map(({ lastState }) => lastState?.terminated?.finishedAt ?? '').sort();
  const last = ends.at(-1) ?? '';
  return restarts === 0 || last === '' || !withAge ? String(restarts) : `${restarts} (${ageOf(last, nowSeconds)} ago)`;
}

function gatesOf({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => isConditionTrue(status.conditions, conditionType)).length}/${gates.length}`;
}
