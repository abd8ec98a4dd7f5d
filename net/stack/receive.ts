/**
 * A packet comes in: through a bridge, up to IP, to a socket here or on to the next host.
 * @see net/ipv4/ip_input.c, net/ipv4/ip_forward.c, net/bridge/br_input.c, net/bridge/br_netfilter_hooks.c
 */
import type { Draw } from '../../core/decider.ts';
import { invariant } from '../../core/error.ts';
import type { DeliverPacket } from '../command.ts';
import { DropReason } from '../drop-reason.ts';
import { type NetEvent, NetEventKind } from '../event.ts';
import { type Host, HostStatus } from '../host.ts';
import { type Interface, InterfaceKind } from '../interface.ts';
import { Hook } from '../netfilter/hook.ts';
import type { NetState, Network, PacketInFlight } from '../network.ts';
import { IcmpType, Protocol, TcpFlag } from '../packet.ts';
import { RouteType } from '../route.ts';
import { socketKey } from '../socket.ts';
import { isReusable } from '../transport/tcp-socket.ts';
import { deliver, drop, refuse, sendOn, stop } from './end.ts';
import { Passed, passage } from './passage.ts';
import { repeated } from './repeat.ts';
import { hop, isLocal, preferredSource, route, validate } from './routing.ts';
import { tell } from './tell.ts';
import { answererOf, isCutOff } from './wire.ts';

type Emit = (event: NetEvent) => void;

export function deliverPacket({ net }: NetState, command: DeliverPacket, draw: Draw, emit: Emit): void {
  const packet = net.packets.get(command.packet);
  invariant(packet !== undefined, 'No such packet is under way', command.packet);
  const device = net.interfaces[command.interface];
  if (device === undefined) return lose(net, packet, command.at, emit);
  if (repeated(net, device.host, device.id, packet, command.at, 0, draw, emit)) return;
  const host = net.host(device.host);
  passage.begin(net, host, packet, device, draw, command.at);
  passage.skb.mark = packet.mark;
  if (host.status === HostStatus.Down) return drop(passage, DropReason.HostDown, emit);
  if (!device.up) return drop(passage, DropReason.InterfaceDown, emit);
  if (isCutOff(net, device)) return drop(passage, DropReason.LinkDown, emit);
  if (device.master === 0) receive(device, emit);
  else receiveOnPort(device, net.interface(device.master), packet, emit);
}

/** The host that it was sent to is no more; what it carried is lost with it. */
function lose(net: Network, packet: PacketInFlight, at: number, emit: Emit): void {
  for (const one of packet.inner !== undefined && packet.protocol === Protocol.Udp
    ? [packet, packet.inner]
    : [packet]) {
    passage.begin(net, net.hosts.find((host) => host !== undefined)!, one, undefined, () => 0, at);
    emit({ ...tell(passage, NetEventKind.PacketDropped, 0, 0, 0, 0, DropReason.HostGone), host: 0 });
  }
}

/** A frame reaches a bridge's port: for the bridge itself it goes up to IP, else to another port. */
function receiveOnPort(port: Interface, bridge: Interface, packet: PacketInFlight, emit: Emit): void {
  const { host, skb } = passage;
  passage.inInterface = bridge.id;
  skb.inInterface = bridge.name;
  const filtered = host.sysctls.bridgeCallIptables;
  if (filtered) skb.physIn = port.name;
  const up = packet.target === bridge.id;
  if (!filtered) return up ? receive(bridge, emit) : bridgeTo(bridge, port, packet.target, false, emit);
  const passed = passage.passHook(Hook.Prerouting);
  if (passed !== Passed.On) return stop(passage, passed, emit);
  const translated = skb.destination !== passage.destination;
  if (translated) {
    // The new destination decides: on this bridge's own net it is bridged on, with no hop taken off its TTL.
    if (route(passage.net, host, skb.destination) && hop.device === bridge.id && hop.type === RouteType.Unicast) {
      // Before 6.14 a host that forwards nothing still bridged it: the look-up's error told the two cases apart.
      if (!host.sysctls.ipForward) return drop(passage, DropReason.NotForwarding, emit);
      passage.nextHop = hop.via;
      return bridgeTranslated(bridge, port, hop.via, emit);
    }
    return afterPrerouting(bridge, emit);
  }
  if (up) return afterPrerouting(bridge, emit);
  bridgeTo(bridge, port, packet.target, true, emit);
}

