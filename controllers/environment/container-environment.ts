/**
 * What a container finds in its environment: its own `env`, and the variables of the Services that it is told of.
 * @see kubernetes pkg/kubelet/kubelet_pods.go makeEnvironmentVariables
 */
import { textsOf } from '../object/config-map.ts';
import type { Container, EnvironmentVariable, Pod, ResourceList } from '../object/pod.ts';
import type { Service } from '../object/service.ts';
import { bulkVariables, type FindConfig, keyReference } from './config-source.ts';
import { expandReferences } from './expansion.ts';
import { resourceValue } from './resource-value.ts';
import { hasAddress, serviceVariables, type Variable } from './service-variables.ts';

/** The Service that every pod is told of, in whatever namespace it is. */
const MASTER = { namespace: 'default', name: 'kubernetes' } as const;

/** What is known of a pod when its containers start. */
export interface StartedPod {
  readonly pod: Pod;
  /** At most one a family. */
  readonly ips: readonly string[];
  readonly nodeIps: readonly string[];
  /** All that were there. */
  readonly services: readonly Service[];
  /** ConfigMaps and Secrets that were there. */
  readonly configs: FindConfig;
  /** What the node has for pods. */
  readonly allocatable: ResourceList;
}

/**
 * In the order of `envFrom` and `env`, then of the Services' names; a name stands once. What refers to a ConfigMap or
 * Secret that is not there is left out.
 */
export function containerEnvironment(container: Container, started: StartedPod): readonly Variable[] {
  const links = new Map(serviceVariables(linkedServices(started)));
  const own = new Map<string, string>(bulkVariables(container, started.configs));
  for (const variable of container.env ?? []) {
    // A later value may refer to an earlier one, and to a Service's unless the container has set that name itself.
    links.delete(variable.name);
    const value = variableValue(variable, container, started, (name) => own.get(name) ?? links.get(name));
    if (value !== undefined) own.set(variable.name, value);
  }
  return [...own, ...[...links].filter(([name]) => !own.has(name))];
}

/** Services with an address, by name: those of the pod's namespace, unless it wants none, and the API server's. */
function linkedServices({ pod, services }: StartedPod): readonly Service[] {
  const { namespace } = pod.metadata;
  const linked = new Map<string, Service>();
  for (const service of services.filter(hasAddress)) {
    const { name, namespace: place } = service.metadata;
    if (place === MASTER.namespace && name === MASTER.name) {
      if (!linked.has(name)) linked.set(name, service);
    } else if (place === namespace && pod.spec.enableServiceLinks !== false) linked.set(name, service);
  }
  return [...linked.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function variableValue(
  { value = '', valueFrom }: EnvironmentVariable,
  container: Container,
  started: StartedPod,
  known: (name: string) => string | undefined,
): string | undefined {
  if (value !== '') return expandReferences(value, known);
  if (valueFrom === undefined) return '';
  const reference = keyReference(valueFrom);
  if (reference !== undefined) {
    const object = started.configs(reference.kind, reference.name);
    return object === undefined ? undefined : textsOf(object).get(reference.key);
  }
  const { fieldRef, resourceFieldRef } = valueFrom as {
    readonly fieldRef?: { readonly fieldPath?: string };
    readonly resourceFieldRef?: Parameters<typeof resourceValue>[0];
  };
  if (resourceFieldRef !== undefined)
    return resourceValue(resourceFieldRef, container, started.pod.spec.containers, started.allocatable);
  return fieldRef?.fieldPath === undefined ? undefined : fieldOf(fieldRef.fieldPath, started);
}

/** @see kubernetes pkg/fieldpath/fieldpath.go, pkg/kubelet/kubelet_pods.go podFieldSelectorRuntimeValue */
function fieldOf(path: string, { pod: { metadata, spec }, ips, nodeIps }: StartedPod): string | undefined {
  const key = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path);
  if (key !== null) return metadata[key[1] as 'labels' | 'annotations']?.[key[2]!] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.hostIP':
      return nodeIps[0] ?? '';
    case 'status.hostIPs':
      return nodeIps.join(',');
    case 'status.podIP':
      return ips[0] ?? '';
    case 'status.podIPs':
      return ips.join(',');
    default:
      return undefined;
  }
}
