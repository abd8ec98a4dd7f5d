/**
 * The fold of passages: what a packet's way through a host leaves behind in state. Rule counters, connections,
 * neighbours' queues, links and sockets follow from the event alone.
 */
import { invariant } from '../../core/error.ts';
import { NetCommandKind } from '../command.ts';
import { CT_STATE_MASK } from '../conntrack/classify.ts';
import type { ConntrackDraft } from '../conntrack/entry.ts';
import { Direction, Status } from '../conntrack/status.ts';
import { Verdict } from '../conntrack/tcp-tracker.ts';
import { invert } from '../conntrack/tuple.ts';
import { DropReason } from '../drop-reason.ts';
import { type AnyPassage, NetEventKind, PassageState } from '../event.ts';
import type { Exit } from '../exit.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { Host } from '../host.ts';
import { type Interface, InterfaceKind } from '../interface.ts';
import { serializationNs } from '../link.ts';
import { count } from '../netfilter/counters.ts';
import { TableId } from '../netfilter/hook.ts';
import { CtState } from '../netfilter/skb.ts';
import { LOOP_UNTRACKED, type NetState, type Network, type PacketInFlight } from '../network.ts';
import { Protocol } from '../packet.ts';
import { isIcmpError } from '../transport/icmp.ts';
import { icmpSent } from '../transport/icmp-limit.ts';
import { REDIRECT_HOST, redirectSent } from '../transport/icmp-redirect.ts';
import { resetFor } from '../transport/segment.ts';
import { nextSegment, transmitted } from '../transport/tcp-transmit.ts';
import { takeDelivery, takeLocalError } from './delivery.ts';
import { markAfter } from './mark.ts';
import { stopWaiting, used, wait } from './neighbour-record.ts';
import { quotedTuple } from './quoted.ts';
import { remember, remembered } from './remember.ts';
import { sequel, sequelOf } from './sequel.ts';
import { isAnsweredQuery, moveTimer, removeSocket, senderOf } from './socket-state.ts';
import { exitOf } from './wire.ts';

export function recordPassage({ net }: NetState, event: AnyPassage): void {
  if (event.host === 0) {
    net.packets.delete(event.packet);
    return;
  }
  const host = net.host(event.host);
  const packet = net.packets.get(event.packet) ?? born(net, host, event);
  if (event.path !== 0) count(host.ruleset, host.counters, host.paths.codes(event.path)!, event.sizeBytes);
  const { remembers } = host.ruleset;
  if (remembers) remember(net, host, packet, event);
  const mark = remembers ? remembered.connectionMark : 0;
  const goesOn = event.kind === NetEventKind.PacketSent || event.kind === NetEventKind.PacketForwarded;
  const out = event.outInterface === 0 ? undefined : net.interface(event.outInterface);
  const loops = out?.kind === InterfaceKind.Loopback;
  const isLost = event.kind === NetEventKind.PacketDropped || event.kind === NetEventKind.PacketRejected;
  const before = isLost || loops ? entryOf(host, event.entry - 1) : undefined;
  const reference = track(host, packet, event, mark);
  rewrite(host, packet, event);
  if (!staysHere(event, out)) packet.mark = 0;
  else packet.mark = remembers ? remembered.mark : markAfter(host, packet.mark, event.path);
  if (goesOn) {
    packet.loopReference = -1;
    // A RST takes its connection out of the table and still belongs to it.
    packet.loopDraft = loops && reference < 0 ? (before ?? packet.loopDraft) : undefined;
    packet.loopState = packet.loopDraft === undefined ? 0 : event.state & CT_STATE_MASK;
    leave(net, host, packet, event, out!, reference);
  } else endHere(net, host, packet, event, before, reference, mark);
}

/** It has come to its end. Who has something to say about it keeps it. */
function endHere(
  net: Network,
  host: Host,
  packet: PacketInFlight,
  event: AnyPassage,
  before: ConntrackDraft | undefined,
  reference: number,
  mark: number,
): void {
  if (event.kind === NetEventKind.PacketDelivered) takeDelivery(net, host, packet, event);
  else {
    if (packet.waitsFor !== 0) stopWaiting(host, event.outInterface, packet);
    if (packet.maker === host.id) takeLocalError(host, packet, event);
    if (event.target !== 0) used(host.neighbours.ofTarget(event.outInterface, event.target), event.packet, event.at);
  }
  packet.ended = event.entry - 1;
  if (!sequelOf(net, host, packet, event)) net.packets.delete(packet.id);
  else if (isReset(event) && event.entry > 0 && (reference & 1) === Direction.Original) {
    // A rule resets a connection that stands in the table: it is closed at once, and the RST is about it.
    packet.draft = entryOf(host, reference);
    host.conntrack.close(reference, event.at);
  } else if (host.tracking && reference < 0)
    packet.draft = (event.state & CtState.New) === 0 ? before : draftOf(host, packet, event, mark);
}

