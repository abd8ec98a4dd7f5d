/**
 * A packet is made on a host and goes out: by the route to its destination, through OUTPUT, by another route where that
 * changed the destination, through POSTROUTING.
 * @see net/ipv4/ip_output.c __ip_local_out, net/ipv4/netfilter.c ip_route_me_harder
 */
import type { Draw } from '../../core/decider.ts';
import type { Address } from '../address.ts';
import type { Encapsulate, SendEchoReply, SendIcmpError, SendReset, TransmitSocket } from '../command.ts';
import { DropReason } from '../drop-reason.ts';
import { type NetEvent, NetEventKind, PassageState } from '../event.ts';
import { type Host, HostStatus } from '../host.ts';
import type { Interface } from '../interface.ts';
import { Hook } from '../netfilter/hook.ts';
import type { NetState, Network, PacketInFlight } from '../network.ts';
import { HeaderBytes, IcmpType, Protocol } from '../packet.ts';
import type { Socket } from '../socket.ts';
import { errorBytes } from '../transport/icmp.ts';
import { icmpAllowed } from '../transport/icmp-limit.ts';
import { REDIRECT_HOST, redirectAllowed } from '../transport/icmp-redirect.ts';
import { resetFor, type Segment } from '../transport/segment.ts';
import { nextSegment } from '../transport/tcp-transmit.ts';
import { datagramBytes } from '../transport/udp.ts';
import { drop, sendBack, sendOn, stop } from './end.ts';
import { Passed, passage } from './passage.ts';
import { reasonOf } from './receive.ts';
import { sourceBefore } from './redirect.ts';
import { repeated } from './repeat.ts';
import { hop, isLocal, preferredSource, route } from './routing.ts';
import { packPorts } from './tell.ts';
import { tunnelHash } from './tunnel-hash.ts';

type Emit = (event: NetEvent) => void;

type Outgoing = { -readonly [F in keyof PacketInFlight]: PacketInFlight[F] };

/**
 * The packet that a decision is about to send: a scratch record, overwritten by the next. `evolve` makes the packet that
 * travels, from the event.
 */
const outgoing: Outgoing = {
  id: 0,
  flow: 0,
  protocol: 0,
  source: 0,
  destination: 0,
  sourcePort: 0,
  destinationPort: 0,
  icmp: 0,
  flags: 0,
  sequence: 0,
  acknowledgement: 0,
  payloadBytes: 0,
  sizeBytes: 0,
  ttl: 0,
  dontFragment: false,
  mtu: 0,
  inner: undefined,
  originalSource: 0,
  originalDestination: 0,
  originalPorts: 0,
  hops: 0,
  dnat: 0,
  snat: 0,
  target: 0,
  from: 0,
  segment: undefined,
  loopReference: -1,
  loopDraft: undefined,
  loopState: 0,
  mark: 0,
  waitsFor: 0,
  maker: 0,
  ended: -1,
  draft: undefined,
};

/** Begins a packet that leaves its host for the first time; what is not given here is 0 until set. */
function begin(
  net: Network,
  host: Host,
  flow: number,
  protocol: number,
  source: Address,
  destination: Address,
  sourcePort: number,
  destinationPort: number,
): Outgoing {
  outgoing.id = net.nextPacket;
  outgoing.flow = flow;
  outgoing.protocol = protocol;
  outgoing.source = outgoing.originalSource = source;
  outgoing.destination = outgoing.originalDestination = destination;
  outgoing.sourcePort = sourcePort;
  outgoing.destinationPort = destinationPort;
  outgoing.originalPorts = packPorts(sourcePort, destinationPort);
  outgoing.icmp = 0;
  outgoing.flags = 0;
  outgoing.sequence = 0;
  outgoing.acknowledgement = 0;
  outgoing.payloadBytes = 0;
  outgoing.sizeBytes = 0;
  outgoing.ttl = host.sysctls.defaultTtl;
  outgoing.dontFragment = false;
  outgoing.mtu = 0;
  outgoing.inner = undefined;
  outgoing.segment = undefined;
  outgoing.mark = 0;
  outgoing.maker = host.id;
  return outgoing;
}

