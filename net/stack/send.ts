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
import { Hook } from '../netfilter/hook.ts';
import type { NetState, Network, PacketInFlight } from '../network.ts';
import { HeaderBytes, IcmpType, Protocol } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import type { Socket } from '../socket.ts';
import { errorBytes } from '../transport/icmp.ts';
import { icmpAllowed } from '../transport/icmp-limit.ts';
import { resetFor } from '../transport/segment.ts';
import { nextSegment } from '../transport/tcp-transmit.ts';
import { datagramBytes } from '../transport/udp.ts';
import { drop, sendOn, stop } from './end.ts';
import { Passed, passage } from './passage.ts';
import { reasonOf } from './receive.ts';
import { hop, isLocal, route } from './routing.ts';
import { packPorts } from './tell.ts';

type Emit = (event: NetEvent) => void;

/** The fields that differ from one made packet to the next; the rest follows. */
type Draft = Pick<
  PacketInFlight,
  'flow' | 'protocol' | 'source' | 'destination' | 'sourcePort' | 'destinationPort' | 'payloadBytes' | 'sizeBytes'
> &
  Partial<PacketInFlight>;

/** A packet that is about to leave a host for the first time. */
function makePacket(net: Network, host: Host, draft: Draft): PacketInFlight {
  return {
    id: net.nextPacket,
    flow: draft.flow,
    protocol: draft.protocol,
    source: draft.source,
    destination: draft.destination,
    sourcePort: draft.sourcePort,
    destinationPort: draft.destinationPort,
    icmp: draft.icmp ?? 0,
    flags: draft.flags ?? 0,
    sequence: draft.sequence ?? 0,
    acknowledgement: draft.acknowledgement ?? 0,
    payloadBytes: draft.payloadBytes,
    sizeBytes: draft.sizeBytes,
    ttl: host.sysctls.defaultTtl,
    dontFragment: draft.dontFragment ?? false,
    mtu: draft.mtu ?? 0,
    inner: draft.inner,
    originalSource: draft.source,
    originalDestination: draft.destination,
    originalPorts: packPorts(draft.sourcePort, draft.destinationPort),
    hops: 0,
    dnat: 0,
    snat: 0,
    target: 0,
    segment: draft.segment,
    loopReference: -1,
    maker: host.id,
    draft: undefined,
  };
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
  if (packet !== undefined) send(net, host, packet, draw, command.at, PassageState.FromSocket, emit);
}

function ends(socket: Socket) {
  return {
    flow: socket.flow,
    protocol: socket.protocol,
    source: socket.localAddress,
    destination: socket.remoteAddress,
    sourcePort: socket.localPort,
    destinationPort: socket.remotePort,
  };
}

function segmentOf(net: Network, host: Host, socket: Socket, at: number): PacketInFlight | undefined {
  const segment = nextSegment(socket.tcp!, at);
  if (segment === undefined) return undefined;
  const { flags, sequence, acknowledgement, payloadBytes, headerBytes } = segment;
  const sizeBytes = HeaderBytes.Ipv4 + headerBytes + payloadBytes;
  return makePacket(net, host, {
    ...ends(socket),
    flags,
    sequence,
    acknowledgement,
    payloadBytes,
    sizeBytes,
    dontFragment: true,
    segment,
  });
}

function datagramOf(net: Network, host: Host, socket: Socket): PacketInFlight | undefined {
  const payloadBytes = socket.datagrams[0];
  if (payloadBytes === undefined) return undefined;
  if (socket.protocol === Protocol.Icmp) {
    const sizeBytes = HeaderBytes.Ipv4 + HeaderBytes.Icmp + payloadBytes;
    return makePacket(net, host, {
      ...ends(socket),
      sourcePort: socket.remotePort,
      destinationPort: 0,
      icmp: IcmpType.Echo << 8,
      sequence: 1,
      payloadBytes,
      sizeBytes,
      dontFragment: true,
    });
  }
  return makePacket(net, host, {
    ...ends(socket),
    payloadBytes,
    sizeBytes: datagramBytes(payloadBytes),
    dontFragment: true,
  });
}

