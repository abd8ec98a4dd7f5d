/**
 * `kubectl describe node`.
 */
import type { Node } from '../../../controllers/object/node.ts';
import { isPodTerminal, type Pod, type ResourceList } from '../../../controllers/object/pod.ts';
import { quantityValue } from '../../../controllers/object/quantity.ts';
import { timestampAt } from '../../../controllers/timestamp.ts';
import type { ClusterView } from '../cluster-view.ts';
import { ageOf } from '../duration.ts';
import { formatBytes, formatCores } from '../quantity.ts';
import { rolesOf } from '../table/node-table.ts';
import { type Description, longTime } from './description.ts';

export function describeNode(text: Description, node: Node, cluster: ClusterView): void {
  const { metadata, spec, status } = node;
  text.line(0, 'Name:', metadata.name);
  text.line(0, 'Roles:', rolesOf(node));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'CreationTimestamp:', longTime(metadata.creationTimestamp));
  const taints = (spec.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  text.items('Taints', taints);
  text.line(0, 'Unschedulable:', spec.unschedulable ?? false);
  describeLease(text, node, cluster);
  describeConditions(text, node);
  text.line(0, 'Addresses:');
  for (const { type, address } of status.addresses ?? []) text.line(1, `${type}:`, address);
  describeAmounts(text, 'Capacity:', status.capacity);
  describeAmounts(text, 'Allocatable:', status.allocatable);
  describeSystem(text, status.nodeInfo ?? {});
  if (spec.podCIDR) text.line(0, 'PodCIDR:', spec.podCIDR);
  const ranges = spec.podCIDRs ?? [];
  if (ranges.length > 0) text.line(0, 'PodCIDRs:', ranges.join(','));
  if (spec.providerID) text.line(0, 'ProviderID:', spec.providerID);
  describePods(text, node, cluster);
}

/** Leases are kept apart from the objects: only when each was renewed last. */
function describeLease(text: Description, { metadata }: Node, { leases, config }: ClusterView): void {
  const renewedAt = leases?.get(metadata.name);
  if (renewedAt === undefined) {
    text.line(0, 'Lease:', `Failed to get lease: leases.coordination.k8s.io "${metadata.name}" not found`);
    return;
  }
  text.line(0, 'Lease:');
  text.line(1, 'HolderIdentity:', metadata.name);
  text.line(1, 'AcquireTime:', '<unset>');
  text.line(1, 'RenewTime:', longTime(timestampAt(config.startSeconds, renewedAt)));
}

function describeConditions(text: Description, { status }: Node): void {
  const conditions = status.conditions ?? [];
  if (conditions.length === 0) return;
  const heads = ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'];
  text.line(0, 'Conditions:');
  text.line(1, ...heads);
  text.line(1, ...heads.map((head) => '-'.repeat(head.length)));
  for (const { type, status: value, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' } of conditions) {
    const times = [lastHeartbeatTime, lastTransitionTime].map((time) => `${longTime(time)} `);
    text.line(1, `${type} `, `${value} `, ...times, `${reason} `, message);
  }
}

function describeAmounts(text: Description, title: string, amounts: ResourceList | undefined): void {
  if (amounts === undefined) return;
  text.line(0, title);
  for (const name of Object.keys(amounts).sort()) text.line(1, `${name}:`, String(amounts[name]));
}

const SYSTEM_LINES = [
  ['Machine ID:', 'machineID'],
  ['System UUID:', 'systemUUID'],
  ['Boot ID:', 'bootID'],
  ['Kernel Version:', 'kernelVersion'],
  ['OS Image:', 'osImage'],
  ['Operating System:', 'operatingSystem'],
  ['Architecture:', 'architecture'],
  ['Container Runtime Version:', 'containerRuntimeVersion'],
  ['Kubelet Version:', 'kubeletVersion'],
  ['Kube-Proxy Version:', 'kubeProxyVersion'],
] as const;

function describeSystem(text: Description, info: Readonly<Record<string, string>>): void {
  text.line(0, 'System Info:');
  for (const [title, field] of SYSTEM_LINES) text.line(1, title, info[field] ?? '');
}

function describePods(text: Description, { metadata, status }: Node, { view, nowSeconds }: ClusterView): void {
  const pods = view.listBy('Pod', 'node', metadata.name).filter((pod) => !isPodTerminal(pod));
  const total = status.allocatable ?? status.capacity ?? {};
  const share = (amount: number, name: string): string => {
    const most = quantityValue(total[name]);
    return `(${most === 0 ? 0 : Math.trunc((amount / most) * 100)}%)`;
  };
  const cores = (amount: number): string => `${formatCores(amount)} ${share(amount, 'cpu')}`;
  const bytes = (amount: number): string => `${formatBytes(amount)} ${share(amount, 'memory')}`;
  const heads = ['Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'];
  text.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`);
  text.line(1, ...heads);
  text.line(1, ...heads.map((head) => '-'.repeat(head.length)));
  for (const pod of pods) {
    const { namespace = '', name, creationTimestamp } = pod.metadata;
    const [cpu, most] = [sumOf([pod], 'requests', 'cpu'), sumOf([pod], 'limits', 'cpu')];
    const [memory, mostMemory] = [sumOf([pod], 'requests', 'memory'), sumOf([pod], 'limits', 'memory')];
    const amounts = [cores(cpu), cores(most), bytes(memory), bytes(mostMemory)];
    text.line(1, namespace, name, '', ...amounts, ageOf(creationTimestamp, nowSeconds));
  }
  text.line(0, 'Allocated resources:');
  text.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  text.line(1, 'Resource', 'Requests', 'Limits');
  text.line(1, '--------', '--------', '------');
  text.line(1, 'cpu', cores(sumOf(pods, 'requests', 'cpu')), cores(sumOf(pods, 'limits', 'cpu')));
  text.line(1, 'memory', bytes(sumOf(pods, 'requests', 'memory')), bytes(sumOf(pods, 'limits', 'memory')));
  text.line(1, 'ephemeral-storage', '0 (0%)', '0 (0%)');
}

function sumOf(pods: readonly Pod[], which: 'requests' | 'limits', name: string): number {
  let sum = 0;
  for (const { spec } of pods) {
    for (const { resources } of spec.containers) {
      const asked = resources?.[which]?.[name] ?? (which === 'requests' ? resources?.limits?.[name] : undefined);
      sum += quantityValue(asked);
    }
  }
  return sum;
}