/** A frame between two ports, IP and its hooks looking on if br_netfilter is on. */
function bridgeTo(bridge: Interface, port: Interface, target: number, filtered: boolean, emit: Emit): void {
  const { net } = passage;
  const out = portTo(net, bridge, target);
  if (out === undefined || (out.id === port.id && !port.hairpin)) return drop(passage, DropReason.BridgeNoPort, emit);
  passage.bridged = true;
  passage.outInterface = bridge.id;
  const address = net.interface(target).addresses[0]?.address ?? 0;
  passage.nextHop = passage.skb.destination;
  if (filtered && !passBridged(bridge, out, emit)) return;
  sendOn(passage, neighbourOn(net, passage.host, bridge, target) || address, emit);
}

/** A packet whose new destination lies on the same bridge. */
function bridgeTranslated(bridge: Interface, port: Interface, via: number, emit: Emit): void {
  const { net, host } = passage;
  passage.bridged = true;
  passage.outInterface = bridge.id;
  // The hooks come after the question who has the address: by then the port is known.
  const target = host.neighbours.get(bridge.id, via)?.target || answererOf(net, bridge, via).target;
  const out = target === 0 ? undefined : portTo(net, bridge, target);
  if (out !== undefined && out.id === port.id && !port.hairpin) return drop(passage, DropReason.BridgeNoPort, emit);
  if (!passBridged(bridge, out, emit)) return;
  sendOn(passage, via, emit);
}

function passBridged(bridge: Interface, out: Interface | undefined, emit: Emit): boolean {
  const { skb } = passage;
  skb.outInterface = bridge.name;
  skb.physOut = out?.name ?? '';
  let passed = passage.passHook(Hook.Forward);
  if (passed === Passed.On) {
    skb.inInterface = '';
    passed = passage.passHook(Hook.Postrouting);
  }
  if (passed !== Passed.On) stop(passage, passed, emit);
  return passed === Passed.On;
}

function portTo(net: Network, bridge: Interface, target: number): Interface | undefined {
  const link = net.links[net.interface(target).link];
  for (const end of link?.ends ?? []) if (net.interface(end).master === bridge.id) return net.interface(end);
  return undefined;
}

/** The address under which a bridge's host knows an interface, or 0. */
function neighbourOn(net: Network, host: Host, bridge: Interface, target: number): number {
  const destination = passage.skb.destination;
  return host.neighbours.get(bridge.id, destination)?.target === target && net.interface(target) !== undefined
    ? destination
    : 0;
}

/** Up to IP. */
function receive(device: Interface, emit: Emit): void {
  const passed = passage.passHook(Hook.Prerouting);
  if (passed !== Passed.On) return stop(passage, passed, emit);
  afterPrerouting(device, emit);
}

function afterPrerouting(device: Interface, emit: Emit): void {
  const { net, host, skb } = passage;
  const reason = validate(net, host, device, skb.source, skb.destination);
  if (reason !== DropReason.None) return drop(passage, reason, emit);
  if (!route(net, host, skb.destination))
    return drop(passage, host.sysctls.ipForward ? DropReason.NoRoute : DropReason.NotForwarding, emit);
  if (hop.type === RouteType.Local || hop.type === RouteType.Broadcast) return deliverLocally(emit);
  forward(emit);
}

function forward(emit: Emit): void {
  const { net, host, skb, packet } = passage;
  if (!host.sysctls.ipForward) return drop(passage, DropReason.NotForwarding, emit);
  const blocked = reasonOf(hop.type);
  if (blocked !== DropReason.None) return drop(passage, blocked, emit);
  const { device, via } = hop;
  if (skb.ttl <= 1) return drop(passage, DropReason.TtlExceeded, emit);
  const out = net.interface(device);
  if (packet.sizeBytes > out.mtu)
    return drop(passage, packet.dontFragment ? DropReason.PacketTooBig : DropReason.Fragment, emit);
  skb.ttl--;
  passage.outInterface = device;
  passage.nextHop = via;
  skb.outInterface = out.name;
  let passed = passage.passHook(Hook.Forward);
  if (passed === Passed.On) {
    skb.inInterface = '';
    passed = passage.passHook(Hook.Postrouting);
  }
  if (passed !== Passed.On) return stop(passage, passed, emit);
  sendOn(passage, via, emit);
}

/** @returns a drop reason for the route types that lead nowhere */
export function reasonOf(routeType: number): number {
  if (routeType === RouteType.Blackhole) return DropReason.RouteBlackhole;
  if (routeType === RouteType.Unreachable) return DropReason.RouteUnreachable;
  return routeType === RouteType.Prohibit ? DropReason.RouteProhibit : DropReason.None;
}