function send(
  net: Network,
  host: Host,
  packet: PacketInFlight,
  draw: Draw,
  at: number,
  bits: number,
  emit: Emit,
): void {
  passage.begin(net, host, packet, undefined, draw, at);
  passage.bits = bits;
  const { skb } = passage;
  skb.mark = packet.mark;
  if ((bits & PassageState.FromSocket) !== 0) {
    skb.uid = host.socketUid;
    skb.gid = host.socketGid;
  }
  if (!route(net, host, skb.destination)) return drop(passage, DropReason.NoRoute, emit);
  const blocked = reasonOf(hop.type);
  if (blocked !== DropReason.None) return drop(passage, blocked, emit);
  aim(net);
  let passed = passage.passHook(Hook.Output);
  if (passed !== Passed.On) return stop(passage, passed, emit);
  if (skb.destination !== passage.destination) {
    if (!route(net, host, skb.destination)) return drop(passage, DropReason.NoRoute, emit);
    const reason = reasonOf(hop.type);
    if (reason !== DropReason.None) return drop(passage, reason, emit);
    aim(net);
  }
  const { nextHop } = passage;
  if (packet.sizeBytes > net.interface(passage.outInterface).mtu) return drop(passage, DropReason.PacketTooBig, emit);
  passed = passage.passHook(Hook.Postrouting);
  if (passed !== Passed.On) return stop(passage, passed, emit);
  sendOn(passage, nextHop, emit);
}

function aim(net: Network): void {
  passage.outInterface = hop.device;
  passage.nextHop = hop.via;
  passage.skb.outInterface = net.interface(hop.device).name;
}

/** One packet of a socket, if it has one to send. */
export function transmitSocket({ net }: NetState, command: TransmitSocket, draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(command.socket);
  if (socket === undefined) return;
  const host = net.host(socket.host);
  if (host.status === HostStatus.Down) return;
  const packet = socket.tcp !== undefined ? segmentOf(net, host, socket, command.at) : datagramOf(net, host, socket);
  if (packet === undefined) return;
  const bits = PassageState.FromSocket;
  if (!repeated(net, host.id, 0, packet, command.at, bits, draw, emit))
    send(net, host, packet, draw, command.at, bits, emit);
}

function segmentOf(net: Network, host: Host, socket: Socket, at: number): PacketInFlight | undefined {
  const segment = nextSegment(socket.tcp!, at);
  if (segment === undefined) return undefined;
  const { flow, localAddress, remoteAddress, localPort, remotePort } = socket;
  const packet = begin(net, host, flow, Protocol.Tcp, localAddress, remoteAddress, localPort, remotePort);
  carry(packet, segment);
  return packet;
}

/** Puts a segment into a packet. */
function carry(packet: Outgoing, segment: Segment): void {
  packet.flags = segment.flags;
  packet.sequence = segment.sequence;
  packet.acknowledgement = segment.acknowledgement;
  packet.payloadBytes = segment.payloadBytes;
  packet.sizeBytes = HeaderBytes.Ipv4 + segment.headerBytes + segment.payloadBytes;
  packet.dontFragment = true;
  packet.segment = segment;
}

function datagramOf(net: Network, host: Host, socket: Socket): PacketInFlight | undefined {
  const payloadBytes = socket.datagrams[0];
  if (payloadBytes === undefined) return undefined;
  const { flow, protocol, localAddress, remoteAddress, localPort, remotePort } = socket;
  const echo = protocol === Protocol.Icmp;
  const [from, to] = echo ? [remotePort, 0] : [localPort, remotePort];
  const packet = begin(net, host, flow, protocol, localAddress, remoteAddress, from, to);
  packet.payloadBytes = payloadBytes;
  if (socket.ttl !== undefined) packet.ttl = socket.ttl;
  packet.sequence = socket.outbound?.[0] ?? 0;
  packet.dontFragment = true;
  packet.sizeBytes = echo ? HeaderBytes.Ipv4 + HeaderBytes.Icmp + payloadBytes : datagramBytes(payloadBytes);
  if (echo) {
    packet.icmp = IcmpType.Echo << 8;
    packet.sequence = 1;
  }
  return packet;
}

/** @see net/ipv4/icmp.c __icmp_send */
export function sendIcmpError({ net }: NetState, command: SendIcmpError, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  if (host === undefined || about === undefined) return;
  const { icmp, at } = command;
  if (icmp === REDIRECT_HOST) return sendRedirect(net, host, about, draw, at, emit);
  const found = route(net, host, about.source);
  const loopback = found && hop.device === host.interfaces[0];
  if (!found || !icmpAllowed(host.icmpLimiter, icmp, about.source, loopback, at)) {
    emit({ kind: NetEventKind.IcmpSuppressed, at, host: host.id, packet: about.id, flow: about.flow, icmp });
    return;
  }
  // Its own address if the packet was for it, else that of the way back.
  const source: Address = isLocal(net, host, about.destination) ? about.destination : preferredSource(net, host);
  const packet = begin(net, host, about.flow, Protocol.Icmp, source, about.source, 0, 0);
  packet.sizeBytes = errorBytes(about.sizeBytes);
  packet.payloadBytes = packet.sizeBytes - HeaderBytes.Ipv4 - HeaderBytes.Icmp;
  packet.icmp = icmp;
  packet.mtu = command.mtu;
  packet.inner = about;
  send(net, host, packet, draw, at, 0, emit);
}

