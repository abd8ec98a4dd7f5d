/**
 * What the API server does to an updated Service before it checks it: fields that the new type has no use for go, and
 * allocated values that the user left out stay.
 * @see kubernetes pkg/registry/core/service/storage/storage.go patchAllocatedValues, strategy.go dropTypeDependentFields
 */
import type { Service, ServicePort, ServiceSpec } from './service.ts';

type MutableSpec = { -readonly [K in keyof ServiceSpec]: ServiceSpec[K] };

function hasNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function hasHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/** @param next defaulted @returns `next` as it is to be validated against `previous`, with the old status */
export function carryOverService(next: Service, previous: Service): Service {
  const spec: MutableSpec = { ...next.spec };
  keepAllocated(spec, previous.spec);
  dropUnusable(spec, previous.spec);
  return { ...next, spec, status: previous.status };
}

function keepAllocated(spec: MutableSpec, old: ServiceSpec): void {
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName') {
    if (!spec.clusterIP && !spec.clusterIPs && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs && spec.clusterIP === old.clusterIP && old.clusterIPs) spec.clusterIPs = old.clusterIPs;
    if (spec.ipFamilies === undefined && old.ipFamilies !== undefined) spec.ipFamilies = old.ipFamilies;
    if (spec.ipFamilyPolicy === undefined && old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy = old.ipFamilyPolicy;
  }
  if (hasNodePorts(spec) && hasNodePorts(old) && spec.ports !== undefined) {
    spec.ports = keepNodePorts(spec.ports, old.ports ?? []);
  }
  if (hasHealthCheck(spec) && hasHealthCheck(old) && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    spec.healthCheckNodePort = old.healthCheckNodePort;
  }
}

/** Ports are told by name: a renamed port loses its node port. */
function keepNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): readonly ServicePort[] {
  const oldNumbers = new Map(old.map((port) => [port.name ?? '', port.nodePort ?? 0]));
  const wanted = new Set(ports.map((port) => port.nodePort ?? 0));
  const used = new Set([...oldNumbers.values()].filter((number) => wanted.has(number)));
  return ports.map((port) => {
    const kept = oldNumbers.get(port.name ?? '') ?? 0;
    if (port.nodePort || kept === 0 || used.has(kept)) return port;
    used.add(kept);
    return { ...port, nodePort: kept };
  });
}

/** A change of type takes along what the user didn't touch. */
function dropUnusable(spec: MutableSpec, old: ServiceSpec): void {
  if (spec.type === old.type) return;
  if (spec.type === 'ExternalName') {
    if (spec.clusterIP === old.clusterIP) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  }
  if (hasNodePorts(old) && !hasNodePorts(spec) && spec.ports !== undefined) {
    const numbers = new Set((old.ports ?? []).map((port) => port.nodePort));
    spec.ports = spec.ports.map((port) => {
      if (!numbers.has(port.nodePort)) return port;
      const { nodePort: _, ...rest } = port;
      return rest;
    });
  }
  const external = hasNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (!external && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (!hasHealthCheck(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
}
