/**
 * What a delivered packet does to the socket that takes it, and what is noted of the request it belongs to.
 */
import { invariant } from '../../core/error.ts';
import { DropReason } from '../drop-reason.ts';
import type { AnyPassage } from '../event.ts';
import { NetEventKind } from '../event.ts';
import type { Host } from '../host.ts';
import { InterfaceKind } from '../interface.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { HeaderBytes, IcmpType, Protocol, UnreachableCode } from '../packet.ts';
import type { Socket } from '../socket.ts';
import { unreachable } from '../transport/tcp-close.ts';
import { tcpProfile } from '../transport/tcp-profile.ts';
import { receive } from '../transport/tcp-receive.ts';
import { accept } from '../transport/tcp-socket.ts';
import { isHeard } from '../transport/udp.ts';
import { answeringAddress, listenerOf } from './receive.ts';
import { hop, route } from './routing.ts';
import { addSocket, moveTimer, removeSocket, senderOf } from './socket-state.ts';

export function takeDelivery(net: Network, host: Host, packet: PacketInFlight, event: AnyPassage): void {
  if (event.target === 0) {
    if (packet.protocol === Protocol.Icmp && packet.icmp >> 8 === IcmpType.Echo) note(net, host, packet);
    return;
  }
  if (packet.protocol === Protocol.Udp && packet.inner !== undefined) return takeOutOfTunnel(net, packet, event);
  const known = net.sockets.get(event.target);
  const socket = known ?? acceptFrom(net, host, packet, event);
  if (packet.protocol === Protocol.Icmp && packet.icmp >> 8 !== IcmpType.EchoReply) {
    // Of what may pass, a datagram socket is told nothing; and one that is not connected is told nothing at all.
    if (socket.protocol === Protocol.Udp && (socket.listener !== undefined || !isHeard(packet.icmp))) return;
    return takeError(socket, packet, event);
  }
  if (socket.listener !== undefined) note(net, host, packet);
  if (socket.tcp === undefined) {
    socket.received.push(packet.payloadBytes);
    socket.inbound?.push(packet.sequence);
    // A client's port comes back, or was kept: what a server says next belongs to whom it heard last.
    if (socket.listener !== undefined) socket.flow = packet.flow;
    return;
  }
  // A SYN that opens a connection was taken in when the socket was made.
  if (known === undefined) return;
  invariant(packet.segment !== undefined, 'The packet is no segment', packet.id);
  receive(socket.tcp, packet.segment, event.at);
  moveTimer(socket, event.at);
}

/** The inner packet goes on from the tunnel's device. */
function takeOutOfTunnel(net: Network, packet: PacketInFlight, event: AnyPassage): void {
  invariant(net.interface(event.target).kind === InterfaceKind.Vxlan, 'A tunnel packet was taken by something else');
  const inner = packet.inner!;
  inner.hops += packet.hops;
  inner.mark = packet.mark;
  packet.inner = undefined;
}

/** A new connection, or the first datagram of a peer. */
function acceptFrom(net: Network, host: Host, packet: PacketInFlight, event: AnyPassage): Socket {
  invariant(event.target === net.nextSocket, 'No such socket', event.target);
  const { protocol, flow } = packet;
  const ends = {
    protocol,
    flow,
    localAddress: packet.destination,
    localPort: packet.destinationPort,
    remoteAddress: packet.source,
    remotePort: packet.sourcePort,
  };
  const listener = listenerOf(host, protocol, packet.destination, packet.destinationPort);
  invariant(listener !== undefined, 'Nobody listens on the port', packet.destinationPort);
  if (protocol !== Protocol.Tcp) {
    const localAddress = answeringAddress(net, host, ends.localAddress, ends.localPort, ends.remoteAddress);
    return addSocket(net, host, { ...ends, localAddress }, listener, undefined);
  }
  const old = senderOf(host, {
    ...event,
    beforeSource: ends.localAddress,
    beforeDestination: ends.remoteAddress,
    beforePorts: (ends.localPort << 16) | ends.remotePort,
  });
  if (old !== undefined) removeSocket(net, host, old);
  route(net, host, packet.source);
  const mtuBytes = net.interface(hop.device).mtu;
  const tcp = accept({ profile: tcpProfile(net.kernel), mtuBytes, ipHeaderBytes: HeaderBytes.Ipv4 }, packet.segment!);
  return addSocket(net, host, ends, listener, tcp);
}

/** What the server sees of the first packet of a request. */
function note(net: Network, host: Host, packet: PacketInFlight): void {
  const request = net.requests.get(packet.flow);
  // A look-up's own packets belong to the same flow.
  if (request === undefined || request.server !== 0 || request.destinationPort !== (packet.originalPorts & 0xffff))
    return;
  request.server = host.id;
  request.seen = packet.source;
  request.seenPort = packet.sourcePort;
  request.servedAddress = packet.destination;
  request.servedPort = packet.destinationPort;
  request.hops = packet.hops;
  request.ttlHops = net.host(request.host).sysctls.defaultTtl - packet.ttl;
  request.dnat = packet.dnat;
  request.snat = packet.snat;
}

function takeError(socket: Socket, packet: PacketInFlight, event: AnyPassage): void {
  if (socket.tcp === undefined) {
    // -1 - (type << 8 | code): an error instead of an answer.
    socket.received.push(-1 - packet.icmp);
    socket.inbound?.push(0);
    return;
  }
  unreachable(socket.tcp, { icmp: packet.icmp, mtuBytes: packet.mtu, sequence: packet.inner?.sequence ?? 0 });
  moveTimer(socket, event.at);
}

/** A packet that its own host could not send: the socket hears of it at once. */
export function takeLocalError(host: Host, packet: PacketInFlight, event: AnyPassage): void {
  const reason = event.state >>> 16;
  const told =
    reason === DropReason.NoRoute ||
    reason === DropReason.RouteUnreachable ||
    reason === DropReason.RouteProhibit ||
    reason === DropReason.RouteBlackhole;
  if (event.kind !== NetEventKind.PacketDropped || !told) return;
  const socket = senderOf(host, event);
  if (socket === undefined) return;
  const code = reason === DropReason.NoRoute ? UnreachableCode.Net : UnreachableCode.Host;
  takeError(socket, { ...packet, icmp: (IcmpType.Unreachable << 8) | code, inner: packet }, event);
}