function deliverLocally(emit: Emit): void {
  const passed = passage.passHook(Hook.Input);
  if (passed !== Passed.On) return stop(passage, passed, emit);
  const { skb } = passage;
  if (skb.protocol === Protocol.Tcp) return deliverSegment(emit);
  if (skb.protocol === Protocol.Udp) return deliverDatagram(emit);
  if (skb.protocol === Protocol.Icmp) return deliverIcmp(emit);
  drop(passage, DropReason.NoHandler, emit);
}

/** The socket of a connection on this host, or 0. */
export function connectionOf(
  host: Host,
  protocol: number,
  local: number,
  localPort: number,
  remote: number,
  remotePort: number,
): number {
  const found = host.sockets.get(socketKey(protocol, remote, remotePort, localPort));
  if (found === undefined) return 0;
  for (const socket of found) if (socket.protocol === protocol && socket.localAddress === local) return socket.id;
  return 0;
}

/** Whether a listener takes this address and port. */
export function listens(net: Network, host: Host, protocol: number, address: number, port: number): boolean {
  return listenerOf(host, protocol, address, port) !== undefined && isLocal(net, host, address);
}

export function listenerOf(host: Host, protocol: number, address: number, port: number) {
  return host.listeners.find(
    (one) => one.port === port && one.protocol === protocol && (one.address === 0 || one.address === address),
  );
}

/**
 * The source of a datagram server's answers: the address that it is bound to, else the route's own choice, whichever
 * address was asked.
 * @see net/ipv4/udp.c udp_sendmsg
 */
export function answeringAddress(net: Network, host: Host, asked: number, port: number, peer: number): number {
  if (listenerOf(host, Protocol.Udp, asked, port)?.address !== 0) return asked;
  return (route(net, host, peer) && preferredSource(net, host)) || asked;
}

function deliverSegment(emit: Emit): void {
  const { net, host, skb, packet } = passage;
  const known = connectionOf(host, Protocol.Tcp, skb.destination, skb.destinationPort, skb.source, skb.sourcePort);
  const listening = listens(net, host, Protocol.Tcp, skb.destination, skb.destinationPort);
  const opening = (skb.flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst)) === TcpFlag.Syn;
  if (known !== 0) {
    const { tcp } = net.sockets.get(known)!;
    const reborn = listening && tcp !== undefined && packet.segment !== undefined && isReusable(tcp, packet.segment);
    return deliver(passage, reborn ? net.nextSocket : known, emit);
  }
  if (listening && opening) return deliver(passage, net.nextSocket, emit);
  refuse(passage, emit);
}

function deliverDatagram(emit: Emit): void {
  const { net, host, skb, packet } = passage;
  if (packet.inner !== undefined) {
    const tunnel = tunnelOf(net, host, skb.destinationPort);
    if (tunnel !== 0) return deliver(passage, tunnel, emit);
  }
  const local = answeringAddress(net, host, skb.destination, skb.destinationPort, skb.source);
  const known =
    connectionOf(host, Protocol.Udp, skb.destination, skb.destinationPort, skb.source, skb.sourcePort) ||
    connectionOf(host, Protocol.Udp, local, skb.destinationPort, skb.source, skb.sourcePort);
  if (known !== 0) return deliver(passage, known, emit);
  if (listens(net, host, Protocol.Udp, skb.destination, skb.destinationPort))
    return deliver(passage, net.nextSocket, emit);
  refuse(passage, emit);
}

/** The VXLAN device that listens on a UDP port, or 0. */
export function tunnelOf(net: Network, host: Host, port: number): number {
  for (const id of host.interfaces) {
    const device = net.interface(id);
    if (device.kind === InterfaceKind.Vxlan && device.vxlan?.port === port) return id;
  }
  return 0;
}

function deliverIcmp(emit: Emit): void {
  const { host, skb, packet } = passage;
  const type = skb.icmp >> 8;
  if (type === IcmpType.Echo) return deliver(passage, 0, emit);
  if (type === IcmpType.EchoReply) {
    const socket = connectionOf(host, Protocol.Icmp, skb.destination, 0, skb.source, skb.sourcePort);
    return socket === 0 ? drop(passage, DropReason.NoHandler, emit) : deliver(passage, socket, emit);
  }
  const { inner } = packet;
  // Nobody here follows a redirect.
  if (inner === undefined || type === IcmpType.Redirect) return drop(passage, DropReason.NoHandler, emit);
  const quoted = passage.quoted();
  const echo = inner.protocol === Protocol.Icmp;
  const socket = connectionOf(
    host,
    inner.protocol,
    quoted.source,
    echo ? 0 : quoted.sourcePort,
    quoted.destination,
    echo ? quoted.sourcePort : quoted.destinationPort,
  );
  if (socket === 0) return drop(passage, DropReason.NoHandler, emit);
  deliver(passage, socket, emit);
}
