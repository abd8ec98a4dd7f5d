/**
 * What the cluster has under a name: addresses or an alias, each with the name that it goes by. Records of every type are
 * made from these.
 * @see https://github.com/coredns/coredns plugin/kubernetes/kubernetes.go findServices, findPods
 */
import { parseAddress } from '../../net/address.ts';
import { sameName } from '../../net/dns/name.ts';
import { type DnsAddress, type DnsPort, type DnsRecords, isHeadlessRecord } from './dns-records.ts';
import type { RequestName } from './request-name.ts';

export interface Found {
  /** An address, or the name that an alias stands for. */
  readonly host: string;
  /** -1: none is declared. */
  readonly port: number;
  /** Its own name in front of the zone: `web-0.web.default.svc`. */
  readonly key: string;
}

export interface LookupSettings {
  /** Pod records: `disabled`, answered as asked (`insecure`), or only for pods that there are (`verified`). */
  readonly pods: 'disabled' | 'insecure' | 'verified';
  /** Endpoints without a hostname go by their pod's name. */
  readonly endpointPodNames: boolean;
  /** A Service without ready endpoints does not exist. */
  readonly ignoreEmptyService: boolean;
  /** Namespaces that are served; empty: all. */
  readonly namespaces: readonly string[];
}

/** @returns undefined: the name does not exist; empty: it exists without records */
export function findRecords(
  records: DnsRecords,
  settings: LookupSettings,
  request: RequestName,
): readonly Found[] | undefined {
  if (request.kind === '') return [];
  if (!isServed(records, settings, request.namespace)) return undefined;
  if (request.kind === 'pod') return findPod(records, settings, request);
  return request.service === '' ? [] : findService(records, settings, request);
}

export function isServed(records: DnsRecords, { namespaces }: LookupSettings, namespace: string): boolean {
  return (namespaces.length === 0 || namespaces.includes(namespace)) && records.hasNamespace(namespace);
}

function findPod(
  records: DnsRecords,
  { pods }: LookupSettings,
  { namespace, service }: RequestName,
): readonly Found[] | undefined {
  if (pods === 'disabled') return undefined;
  if (service === '') return [];
  const dotted = service.split('-').length === 4 && !service.includes('--');
  const ip = service.replaceAll('-', dotted ? '.' : ':');
  const exists = pods === 'insecure' ? parseAddress(ip) !== undefined : records.hasPod(namespace, ip);
  return exists ? [{ host: ip, port: 0, key: `${service}.${namespace}.pod` }] : undefined;
}

function findService(
  records: DnsRecords,
  settings: LookupSettings,
  request: RequestName,
): readonly Found[] | undefined {
  const { namespace, service: name } = request;
  const service = records.service(namespace, name);
  if (service === undefined) return undefined;
  const key = `${service.name}.${service.namespace}.svc`;
  const endpoints = () => records.endpoints(namespace, name);
  if (service.isExternalName) {
    if (request.endpoint !== '' || request.port !== '' || request.protocol !== '') return undefined;
    // An alias for an address would be no alias.
    return parseAddress(service.externalName) === undefined
      ? [{ host: service.externalName, port: 0, key }]
      : undefined;
  }
  if (isHeadlessRecord(service) || request.endpoint !== '') {
    const found = endpoints().flatMap(({ addresses, ports }) =>
      addresses
        .filter((address) => request.endpoint === '' || sameName(request.endpoint, hostnameOf(address, settings)))
        .flatMap((address) =>
          ports
            .filter((port) => matchesPort(request, port))
            .map(({ port }): Found => ({ host: address.ip, port, key: `${hostnameOf(address, settings)}.${key}` })),
        ),
    );
    return found.length === 0 ? undefined : found;
  }
  if (settings.ignoreEmptyService && endpoints().every(({ addresses }) => addresses.length === 0)) return undefined;
  const ports = service.ports.filter((port) => matchesPort(request, port));
  if (ports.length === 0) return undefined;
  return ports.flatMap(({ port }) => service.clusterIPs.map((host): Found => ({ host, port, key })));
}

/** The label of an endpoint: its hostname, perhaps its pod's name, else its address with dashes. */
export function hostnameOf(
  { ip, hostname, target }: DnsAddress,
  { endpointPodNames }: Pick<LookupSettings, 'endpointPodNames'>,
): string {
  if (hostname !== '') return hostname;
  if (endpointPodNames && target !== '') return target;
  const dashed = ip.replaceAll(/[.:]/g, '-');
  // A label doesn't end with a dash.
  return ip.includes(':') && dashed.endsWith('-') ? `${dashed}0` : dashed;
}

/** A part that isn't asked for matches anything. */
export function matchesPort({ port, protocol }: Pick<RequestName, 'port' | 'protocol'>, own: DnsPort): boolean {
  return (port === '' || sameName(port, own.name)) && (protocol === '' || sameName(protocol, own.protocol));
}
