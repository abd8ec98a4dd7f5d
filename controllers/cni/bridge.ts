/**
 * A bridge on each node, as the CNI plug-in of that name makes it: cni0 holds the first address of the node's network,
 * pods hang on it with hairpin ports, and the other nodes' networks are routed over the underlay.
 */
import { formatWords, type Prefix, parsePrefix } from '../../net/address.ts';
import type { Host } from '../../net/host.ts';
import { InterfaceKind } from '../../net/interface.ts';
import { LinkKind } from '../../net/link.ts';
import type { Network } from '../../net/network.ts';
import { addAddress, addInterface, addRoute, connect, enslave } from '../../net/wiring.ts';
import type { Cni, CniConfig, CniNode } from './cni.ts';
import { masqueradeOutgoing } from './masquerade.ts';
import { joinPodNetworks } from './pod-networks.ts';
import { bridgeVethName } from './veth-name.ts';

export const BRIDGE = 'cni0';

/** The n-th address of a network. */
export function nthAddress(prefix: Prefix, n: number): string {
  const words = [...prefix.words];
  const last = prefix.family === 4 ? 0 : 3;
  words[last] = (words[last]! + n) | 0;
  return formatWords(prefix.family, words);
}

/** Gives a node its bridge. */
export function addBridge(net: Network, node: CniNode, mtu: number): void {
  const prefix = parsePrefix(node.podCIDR)!;
  const bridge = addInterface(net, node.host, BRIDGE, InterfaceKind.Bridge, mtu);
  addAddress(net, bridge, `${nthAddress(prefix, 1)}/${prefix.length}`, {
    broadcast: nthAddress(prefix, 2 ** (32 - prefix.length) - 1),
  });
}

/** Plugs a pod into a node's bridge. */
export function attachToBridge(
  net: Network,
  node: CniNode,
  pod: Host,
  address: string,
  mtu: number,
  config: CniConfig,
): void {
  const prefix = parsePrefix(node.podCIDR)!;
  const outer = addInterface(net, node.host, bridgeVethName(pod.name), InterfaceKind.Veth, mtu);
  const inner = addInterface(net, pod, 'eth0', InterfaceKind.Veth, mtu);
  connect(net, pod.name, LinkKind.Veth, [outer, inner], config.link);
  enslave(net.interfaceNamed(node.host, BRIDGE)!, outer, true);
  addAddress(net, inner, `${address}/${prefix.length}`, {
    broadcast: nthAddress(prefix, 2 ** (32 - prefix.length) - 1),
  });
  addRoute(net, pod, { to: 'default', via: nthAddress(prefix, 1), device: inner });
}

export const bridge: Cni = {
  network: 'cbr0',
  ownSubnet: true,
  setUp(net, nodes, config) {
    joinPodNetworks(net, nodes);
    for (const node of nodes) {
      addBridge(net, node, config.mtu);
      if (config.natOutgoing) masqueradeOutgoing(net, node.host, config.podCIDR);
    }
  },
  attach(net, node, pod, address, config) {
    attachToBridge(net, node, pod, address, config.mtu, config);
  },
  detach() {
    // The port goes with the veth.
  },
};