/**
 * Tells a neighbour of a better way; the packet that it is about goes on. It goes to the source that the packet came
 * with, from the address that this host uses towards it.
 * @see net/ipv4/route.c ip_rt_send_redirect
 */
function sendRedirect(net: Network, host: Host, about: PacketInFlight, draw: Draw, at: number, emit: Emit): void {
  const to = sourceBefore(host, about, at);
  if (!redirectAllowed(host.redirects, to, at) || !route(net, host, to)) return;
  const packet = begin(net, host, about.flow, Protocol.Icmp, preferredSource(net, host), to, 0, 0);
  packet.sizeBytes = errorBytes(about.sizeBytes);
  packet.payloadBytes = packet.sizeBytes - HeaderBytes.Ipv4 - HeaderBytes.Icmp;
  packet.icmp = REDIRECT_HOST;
  packet.inner = about;
  send(net, host, packet, draw, at, 0, emit);
}

/** Answers a segment that nobody wants. @see net/ipv4/tcp_ipv4.c tcp_v4_send_reset, net/ipv4/netfilter/nf_reject_ipv4.c */
export function sendReset({ net }: NetState, command: SendReset, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  const segment = about?.segment === undefined ? undefined : resetFor(about.segment);
  if (host === undefined || about === undefined || segment === undefined) return;
  const { flow, source, destination, sourcePort, destinationPort } = about;
  const packet = begin(net, host, flow, Protocol.Tcp, destination, source, destinationPort, sourcePort);
  carry(packet, segment);
  packet.inner = about;
  const port = command.byRule ? bridgePort(net, host, about) : undefined;
  if (port === undefined || !route(net, host, source)) return send(net, host, packet, draw, command.at, 0, emit);
  passage.begin(net, host, packet, undefined, draw, command.at);
  sendBack(passage, port, about.from, emit);
}

/**
 * The bridge's port that a packet came in by under the eyes of rules: what a rule answers it with RST goes straight back
 * there, past all other rules and untranslated, so that it seems to come from whom the packet was for.
 * @see net/ipv4/netfilter/nf_reject_ipv4.c nf_send_reset
 */
function bridgePort(net: Network, host: Host, { from }: PacketInFlight): Interface | undefined {
  const link = net.links[net.interfaces[from]?.link ?? 0];
  if (link === undefined || !host.sysctls.bridgeCallIptables) return undefined;
  const end = link.ends.find((one) => one !== from && net.interface(one).host === host.id);
  const port = end === undefined ? undefined : net.interface(end);
  return port?.master === 0 ? undefined : port;
}

/** @see net/ipv4/icmp.c icmp_echo */
export function sendEchoReply({ net }: NetState, command: SendEchoReply, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  if (host === undefined || about === undefined) return;
  const packet = begin(net, host, about.flow, Protocol.Icmp, about.destination, about.source, about.sourcePort, 0);
  packet.icmp = IcmpType.EchoReply << 8;
  packet.sequence = about.sequence;
  packet.payloadBytes = about.payloadBytes;
  packet.sizeBytes = about.sizeBytes;
  packet.inner = about;
  send(net, host, packet, draw, command.at, 0, emit);
}

/** Wraps a packet for its tunnel: UDP from a port that the inner flow decides. @see drivers/net/vxlan/vxlan_core.c */
export function encapsulate({ net }: NetState, command: Encapsulate, draw: Draw, emit: Emit): void {
  const inner = net.packets.get(command.packet);
  const device = net.interfaces[command.interface];
  const remote = device?.vxlan?.remotes.find((one) => one.target === command.target);
  if (inner === undefined || device?.vxlan === undefined || remote === undefined) return;
  const host = net.host(device.host);
  const { portLow, portHigh } = host.sysctls;
  const sourcePort = portLow + (tunnelHash(net, inner, draw) % (portHigh - portLow + 1));
  const { local, port } = device.vxlan;
  const packet = begin(net, host, inner.flow, Protocol.Udp, local, remote.underlay, sourcePort, port);
  packet.sizeBytes = inner.sizeBytes + HeaderBytes.Vxlan;
  packet.payloadBytes = packet.sizeBytes - HeaderBytes.Ipv4 - HeaderBytes.Udp;
  packet.inner = inner;
  packet.mark = inner.mark;
  send(net, host, packet, draw, command.at, 0, emit);
}
