/**
 * Which cell of the coverage table a flow falls into: policy × source × destination × endpoints × CNI. The policy is the
 * one that decides on that way in; endpoints are told from where the decision falls.
 */

import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import type { Endpoints } from '../../../controllers/object/endpoints.ts';
import type { Service } from '../../../controllers/object/service.ts';
import type { ClusterState } from '../../../controllers/state.ts';
import type { Host } from '../../../net/host.ts';
import type { Network } from '../../../net/network.ts';
import { sourceKind } from '../cell.ts';
import type { Flow } from '../flow.ts';

const CNIS = ['routed', 'overlay', 'bridge'] as const;
const POLICIES = ['Cluster', 'Local'] as const;
const PLACES = ['none', 'local', 'remote', 'both'] as const;

export type Asked = Pick<Flow, 'protocol' | 'to' | 'port'>;

export function cellName(policy: string, source: string, destination: string, endpoints: string, cni: string): string {
  return [policy, source, destination, endpoints, cni].join(' · ');
}

/** The cell of a flow to be sent from `from`. */
export function coverageCell(net: Network, cluster: ClusterState, cni: string, from: Host, asked: Asked): string {
  const source = sourceKind(from);
  const view = cluster.store.view(cluster.store.revision);
  const services = view.list('Service') as Service[];
  const owner = ownerOf(net, asked.to);
  const nodePorts = (service: Service) => service.spec.ports?.some(({ nodePort }) => nodePort === asked.port) === true;
  const has = (service: Service) => service.spec.ports?.some(({ port }) => port === asked.port) === true;
  const isLocalhost = asked.to.startsWith('127.');
  const byIp = services.find((service) => service.spec.clusterIP === asked.to && has(service));
  const external = services.find((service) => service.spec.externalIPs?.includes(asked.to) === true && has(service));
  const byPort = services.find(nodePorts);
  const decides = from.role === 'pod' ? net.host(from.node).name : from.role === 'node' ? from.name : undefined;
  const place = (service: Service, at: string | undefined) => endpointPlace(cluster, service, asked.port, at);
  if (asked.protocol !== 'icmp') {
    if (byIp !== undefined) {
      if (decides === undefined) return cellName('-', source, 'cluster IP', '-', cni);
      return cellName(byIp.spec.internalTrafficPolicy ?? 'Cluster', source, 'cluster IP', place(byIp, decides), cni);
    }
    if (external !== undefined && (decides !== undefined || owner?.role === 'node')) {
      const policy = external.spec.externalTrafficPolicy ?? 'Cluster';
      return cellName(policy, source, 'external IP', place(external, decides ?? owner?.name), cni);
    }
    if (byPort !== undefined && (isLocalhost ? from.role === 'node' : owner?.role === 'node')) {
      const policy = byPort.spec.externalTrafficPolicy ?? 'Cluster';
      const destination = isLocalhost ? 'node port on localhost' : 'node port';
      return cellName(policy, source, destination, place(byPort, isLocalhost ? decides : owner?.name), cni);
    }
  }
  return cellName('-', source, plainDestination(from, owner, isLocalhost), '-', cni);
}

function ownerOf(net: Network, address: string): Host | undefined {
  const handle = net.addresses.find(address);
  return net.hosts.find((host) => host?.localAddresses.has(handle) === true);
}

/** What has nothing to do with services. */
function plainDestination(from: Host, owner: Host | undefined, isLocalhost: boolean): string {
  if (isLocalhost || owner === from) return 'itself';
  if (owner?.role === 'pod') {
    if (from.role === 'host') return 'pod';
    return owner.node === (from.role === 'pod' ? from.node : from.id) ? 'pod on its node' : 'pod on another node';
  }
  if (owner?.role === 'node') {
    return from.role === 'pod' ? (from.node === owner.id ? 'its node' : 'another node') : 'node';
  }
  return owner === undefined ? 'nobody' : 'outside';
}

/** Where the ready endpoints of a service's port are, seen from a node. */
function endpointPlace({ store }: ClusterState, service: Service, port: number, node: string | undefined): string {
  const view = store.view(store.revision);
  const { namespace = 'default', name } = service.metadata;
  const portName = service.spec.ports?.find((one) => one.port === port || one.nodePort === port)?.name ?? '';
  const places: (string | undefined)[] = [];
  const slices = (view.list('EndpointSlice') as EndpointSlice[]).filter(
    ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
  );
  for (const { endpoints, ports } of slices) {
    if (!(ports ?? []).some((one) => (one.name ?? '') === portName)) continue;
    for (const { nodeName, conditions } of endpoints) if (conditions?.ready !== false) places.push(nodeName);
  }
  if (slices.length === 0) {
    const found = view.get('Endpoints', namespace, name) as Endpoints | undefined;
    for (const { addresses, ports } of found?.subsets ?? []) {
      if (!(ports ?? []).some((one) => (one.name ?? '') === portName)) continue;
      for (const { nodeName } of addresses ?? []) places.push(nodeName);
    }
  }
  if (places.length === 0) return 'none';
  const here = places.some((one) => one === node);
  return here ? (places.every((one) => one === node) ? 'local' : 'both') : 'remote';
}

/** Destinations without a service, by sender. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  pod: ['itself', 'pod on its node', 'pod on another node', 'its node', 'another node', 'outside', 'nobody'],
  node: ['itself', 'pod on its node', 'pod on another node', 'node', 'outside', 'nobody'],
  outside: ['itself', 'pod', 'node', 'outside', 'nobody'],
};

/** Every cell that there is, in the order of the table. */
export function existingCells(): string[] {
  return CNIS.flatMap((cni) => {
    const cells: string[] = [];
    const each = (source: string, destination: string): void => {
      for (const policy of POLICIES)
        for (const endpoints of PLACES) cells.push(cellName(policy, source, destination, endpoints, cni));
    };
    for (const source of ['pod', 'node']) each(source, 'cluster IP');
    cells.push(cellName('-', 'outside', 'cluster IP', '-', cni));
    for (const source of ['pod', 'node', 'outside']) {
      each(source, 'node port');
      each(source, 'external IP');
    }
    each('node', 'node port on localhost');
    for (const [source, destinations] of Object.entries(PLAIN))
      for (const destination of destinations) cells.push(cellName('-', source, destination, '-', cni));
    return cells;
  });
}
