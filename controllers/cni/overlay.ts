/**
 * An overlay, like flannel's VXLAN: a bridge on each node, and between the nodes a tunnel device whose neighbours and
 * remote ends are written down, never asked for.
 */
import { parsePrefix } from '../../net/address.ts';
import { InterfaceKind } from '../../net/interface.ts';
import { HeaderBytes } from '../../net/packet.ts';
import { addAddress, addInterface, addNeighbour, addRoute, setVxlan } from '../../net/wiring.ts';
import { addBridge, attachToBridge, nthAddress } from './bridge.ts';
import type { Cni } from './cni.ts';
import { masqueradeOutgoing } from './masquerade.ts';

const TUNNEL = 'flannel.1';
const VNI = 1;
/** The kernel's own default, which flannel keeps; IANA assigned 4789 later. */
const PORT = 8472;

export const overlay: Cni = {
  network: 'cbr0',
  ownSubnet: true,
  setUp(net, nodes, config) {
    const mtu = config.mtu - HeaderBytes.Vxlan;
    const tunnels = nodes.map((node) => {
      const tunnel = addInterface(net, node.host, TUNNEL, InterfaceKind.Vxlan, mtu);
      const address = nthAddress(parsePrefix(node.podCIDR)!, 0);
      setVxlan(tunnel, {
        vni: VNI,
        port: PORT,
        local: net.addresses.intern(node.address),
        device: node.device.id,
        remotes: [],
      });
      addAddress(net, tunnel, `${address}/32`);
      addBridge(net, node, mtu);
      if (config.natOutgoing) masqueradeOutgoing(net, node.host, config.podCIDR);
      return { node, tunnel, address };
    });
    for (const { node, tunnel } of tunnels) {
      for (const other of tunnels) {
        if (other.node === node) continue;
        const neighbour = net.addresses.intern(other.address);
        addRoute(net, node.host, { to: other.node.podCIDR, via: other.address, device: tunnel, onlink: true });
        addNeighbour(net, tunnel, neighbour, other.tunnel.id);
        tunnel.vxlan!.remotes.push({
          neighbour,
          target: other.tunnel.id,
          underlay: net.addresses.intern(other.node.address),
        });
      }
    }
  },
  attach(net, node, pod, address, config) {
    attachToBridge(net, node, pod, address, config.mtu - HeaderBytes.Vxlan, config);
  },
  detach() {
    // The port goes with the veth.
  },
};
