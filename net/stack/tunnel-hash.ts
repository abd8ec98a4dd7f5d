/**
 * What decides a tunnel packet's source port: the hash of what it carries.
 */
import type { Draw } from '../../core/decider.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { Protocol } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import { type Socket, socketKey } from '../socket.ts';

/**
 * The hash of what a tunnel carries. A connected socket has one of its own, drawn when it opens and, of TCP, anew with
 * each time-out, and what was once hashed keeps its hash through every tunnel, however it is translated on the way; of
 * ICMP nothing is hashed but the two addresses, in either order, and at each tunnel anew.
 * @see net/core/flow_dissector.c __flow_hash_consistentify, include/net/sock.h sk_rethink_txhash,
 *   include/linux/skbuff.h skb_clear_hash_if_not_l4
 */
export function tunnelHash(net: Network, inner: PacketInFlight, draw: Draw): number {
  if (inner.protocol === Protocol.Icmp) {
    const { source, destination } = inner;
    return draw(Purpose.TunnelPort, Math.min(source, destination), -Math.max(source, destination));
  }
  const sender = senderSocket(net, inner);
  if (inner.protocol === Protocol.Udp && sender?.listener !== undefined) return pairHash(inner, draw);
  const retransmissions = sender?.tcp?.totalRetransmissions ?? 0;
  return draw(Purpose.TunnelPort, inner.flow, inner.originalPorts ^ (retransmissions << 20));
}

/** A socket that is not connected has no hash of its own: its datagrams are hashed by their two ends, in either order. */
function pairHash({ originalSource, originalDestination, originalPorts }: PacketInFlight, draw: Draw): number {
  const turned = originalSource > originalDestination;
  const [low, high] = turned ? [originalDestination, originalSource] : [originalSource, originalDestination];
  const ports = turned ? (originalPorts << 16) | (originalPorts >>> 16) : originalPorts;
  return draw(Purpose.TunnelPort, low * 2 ** 26 + high, ports);
}

/** The socket that made a packet, if one did and is still there. */
function senderSocket(net: Network, packet: PacketInFlight): Socket | undefined {
  const { protocol, originalSource, originalDestination, originalPorts } = packet;
  const key = socketKey(protocol, originalDestination, originalPorts & 0xffff, originalPorts >>> 16);
  const sockets = net.hosts[packet.maker]?.sockets.get(key) ?? [];
  return sockets.find(({ localAddress }) => localAddress === originalSource);
}
