/**
 * Clusters to write rules for: so many services with so many endpoints each, as the API server stores them.
 */
import { NEWEST_MINOR, proxyProfile } from '../controllers/kube-proxy/profile.ts';
import { DEFAULT_PROXY_CONFIG, type SyncInputs, type SyncProgram } from '../controllers/kube-proxy/proxier.ts';
import { type EndpointSlice, SERVICE_NAME_LABEL } from '../controllers/object/endpoint-slice.ts';
import type { Service } from '../controllers/object/service.ts';
import { AddressTable, formatWords } from '../net/address.ts';
import { Protocol } from '../net/packet.ts';
import type { ServiceTable } from './service-lookup/service-lookup.ts';

export interface ServiceCluster {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly table: ServiceTable;
}

const PORT = 80;
const TARGET_PORT = 8080;
const NAMESPACE = 'default';
const FIRST_CLUSTER_IP = 0x0a600001;
const FIRST_POD_IP = 0x0af40001;
const NODE = { name: 'node1', ips: ['192.0.2.11'], labels: {}, localAddresses: ['192.0.2.11'] };

const address = (first: number, i: number): string => formatWords(4, [first + i]);

/** @param services at most 65,536 between them and, times endpoints, as many as a /13 holds */
export function serviceCluster(count: number, endpoints: number): ServiceCluster {
  const addresses = new AddressTable();
  const endpointAddresses = new Int32Array(count * endpoints);
  const services: Service[] = [];
  const slices: EndpointSlice[] = [];
  const entries = Array.from({ length: count }, (_, i) => {
    services.push(service(i));
    slices.push(slice(i, endpoints));
    for (let j = i * endpoints; j < (i + 1) * endpoints; j++)
      endpointAddresses[j] = addresses.intern(address(FIRST_POD_IP, j));
    const clusterIp = addresses.intern(address(FIRST_CLUSTER_IP, i));
    return { protocol: Protocol.Tcp, address: clusterIp, port: PORT, first: i * endpoints, count: endpoints };
  });
  const endpointPorts = new Int32Array(count * endpoints).fill(TARGET_PORT);
  return { services, slices, table: { addresses, services: entries, endpointAddresses, endpointPorts } };
}

function service(i: number): Service {
  const clusterIP = address(FIRST_CLUSTER_IP, i);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name: `s${i}` },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      sessionAffinity: 'None',
      ports: [{ name: 'http', protocol: 'TCP', port: PORT, targetPort: TARGET_PORT }],
    },
    status: { loadBalancer: {} },
  };
}

function slice(i: number, endpoints: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: NAMESPACE, name: `s${i}-1`, labels: { [SERVICE_NAME_LABEL]: `s${i}` } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: TARGET_PORT, protocol: 'TCP' }],
    endpoints: Array.from({ length: endpoints }, (_, j) => ({
      addresses: [address(FIRST_POD_IP, i * endpoints + j)],
      conditions: { ready: true },
      nodeName: 'node2',
    })),
  };
}

/** @param changed numbers of the services that changed since the last sync; absent: a full sync */
export function syncInputs({ services, slices }: ServiceCluster, changed?: readonly number[]): SyncInputs {
  return {
    services,
    endpointSlices: slices,
    node: NODE,
    config: { ...DEFAULT_PROXY_CONFIG, profile: proxyProfile(NEWEST_MINOR) },
    ...(changed === undefined ? {} : { changed: new Set(changed.map((i) => `${NAMESPACE}/s${i}`)) }),
  };
}

/** The rules that tie kube-proxy's chains to the built-in ones, as one text to load before its own. */
export function ensuredText({ ensured }: SyncProgram): string {
  let text = '';
  for (const table of ['filter', 'nat', 'mangle'] as const) {
    const rules = ensured.filter((rule) => rule.table === table);
    if (rules.length === 0) continue;
    const chains = new Set(rules.flatMap(({ target }) => (target === undefined ? [] : [target])));
    const lines = rules.map(({ chain, rule, position }) => `${position === 'prepend' ? '-I' : '-A'} ${chain} ${rule}`);
    text += `*${table}\n${[...chains].map((chain) => `:${chain} - [0:0]`).join('\n')}\n${lines.join('\n')}\nCOMMIT\n`;
  }
  return text;
}
