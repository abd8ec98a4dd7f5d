/**
 * The environment of a pod that runs, out of what the control plane remembers of its start.
 */
import type { Container, Pod } from '../object/pod.ts';
import { keyOf } from '../object-key.ts';
import type { ClusterState } from '../state.ts';
import { containerEnvironment } from './container-environment.ts';
import type { Variable } from './service-variables.ts';

/** @param container by name; absent: the first @returns nothing for a pod that has not started, or no such container */
export function podEnvironment(
  { config, kubelets, serviceLinks, store }: ClusterState,
  pod: Pod,
  container?: string,
): readonly Variable[] {
  const found: Container | undefined =
    container === undefined ? pod.spec.containers[0] : pod.spec.containers.find(({ name }) => name === container);
  const worker = kubelets.get(pod.spec.nodeName ?? '')?.workers.get(keyOf(pod));
  if (found === undefined || worker?.sandbox === undefined || worker.startedAt < 0) return [];
  return containerEnvironment(found, {
    pod,
    ips: worker.sandbox.ips,
    nodeIps: config.nodes.find(({ name }) => name === pod.spec.nodeName)?.ips ?? [],
    services: serviceLinks.of(pod.metadata.uid ?? ''),
    configs: serviceLinks.configsOf(pod.metadata.uid ?? ''),
    allocatable: store.get('Node', undefined, pod.spec.nodeName ?? '')?.status.allocatable ?? {},
  });
}
