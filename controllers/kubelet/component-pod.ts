/**
 * Which parts of the control plane live in which pods: they stop and start with them, and read their flags there.
 */
import { CONTROLLER_MANAGER } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import { listAt, type Manifest, objectAt } from '../object/manifest.ts';
import type { ClusterState } from '../state.ts';
import { type PodEvent, podRefOf } from './pod-worker.ts';

type NodePortRange = ClusterConfig['nodePortRange'];

const NAMESPACE = 'kube-system';
/** @see kubernetes pkg/kubeapiserver/options/options.go DefaultServiceNodePortRange */
export const DEFAULT_NODE_PORTS: NodePortRange = { first: 30_000, last: 32_767 };

/** Names of the components that an event's pod holds. */
export function componentsIn({ components }: ClusterState, event: PodEvent): readonly string[] {
  if (!event.text.includes(NAMESPACE)) return [];
  const { namespace, name } = podRefOf(event);
  const node = components[event.component]?.node?.name ?? '';
  if (namespace !== NAMESPACE) return [];
  if (name === `kube-apiserver-${node}`) return ['api-server'];
  if (name === `kube-scheduler-${node}`) return ['scheduler'];
  if (/^kube-proxy-[^-]+$/.test(name)) return [`kube-proxy@${node}`];
  if (name !== `kube-controller-manager-${node}`) return [];
  return components
    .filter(({ kind }) => CONTROLLER_MANAGER.has(kind) || kind === 'node-lifecycle')
    .map((one) => one.name);
}

export function isApiServer(manifest: Manifest): boolean {
  return objectAt(manifest, 'metadata')['name'] === 'kube-apiserver';
}

/** `--service-node-port-range=30000-32767` of a pod's first container; `undefined`: it says nothing of it. */
export function nodePortRangeIn(manifest: Manifest): NodePortRange | undefined {
  const [container] = listAt(objectAt(manifest, 'spec'), 'containers') ?? [];
  const words = [container?.['command'], container?.['args']].flatMap((list) => (Array.isArray(list) ? list : []));
  const flag = words.map((word) => /^--service-node-port-range=(\d+)-(\d+)$/.exec(String(word))).find((match) => match);
  return flag == null ? undefined : { first: Number(flag[1]), last: Number(flag[2]) };
}