/**
 * Whether a packet goes on as the same buffer: only a way through another namespace clears its mark.
 * @see net/core/skbuff.c skb_scrub_packet, drivers/net/vxlan/vxlan_core.c vxlan_rcv
 */
function staysHere({ kind, inner }: AnyPassage, out: Interface | undefined): boolean {
  if (kind === NetEventKind.PacketDelivered) return inner !== 0;
  return out?.kind === InterfaceKind.Loopback || out?.kind === InterfaceKind.Vxlan;
}

function isReset({ kind, state }: AnyPassage): boolean {
  const byRule = kind === NetEventKind.PacketRejected && state >>> 16 === DropReason.NetfilterReject;
  return byRule && sequel.command === NetCommandKind.SendReset;
}

/** What a table says of a connection, to outlive its entry. */
function entryOf(host: Host, reference: number): ConntrackDraft | undefined {
  if (reference < 0 || !host.conntrack.holds(reference)) return undefined;
  const { flow, original, reply, status, mark } = host.conntrack.entry(reference);
  return { flow, original, reply, status, mark };
}

/** A number that appears for the first time: the packet was made by the host of this event. */
function born(net: Network, host: Host, event: AnyPassage): PacketInFlight {
  net.nextPacket = event.packet + 1;
  const protocol = event.header >>> 24;
  const icmp = protocol === Protocol.Icmp;
  const about = event.inner === 0 ? undefined : net.packets.get(event.inner);
  const tunnels = protocol === Protocol.Udp;
  const redirects = icmp && (event.header & 0xffff) === REDIRECT_HOST;
  const packet: PacketInFlight = {
    id: event.packet,
    flow: event.flow,
    protocol,
    source: event.beforeSource,
    destination: event.beforeDestination,
    sourcePort: event.beforePorts >>> 16,
    destinationPort: event.beforePorts & 0xffff,
    icmp: icmp ? event.header & 0xffff : 0,
    flags: icmp ? 0 : event.header & 0xffff,
    sequence: event.sequence,
    acknowledgement: icmp ? 0 : event.acknowledgement,
    payloadBytes: event.payloadBytes,
    sizeBytes: event.sizeBytes,
    ttl: (event.header >>> 16) & 255,
    dontFragment: (event.state & PassageState.DontFragment) !== 0,
    mtu: icmp ? event.acknowledgement : 0,
    originalSource: event.originalSource,
    originalDestination: event.originalDestination,
    originalPorts: event.originalPorts,
    hops: 0,
    dnat: 0,
    snat: 0,
    target: 0,
    from: 0,
    segment: segmentOf(net, host, event, about),
    inner: tunnels || isIcmpError(icmp ? event.header & 0xffff : 0) ? (redirects ? { ...about! } : about) : undefined,
    loopReference: -1,
    loopDraft: tunnels ? undefined : about?.draft,
    loopState: 0,
    mark: tunnels ? (about?.mark ?? 0) : 0,
    waitsFor: 0,
    maker: host.id,
    ended: -1,
    draft: undefined,
  };
  // What a packet answers has ended; what a tunnel carries goes on inside it, and what a redirect is about on its own.
  if (about !== undefined && !tunnels && !redirects) net.packets.delete(about.id);
  if (redirects) redirectSent(host.redirects, packet.destination, event.at);
  else if (icmp && packet.inner !== undefined) {
    icmpSent(host.icmpLimiter, packet.icmp, packet.destination, event.outInterface === host.interfaces[0], event.at);
  }
  net.packets.set(packet.id, packet);
  return packet;
}

/** What only TCP reads of a new segment: from the socket that sends it, or from the segment that a reset answers. */
function segmentOf(net: Network, host: Host, event: AnyPassage, about: PacketInFlight | undefined) {
  if ((event.state & PassageState.FromSocket) === 0)
    return about?.segment === undefined || event.header >>> 24 !== Protocol.Tcp ? undefined : resetFor(about.segment);
  const socket = senderOf(host, event);
  invariant(socket !== undefined, 'No socket sent the packet', event.packet);
  if (socket.tcp === undefined) {
    socket.datagrams.shift();
    socket.outbound?.shift();
    if (isAnsweredQuery(socket)) removeSocket(net, host, socket);
    return undefined;
  }
  const segment = nextSegment(socket.tcp, event.at);
  invariant(segment !== undefined, 'The socket had nothing to send', socket.id);
  transmitted(socket.tcp, segment, event.at);
  moveTimer(socket, event.at);
  return segment;
}

