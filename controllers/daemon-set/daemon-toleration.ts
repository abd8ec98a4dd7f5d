/**
 * What pods of a DaemonSet bear beside what their template says: a node that is not well keeps them.
 * @see kubernetes pkg/controller/daemon/util/daemonset_util.go AddOrUpdateDaemonPodTolerations
 */
import type { PodSpec, Toleration } from '../object/pod.ts';

const ALWAYS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

const ON_HOST: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): readonly Toleration[] {
  const added = hostNetwork === true ? [...ALWAYS, ON_HOST] : ALWAYS;
  const isKnown = (one: Toleration): boolean =>
    tolerations.some(
      ({ key, operator, effect }) => key === one.key && operator === one.operator && effect === one.effect,
    );
  return [...tolerations, ...added.filter((one) => !isKnown(one))];
}
