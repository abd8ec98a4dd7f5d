/**
 * The unit of kube-proxy's work: one port of one Service, seen by the proxier of one address family.
 */
import type { Family } from '../../net/address.ts';
import { canonicalAddress, canonicalNetwork } from '../object/address-text.ts';
import type { Service, ServicePort } from '../object/service.ts';

/** A Service with this label is left to another proxy. */
export const SERVICE_PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';

/** Seconds that ClientIP affinity lasts when the Service doesn't say. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

export interface ServicePortInfo {
  /** `namespace/name:port:PROTOCOL`; unique, and the key of its endpoints. */
  readonly key: string;
  /** `namespace/name`. */
  readonly service: string;
  /** Empty for an unnamed port. */
  readonly portName: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIp: string;
  readonly port: number;
  /** 0: none. */
  readonly nodePort: number;
  readonly externalIps: readonly string[];
  /** Ingress addresses that the node itself translates. */
  readonly loadBalancerVips: readonly string[];
  readonly sourceRanges: readonly string[];
  /** 0: no affinity. */
  readonly affinitySeconds: number;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
  /** Has a node port, a VIP or an external IP. */
  readonly external: boolean;
  /** 0: none. */
  readonly healthCheckNodePort: number;
  /** Annotated `service.kubernetes.io/topology-mode: Auto` (or the older name), or has a trafficDistribution. */
  readonly hintsAsked: boolean;
}

/** What of a release decides how a Service is read. */
export interface ServiceReading {
  readonly family: Family;
  /** Leave out ingress addresses with ipMode Proxy (1.30 on). */
  readonly ipMode: boolean;
  /** Honour internalTrafficPolicy (1.22 on). */
  readonly internalPolicy: boolean;
  /** Honour externalTrafficPolicy of a ClusterIP service with external IPs (about 1.28 on). */
  readonly externalIpPolicy: boolean;
}

const NO_PORTS: readonly ServicePortInfo[] = [];
const readings = new Map<string, WeakMap<Service, readonly ServicePortInfo[]>>();

/**
 * The service ports that a Service gives one family's proxier; none for a headless or ExternalName service, one that
 * another proxy serves, or one without an address of the family. Remembered per object: Services are immutable.
 * @see kubernetes pkg/proxy/serviceport.go, pkg/proxy/util/utils.go ShouldSkipService
 */
export function servicePortsOf(service: Service, reading: ServiceReading): readonly ServicePortInfo[] {
  const name = `${reading.family}${reading.ipMode}${reading.internalPolicy}${reading.externalIpPolicy}`;
  let known = readings.get(name);
  if (known === undefined) {
    known = new WeakMap();
    readings.set(name, known);
  }
  let ports = known.get(service);
  if (ports === undefined) {
    ports = readPorts(service, reading);
    known.set(service, ports);
  }
  return ports;
}

function readPorts(service: Service, reading: ServiceReading): readonly ServicePortInfo[] {
  const { spec, metadata } = service;
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None' || !spec.clusterIP) return NO_PORTS;
  if (metadata.labels?.[SERVICE_PROXY_NAME_LABEL] !== undefined) return NO_PORTS;
  const clusterIps = addressesOf(spec.clusterIPs ?? [spec.clusterIP], reading.family);
  if (clusterIps.length === 0) return NO_PORTS;
  const common = commonOf(service, clusterIps[0] as string, reading);
  return (spec.ports ?? []).map((port) => portInfo(port, common));
}

type Common = Omit<ServicePortInfo, 'key' | 'portName' | 'protocol' | 'port' | 'nodePort' | 'external'>;

function commonOf(service: Service, clusterIp: string, reading: ServiceReading): Common {
  const { spec, metadata } = service;
  const externalIps = addressesOf(spec.externalIPs ?? [], reading.family);
  const externalLocal =
    spec.externalTrafficPolicy === 'Local' &&
    (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (reading.externalIpPolicy && externalIps.length > 0));
  return {
    service: `${metadata.namespace ?? 'default'}/${metadata.name}`,
    clusterIp,
    externalIps,
    loadBalancerVips: vipsOf(service, reading),
    sourceRanges: (spec.loadBalancerSourceRanges ?? []).flatMap((text) => {
      const range = canonicalNetwork(text, reading.family);
      return range === undefined ? [] : [range];
    }),
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS)
        : 0,
    externalLocal,
    internalLocal: reading.internalPolicy && spec.internalTrafficPolicy === 'Local',
    healthCheckNodePort: spec.type === 'LoadBalancer' && externalLocal ? (spec.healthCheckNodePort ?? 0) : 0,
    hintsAsked: asksForHints(service),
  };
}

function portInfo(port: ServicePort, common: Common): ServicePortInfo {
  const portName = port.name ?? '';
  const nodePort = port.nodePort ?? 0;
  return {
    ...common,
    key: `${common.service}:${portName}:${port.protocol}`,
    portName,
    protocol: port.protocol.toLowerCase() as ServicePortInfo['protocol'],
    port: port.port,
    nodePort,
    external: nodePort !== 0 || common.loadBalancerVips.length > 0 || common.externalIps.length > 0,
  };
}

function vipsOf(service: Service, reading: ServiceReading): readonly string[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const texts = ingress.flatMap(({ ip, ipMode }) => (ip && !(reading.ipMode && ipMode === 'Proxy') ? [ip] : []));
  return addressesOf(texts, reading.family);
}

function addressesOf(texts: readonly string[], family: Family): readonly string[] {
  return texts.flatMap((text) => canonicalAddress(text, family) ?? []);
}

function asksForHints({ metadata, spec }: Service): boolean {
  const annotations = metadata.annotations ?? {};
  const mode =
    annotations['service.kubernetes.io/topology-mode'] ?? annotations['service.kubernetes.io/topology-aware-hints'];
  return mode === 'auto' || mode === 'Auto' || spec.trafficDistribution !== undefined;
}
