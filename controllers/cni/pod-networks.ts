/**
 * The routes by which each node reaches the pods of all others: over the underlay, by the address of their node.
 */
import { parsePrefix } from '../../net/address.ts';
import type { Network } from '../../net/network.ts';
import { RouteMesh } from '../../net/route-mesh.ts';
import type { CniNode } from './cni.ts';

export function joinPodNetworks(net: Network, nodes: readonly CniNode[]): void {
  const members = nodes.map(({ podCIDR, address }) => ({
    prefix: parsePrefix(podCIDR)!,
    via: net.addresses.intern(address),
  }));
  const mesh = new RouteMesh(members);
  for (const [own, { host, device }] of nodes.entries()) host.routes.join({ mesh, own, device: device.id });
}
