/**
 * The cluster as its DNS server sees it: Services with their ports, and the ready addresses behind them. Read from
 * EndpointSlices, or from Endpoints in releases whose kube-proxy reads those.
 * @see https://github.com/coredns/coredns plugin/kubernetes/object
 */
import { SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { Service } from '../object/service.ts';
import type { ObjectView } from '../view.ts';

/** A port, or -1 where none is declared. */
export interface DnsPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

export interface DnsService {
  readonly namespace: string;
  readonly name: string;
  readonly isExternalName: boolean;
  readonly externalName: string;
  /** `None` first for a headless one; '' where none is allocated. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly DnsPort[];
  readonly externalIPs: readonly string[];
}

export interface DnsAddress {
  readonly ip: string;
  readonly hostname: string;
  /** Name of the pod behind it; '' where it is no pod or the name is no label. */
  readonly target: string;
}

/** Addresses that share ports. */
export interface DnsEndpoints {
  readonly namespace: string;
  readonly service: string;
  readonly addresses: readonly DnsAddress[];
  readonly ports: readonly DnsPort[];
}

const NO_PORTS: readonly DnsPort[] = [{ name: '', protocol: '', port: -1 }];
/** Pod names that are longer are no labels. */
const MAX_LABEL = 63;

export function isHeadlessRecord({ clusterIPs }: DnsService): boolean {
  return clusterIPs[0] === 'None';
}

/** What a view holds for DNS. */
export class DnsRecords {
  readonly #view: ObjectView;
  readonly #reads: 'EndpointSlice' | 'Endpoints';

  constructor(view: ObjectView, reads: 'EndpointSlice' | 'Endpoints' = 'EndpointSlice') {
    this.#view = view;
    this.#reads = reads;
  }

  hasNamespace(name: string): boolean {
    return this.#view.get('Namespace', undefined, name) !== undefined;
  }

  service(namespace: string, name: string): DnsService | undefined {
    const service = this.#view.get('Service', namespace, name);
    return service === undefined ? undefined : serviceOf(service);
  }

  services(): readonly DnsService[] {
    return this.#view.list('Service').map(serviceOf);
  }

  endpoints(namespace: string, service: string): readonly DnsEndpoints[] {
    if (this.#reads === 'Endpoints') return this.#subsets(namespace, service);
    return this.#view.listBy('EndpointSlice', 'service', `${namespace}/${service}`).map(sliceOf);
  }

  /** Those that hold an address. */
  endpointsAt(ip: string): readonly DnsEndpoints[] {
    const all =
      this.#reads === 'Endpoints'
        ? this.#view.list('Endpoints').flatMap(({ metadata }) => this.#subsets(metadata.namespace ?? '', metadata.name))
        : this.#view.list('EndpointSlice').map(sliceOf);
    return all.filter(({ addresses }) => addresses.some((address) => address.ip === ip));
  }

  /** Whether a pod of the namespace has the address. */
  hasPod(namespace: string, ip: string): boolean {
    return this.#view.list('Pod', namespace).some(({ status }) => status.podIP === ip);
  }

  #subsets(namespace: string, service: string): readonly DnsEndpoints[] {
    const endpoints = this.#view.get('Endpoints', namespace, service);
    return (endpoints?.subsets ?? []).map(({ addresses = [], ports = [] }) => ({
      namespace,
      service,
      addresses: addresses.map(({ ip, hostname = '', targetRef }) => ({
        ip,
        hostname,
        target: labelOf(targetRef?.name),
      })),
      ports:
        ports.length === 0
          ? NO_PORTS
          : ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, port, protocol })),
    }));
  }
}

function serviceOf({ metadata, spec, status }: Service): DnsService {
  const ports = spec.ports ?? [];
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    isExternalName: spec.type === 'ExternalName',
    externalName: spec.externalName ?? '',
    clusterIPs: spec.clusterIPs !== undefined && spec.clusterIPs.length > 0 ? spec.clusterIPs : [spec.clusterIP ?? ''],
    ports:
      ports.length === 0 ? NO_PORTS : ports.map(({ name = '', port, protocol = 'TCP' }) => ({ name, port, protocol })),
    externalIPs: [
      ...(spec.externalIPs ?? []),
      ...(status?.loadBalancer?.ingress ?? []).map(({ ip = '', hostname = '' }) => (ip === '' ? hostname : ip)),
    ],
  };
}

type Slice = ReturnType<ObjectView['list']>[number] & { readonly kind: 'EndpointSlice' };

function sliceOf({ metadata, endpoints, ports = [] }: Slice): DnsEndpoints {
  return {
    namespace: metadata.namespace ?? 'default',
    service: metadata.labels?.[SERVICE_NAME_LABEL] ?? '',
    // A condition that nobody has set counts as ready.
    addresses: endpoints
      .filter(({ conditions }) => conditions?.ready ?? true)
      .flatMap(({ addresses, hostname = '', targetRef }) =>
        addresses.map((ip) => ({ ip, hostname, target: labelOf(targetRef?.name) })),
      ),
    ports:
      ports.length === 0
        ? NO_PORTS
        : ports.map(({ name = '', port = -1, protocol = '' }) => ({ name, port, protocol })),
  };
}

function labelOf(name = ''): string {
  return name.length <= MAX_LABEL ? name : '';
}
