/**
 * Small worlds for the tests of the rule writer: services and slices in the fewest words.
 */

import { NEWEST_MINOR, proxyProfile } from '../../../../controllers/kube-proxy/profile.ts';
import { DEFAULT_PROXY_CONFIG, type ProxyConfig, type ProxyNode } from '../../../../controllers/kube-proxy/proxier.ts';
import type { Endpoint, EndpointSlice } from '../../../../controllers/object/endpoint-slice.ts';
import type { Service, ServicePort, ServiceSpec } from '../../../../controllers/object/service.ts';

export function config(over: Partial<ProxyConfig> = {}, minor = NEWEST_MINOR): ProxyConfig {
  return { ...DEFAULT_PROXY_CONFIG, profile: proxyProfile(minor), ...over };
}

export const PODS = { mode: 'ClusterCIDR', cidrs: ['10.0.0.0/8'] } as const;

export const NODE: ProxyNode = { name: 'here', ips: ['192.168.0.2'], labels: {}, localAddresses: ['192.168.0.2'] };

/** @param name `namespace/name` */
export function service(
  name: string,
  clusterIP: string,
  port: Partial<ServicePort> & { port: number },
  spec: Partial<ServiceSpec> = {},
  vips: readonly string[] = [],
): Service {
  const [namespace, own] = name.split('/') as [string, string];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: own },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      sessionAffinity: 'None',
      ports: [{ protocol: 'TCP', targetPort: port.port, ...port }],
      ...spec,
    },
    status: { loadBalancer: vips.length === 0 ? {} : { ingress: vips.map((ip) => ({ ip })) } },
  };
}

/** @param ends `address` or `address@node`, or a whole endpoint */
export function slice(
  of: Service,
  port: number,
  ends: readonly (string | Endpoint)[],
  name = `${of.metadata.name}-1`,
): EndpointSlice {
  const { name: portName, protocol } = of.spec.ports![0]!;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: of.metadata.namespace!,
      name,
      labels: { 'kubernetes.io/service-name': of.metadata.name },
    },
    addressType: 'IPv4',
    ports: [{ port, protocol, ...(portName === undefined ? {} : { name: portName }) }],
    endpoints: ends.map((end) => {
      if (typeof end !== 'string') return end;
      const [address, nodeName] = end.split('@') as [string, string?];
      return { addresses: [address], conditions: { ready: true }, ...(nodeName === undefined ? {} : { nodeName }) };
    }),
  };
}
