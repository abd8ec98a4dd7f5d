/**
 * What the API server fills in to a Service that leaves it out. Addresses and node ports come later, from the allocators.
 * @see kubernetes pkg/apis/core/v1/defaults.go SetDefaults_Service
 */
import type { Manifest } from './manifest.ts';
import { listAt, objectAt, withDefaults } from './manifest.ts';
import type { Service } from './service.ts';

/** Seconds of ClientIP affinity. */
const AFFINITY_SECONDS = 10_800;

/**
 * @param manifest decoded, with its metadata complete
 * @param minor release of the API server: 16 for 1.16
 */
export function defaultService(manifest: Manifest, minor: number): Service {
  const given = objectAt(manifest, 'spec');
  const type = given['type'] || 'ClusterIP';
  const external =
    type === 'NodePort' ||
    type === 'LoadBalancer' ||
    (minor >= 27 && type === 'ClusterIP' && ((given['externalIPs'] as unknown[] | undefined)?.length ?? 0) > 0);
  const spec = withDefaults(given, {
    type,
    sessionAffinity: 'None',
    sessionAffinityConfig:
      given['sessionAffinity'] === 'ClientIP' ? { clientIP: { timeoutSeconds: AFFINITY_SECONDS } } : undefined,
    externalTrafficPolicy: external ? 'Cluster' : undefined,
    internalTrafficPolicy: minor >= 22 && type !== 'ExternalName' ? 'Cluster' : undefined,
    allocateLoadBalancerNodePorts: minor >= 22 && type === 'LoadBalancer' ? true : undefined,
  });
  const ports = listAt(given, 'ports')?.map(defaultPort);
  return {
    ...manifest,
    spec: { ...spec, ...(ports === undefined ? {} : { ports }) },
    status: { loadBalancer: {}, ...objectAt(manifest, 'status') },
  } as unknown as Service;
}

function defaultPort(port: Manifest): Manifest {
  const { targetPort } = port;
  const target = targetPort === undefined || targetPort === 0 || targetPort === '' ? port['port'] : targetPort;
  return { ...withDefaults(port, { protocol: 'TCP' }), targetPort: target };
}
