/**
 * From a decoded manifest to the object that would be stored, for every kind that the model keeps.
 */
import { defaultCronJob, defaultJob } from './batch-defaults.ts';
import type { ConfigMap } from './config-map.ts';
import { defaultSecret } from './config-map.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { Endpoints } from './endpoints.ts';
import type { Kind, KubeObject } from './kind.ts';
import type { Manifest } from './manifest.ts';
import { listAt, objectAt, withDefaults, withoutNulls } from './manifest.ts';
import type { Namespace } from './namespace.ts';
import type { Node } from './node.ts';
import { defaultPod } from './pod-defaults.ts';
import { defaultBudget } from './pod-disruption-budget.ts';
import { defaultService } from './service-defaults.ts';
import {
  defaultDaemonSet,
  defaultDeployment,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
} from './workload-defaults.ts';

/**
 * Fills in what the user left out. Pure: what is drawn or allocated (uid, addresses, node ports) is not set here.
 * @param manifest decoded, its metadata complete
 * @param minor release of the API server: 16 for 1.16
 */
export function defaultObject(kind: Kind, manifest: Manifest, minor: number): KubeObject {
  switch (kind) {
    case 'Service':
      return defaultService(manifest, minor);
    case 'Pod':
      return defaultPod(manifest);
    case 'Deployment':
      return defaultDeployment(manifest);
    case 'ReplicaSet':
      return defaultReplicaSet(manifest);
    case 'DaemonSet':
      return defaultDaemonSet(manifest);
    case 'StatefulSet':
      return defaultStatefulSet(manifest);
    case 'ReplicationController':
      return defaultReplicationController(manifest);
    case 'Job':
      return defaultJob(manifest, minor);
    case 'CronJob':
      return defaultCronJob(manifest);
    case 'ConfigMap':
      return withoutNulls(manifest) as unknown as ConfigMap;
    case 'Secret':
      return defaultSecret(withoutNulls(manifest));
    case 'PodDisruptionBudget':
      return defaultBudget(manifest);
    case 'Endpoints':
      return defaultEndpoints(manifest);
    case 'EndpointSlice':
      return defaultEndpointSlice(manifest);
    case 'Namespace':
      return defaultNamespace(manifest);
    case 'Node':
      return defaultNode(manifest);
  }
}

function defaultEndpoints(manifest: Manifest): Endpoints {
  const subsets = listAt(manifest, 'subsets')?.map((subset) => {
    const ports = listAt(subset, 'ports')?.map((port) => withDefaults(port, { protocol: 'TCP' }));
    return ports === undefined ? subset : { ...subset, ports };
  });
  return { ...manifest, ...(subsets === undefined ? {} : { subsets }) } as unknown as Endpoints;
}

function defaultEndpointSlice(manifest: Manifest): EndpointSlice {
  const ports = listAt(manifest, 'ports')?.map((port) => ({ name: '', ...withDefaults(port, { protocol: 'TCP' }) }));
  const endpoints = (listAt(manifest, 'endpoints') ?? []).map((endpoint) => ({ addresses: [], ...endpoint }));
  return { ...manifest, endpoints, ...(ports === undefined ? {} : { ports }) } as unknown as EndpointSlice;
}

/** Since 1.21 every namespace bears its own name as a label; harmless before. */
function defaultNamespace(manifest: Manifest): Namespace {
  const metadata = objectAt(manifest, 'metadata');
  const labels = { ...objectAt(metadata, 'labels'), 'kubernetes.io/metadata.name': metadata['name'] };
  return {
    ...manifest,
    metadata: { ...metadata, labels },
    spec: { finalizers: ['kubernetes'], ...objectAt(manifest, 'spec') },
    status: { phase: 'Active', ...objectAt(manifest, 'status') },
  } as unknown as Namespace;
}

function defaultNode(manifest: Manifest): Node {
  return { ...manifest, spec: objectAt(manifest, 'spec'), status: objectAt(manifest, 'status') } as unknown as Node;
}
