/**
 * A routed network, like Calico's: no bridge, a /32 a pod. The node's end of the veth has no address and answers for
 * every next hop (proxy_arp), so a pod's default route may point to one that nobody owns. What is left of the node's
 * own network is a black hole, so that a packet to a pod that has gone does not wander.
 */
import { InterfaceKind } from '../../net/interface.ts';
import { LinkKind } from '../../net/link.ts';
import type { Network } from '../../net/network.ts';
import { RouteType } from '../../net/route.ts';
import { addAddress, addInterface, addRoute, connect } from '../../net/wiring.ts';
import type { Cni, CniNode } from './cni.ts';
import { masqueradeOutgoing } from './masquerade.ts';
import { joinPodNetworks } from './pod-networks.ts';
import { calicoVethName } from './veth-name.ts';

const NEXT_HOP = '169.254.1.1';

export const routed: Cni = {
  network: 'k8s-pod-network',
  ownSubnet: false,
  setUp(net, nodes, config) {
    joinPodNetworks(net, nodes);
    for (const node of nodes) {
      if (config.natOutgoing) masqueradeOutgoing(net, node.host, config.podCIDR);
      addRoute(net, node.host, { to: node.podCIDR, type: RouteType.Blackhole });
    }
  },
  attach(net, node, pod, address, config) {
    const [namespace = '', name = ''] = pod.name.split('/');
    const outer = addInterface(net, node.host, calicoVethName(namespace, name), InterfaceKind.Veth, config.mtu);
    outer.proxyArp = true;
    const inner = addInterface(net, pod, 'eth0', InterfaceKind.Veth, config.mtu);
    connect(net, pod.name, LinkKind.Veth, [outer, inner], config.link);
    addAddress(net, inner, `${address}/32`);
    addRoute(net, pod, { to: NEXT_HOP, device: inner });
    addRoute(net, pod, { to: 'default', via: NEXT_HOP, device: inner });
    addRoute(net, node.host, { to: address, device: outer });
  },
  detach,
};

/** The route goes with the veth. */
function detach(_net: Network, _node: CniNode, _address: string): void {}