/** The connection that the packet made, or belongs to. @returns its reference, or -1 */
function track(host: Host, packet: PacketInFlight, event: AnyPassage, mark: number): number {
  const reference = event.entry - 1;
  if (host.ruleset.remembers && host.conntrack.holds(reference)) host.conntrack.setMark(reference, mark);
  if (!host.tracking || packet.loopReference >= 0) return packet.loopReference;
  if ((event.state & PassageState.Confirm) !== 0) return confirm(host, packet, event, mark);
  if (reference < 0 || (packet.inner !== undefined && packet.protocol === Protocol.Icmp)) return reference;
  // Judged as it came in: before this host's own rewriting.
  const verdict = host.conntrack.advance(reference, packet, event.at);
  return verdict === Verdict.Close || verdict === Verdict.Reopen ? -1 : reference;
}

function confirm(host: Host, packet: PacketInFlight, event: AnyPassage, mark: number): number {
  const { conntrack } = host;
  const draft = draftOf(host, packet, event, mark);
  invariant(draft !== undefined, 'A connection was confirmed that has no answers');
  const { original, reply } = draft;
  // A connection reopened, or closed and given up for its port, makes room.
  for (const one of [original, reply]) {
    const taken = conntrack.findTuple(one, event.at);
    if (taken >= 0) conntrack.remove(taken);
  }
  return conntrack.insert(draft, packet, event.at);
}

/** The connection that a packet opens, as far as it has come on this host. */
function draftOf(host: Host, packet: PacketInFlight, event: AnyPassage, mark: number): ConntrackDraft | undefined {
  const original = tuple(packet, event.beforeSource, event.beforeDestination, event.beforePorts);
  const reply = invert(tuple(packet, event.source, event.destination, event.ports));
  if (reply === undefined) return undefined;
  const status =
    ((event.state & PassageState.Snat) !== 0 ? Status.SrcNat : 0) |
    ((event.state & PassageState.Dnat) !== 0 ? Status.DstNat : 0) |
    (host.ruleset.hasTable(TableId.Nat) ? Status.SrcNatDone | Status.DstNatDone : 0);
  return { flow: event.flow, original, reply, status, mark };
}

function tuple(packet: PacketInFlight, source: number, destination: number, ports: number): FiveTuple {
  return {
    protocol: packet.protocol,
    source,
    sourcePort: ports >>> 16,
    destination,
    destinationPort: ports & 0xffff,
    icmp: packet.icmp,
  };
}

/** Its addresses from here on, and those of the packet that it quotes. */
function rewrite(host: Host, packet: PacketInFlight, event: AnyPassage): void {
  if (packet.inner !== undefined && packet.protocol === Protocol.Icmp && (event.state & CtState.Related) !== 0) {
    const quoted = quotedTuple(host, event.entry - 1, packet);
    packet.inner.source = quoted.source;
    packet.inner.destination = quoted.destination;
    packet.inner.sourcePort = quoted.sourcePort;
    packet.inner.destinationPort = quoted.destinationPort;
    packet.inner.draft = undefined;
  }
  packet.source = event.source;
  packet.destination = event.destination;
  packet.sourcePort = event.ports >>> 16;
  packet.destinationPort = event.ports & 0xffff;
  packet.ttl = (event.header >>> 16) & 255;
  if ((event.state & PassageState.Snat) !== 0) packet.snat++;
  if ((event.state & PassageState.Dnat) !== 0) packet.dnat++;
}

function leave(
  net: Network,
  host: Host,
  packet: PacketInFlight,
  event: AnyPassage,
  device: Interface,
  reference: number,
): void {
  if (event.target === 0) return wait(host, packet, event);
  packet.target = event.target;
  if (device.kind === InterfaceKind.Loopback) {
    device.busyUntilNs = event.until;
    packet.loopReference = (event.state & CtState.Untracked) === 0 ? reference : LOOP_UNTRACKED;
    return;
  }
  if (device.kind === InterfaceKind.Vxlan) return;
  const exit = exitOf(net, device.id, event.target);
  used(exit.neighbour, packet.id, event.at);
  occupy(exit, packet, event.at);
}

/** The packet takes its place on the link. */
export function occupy({ port, link }: Exit, packet: PacketInFlight, at: number): void {
  packet.hops++;
  packet.from = port.id;
  const takesNs = serializationNs(link, packet.sizeBytes);
  if (takesNs === 0) return;
  port.busyUntilNs = Math.max(at, port.busyUntilNs) + takesNs;
  while (port.queueHead < port.departures.length && port.departures[port.queueHead]! <= at) port.queueHead++;
  if (port.queueHead > 64) {
    port.departures.splice(0, port.queueHead);
    port.queueHead = 0;
  }
  port.departures.push(port.busyUntilNs);
}