/** @see net/ipv4/icmp.c __icmp_send */
export function sendIcmpError({ net }: NetState, command: SendIcmpError, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  if (host === undefined || about === undefined) return;
  const { icmp, at } = command;
  const found = route(net, host, about.source);
  const loopback = found && hop.device === host.interfaces[0];
  if (!found || !icmpAllowed(host.icmpLimiter, icmp, about.source, loopback, at)) {
    emit({ kind: NetEventKind.IcmpSuppressed, at, host: host.id, packet: about.id, flow: about.flow, icmp });
    return;
  }
  // Its own address if the packet was for it, else that of the way back.
  const source: Address = isLocal(net, host, about.destination) ? about.destination : hop.source;
  const sizeBytes = errorBytes(about.sizeBytes);
  const payloadBytes = sizeBytes - HeaderBytes.Ipv4 - HeaderBytes.Icmp;
  const draft = {
    flow: about.flow,
    protocol: Protocol.Icmp,
    source,
    destination: about.source,
    sourcePort: 0,
    destinationPort: 0,
    icmp,
    payloadBytes,
    sizeBytes,
  };
  send(net, host, makePacket(net, host, { ...draft, mtu: command.mtu, inner: about }), draw, at, 0, emit);
}

/** Answers a segment that nobody wants. @see net/ipv4/tcp_ipv4.c tcp_v4_send_reset, net/ipv4/netfilter/nf_reject_ipv4.c */
export function sendReset({ net }: NetState, command: SendReset, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  const segment = about?.segment === undefined ? undefined : resetFor(about.segment);
  if (host === undefined || about === undefined || segment === undefined) return;
  const { flags, sequence, acknowledgement, headerBytes } = segment;
  const draft = {
    flow: about.flow,
    protocol: Protocol.Tcp,
    source: about.destination,
    destination: about.source,
    sourcePort: about.destinationPort,
    destinationPort: about.sourcePort,
    flags,
    sequence,
    acknowledgement,
    payloadBytes: 0,
    sizeBytes: HeaderBytes.Ipv4 + headerBytes,
    dontFragment: true,
    segment,
  };
  send(net, host, makePacket(net, host, { ...draft, inner: about }), draw, command.at, 0, emit);
}

/** @see net/ipv4/icmp.c icmp_echo */
export function sendEchoReply({ net }: NetState, command: SendEchoReply, draw: Draw, emit: Emit): void {
  const host = net.hosts[command.host];
  const about = net.packets.get(command.packet);
  if (host === undefined || about === undefined) return;
  const { flow, protocol, sourcePort, sequence, payloadBytes, sizeBytes } = about;
  const draft = {
    flow,
    protocol,
    source: about.destination,
    destination: about.source,
    sourcePort,
    destinationPort: 0,
    icmp: IcmpType.EchoReply << 8,
    sequence,
    payloadBytes,
    sizeBytes,
  };
  send(net, host, makePacket(net, host, { ...draft, inner: about }), draw, command.at, 0, emit);
}

/** Wraps a packet for its tunnel: UDP from a port that the inner flow decides. @see drivers/net/vxlan/vxlan_core.c */
export function encapsulate({ net }: NetState, command: Encapsulate, draw: Draw, emit: Emit): void {
  const inner = net.packets.get(command.packet);
  const device = net.interfaces[command.interface];
  const remote = device?.vxlan?.remotes.find((one) => one.target === command.target);
  if (inner === undefined || device?.vxlan === undefined || remote === undefined) return;
  const host = net.host(device.host);
  const { portLow, portHigh } = host.sysctls;
  const sourcePort = portLow + (draw(Purpose.TunnelPort, inner.flow) % (portHigh - portLow + 1));
  const sizeBytes = inner.sizeBytes + HeaderBytes.Vxlan;
  const draft = {
    flow: inner.flow,
    protocol: Protocol.Udp,
    source: device.vxlan.local,
    destination: remote.underlay,
    sourcePort,
    destinationPort: device.vxlan.port,
    payloadBytes: sizeBytes - HeaderBytes.Ipv4 - HeaderBytes.Udp,
    sizeBytes,
  };
  send(net, host, makePacket(net, host, { ...draft, inner }), draw, command.at, 0, emit);
}
