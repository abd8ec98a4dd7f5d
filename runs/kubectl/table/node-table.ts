/**
 * Nodes in `kubectl get`.
 */
import type { Node } from '../../../controllers/object/node.ts';
import { ageOf } from '../duration.ts';
import type { KindTable } from './kind-table.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const nodeTable: KindTable<Node> = {
  columns: ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'],
  wideColumns: ['INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
  row(node, { nowSeconds }) {
    const { metadata, status } = node;
    const info = status.nodeInfo ?? {};
    return [
      metadata.name,
      statusOf(node),
      rolesOf(node),
      ageOf(metadata.creationTimestamp, nowSeconds),
      info['kubeletVersion'] ?? '',
      addressOf(node, 'InternalIP'),
      addressOf(node, 'ExternalIP'),
      info['osImage'] || '<unknown>',
      info['kernelVersion'] || '<unknown>',
      info['containerRuntimeVersion'] || '<unknown>',
    ];
  },
};

function statusOf({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

/** Also in `describe`. */
export function rolesOf({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) =>
    label.startsWith(ROLE_PREFIX) && label.length > ROLE_PREFIX.length
      ? [label.slice(ROLE_PREFIX.length)]
      : label === ROLE_LABEL && value !== ''
        ? [value]
        : [],
  );
  return [...new Set(roles)].sort().join(',') || '<none>';
}

function addressOf({ status }: Node, wanted: string): string {
  return status.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}
