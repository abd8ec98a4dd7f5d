/**
 * The cells of the coverage table: what kind of sender asked what kind of address.
 */
import type { Service } from '../../controllers/object/service.ts';
import type { ClusterState } from '../../controllers/state.ts';
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';

export function sourceKind({ role }: Host): string {
  return role === 'pod' || role === 'node' ? role : 'outside';
}

/** `cluster IP`, `node port`, `pod`, `node`, `localhost` or `other`, and whether a node port is asked on localhost. */
export function targetKind(net: Network, cluster: ClusterState, address: string, port: number): string {
  const services = cluster.store.view(cluster.store.revision).list('Service') as Service[];
  if (services.some(({ spec }) => spec.clusterIP === address)) return 'cluster IP';
  const isNodePort = services.some(({ spec }) => (spec.ports ?? []).some(({ nodePort }) => nodePort === port));
  const local = address.startsWith('127.');
  const handle = net.addresses.find(address);
  const owner = net.hosts.find((host) => host?.localAddresses.has(handle) === true && !local);
  if (isNodePort && (local || owner?.role === 'node')) return local ? 'node port on localhost' : 'node port';
  if (local) return 'localhost';
  return owner === undefined ? 'nobody' : owner.role === 'pod' || owner.role === 'node' ? owner.role : 'outside';
}
