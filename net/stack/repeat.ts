/**
 * The short way to a decision: a segment of an open connection goes through a host as the one before it did. What may
 * differ from segment to segment is looked at each time: its fit into the connection, its size, its TTL and the queue
 * at the way out. All else follows from what the way was found by, until `Network.generation` moves on.
 */
import type { Draw } from '../../core/decider.ts';
import { belongs } from '../conntrack/classify.ts';
import { type NetEvent, NetEventKind, type PassageEvent, PassageState } from '../event.ts';
import { CtState } from '../netfilter/skb.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { Protocol, TcpFlag } from '../packet.ts';
import type { Way } from '../way.ts';
import type { Passage } from './passage.ts';
import { packPorts } from './tell.ts';
import { cross, exitOf } from './wire.ts';

type Emit = (event: NetEvent) => void;

/**
 * Decides as it was decided before, if that may be told from the way alone.
 * @param host number of the host
 * @param inInterface interface that the packet came in by; 0: made on the host
 * @param bits `PassageState` bits of a packet that was made here
 * @returns whether it did; if not, nothing was emitted
 */
export function repeated(
  net: Network,
  host: number,
  inInterface: number,
  packet: PacketInFlight,
  at: number,
  bits: number,
  draw: Draw,
  emit: Emit,
): boolean {
  if (!isPlain(packet) || packet.loopReference !== -1 || packet.loopDraft !== undefined || net.faults.length > 0)
    return false;
  const { source, destination, protocol } = packet;
  const ports = packPorts(packet.sourcePort, packet.destinationPort);
  const frameTarget = inInterface === 0 ? 0 : packet.target;
  const way = net.ways.find(host, inInterface, frameTarget, protocol, source, destination, ports);
  if (way === undefined || way.generation !== net.generation) return false;
  if (packet.sizeBytes > way.mtu || packet.ttl <= way.ttl) return false;
  const { entry, exit } = way;
  if (entry !== undefined) {
    const { conntrack } = way.host;
    if (!conntrack.stands(way.reference, entry, at)) return false;
    if (!belongs(entry, way.reference & 1, packet, conntrack.settings)) return false;
  }
  let until = 0;
  if (exit === undefined) {
    if (!net.sockets.has(way.target)) return false;
  } else {
    until = cross(net, exit.port, packet.id, packet.sizeBytes, at, draw);
    if (until < 0) return false;
  }
  emit(retell(way, packet, at, bits, until));
  return true;
}

/** TCP, not the beginning of a connection nor its reset, in no tunnel and unmarked. */
function isPlain({ protocol, flags, inner, mark, segment }: PacketInFlight): boolean {
  return (
    protocol === Protocol.Tcp &&
    (flags & (TcpFlag.Syn | TcpFlag.Rst | TcpFlag.Ack)) === TcpFlag.Ack &&
    inner === undefined &&
    mark === 0 &&
    segment !== undefined
  );
}

/** The same record as `tell` makes, field by field in the same order. */
function retell(way: Way, packet: PacketInFlight, at: number, bits: number, until: number): PassageEvent {
  return {
    kind: way.kind as PassageEvent['kind'],
    at,
    host: way.host.id,
    flow: packet.flow,
    packet: packet.id,
    inner: 0,
    originalSource: packet.originalSource,
    originalDestination: packet.originalDestination,
    originalPorts: packet.originalPorts,
    beforeSource: way.beforeSource,
    beforeDestination: way.beforeDestination,
    beforePorts: way.beforePorts,
    source: way.source,
    destination: way.destination,
    ports: way.ports,
    header: (Protocol.Tcp << 24) | ((packet.ttl - way.ttl) << 16) | packet.flags,
    sequence: packet.sequence,
    acknowledgement: packet.acknowledgement,
    payloadBytes: packet.payloadBytes,
    sizeBytes: packet.sizeBytes,
    inInterface: way.inDevice,
    outInterface: way.outInterface,
    target: way.target,
    path: way.path,
    entry: way.reference + 1,
    state: way.state | bits | (packet.dontFragment ? PassageState.DontFragment : 0),
    until,
  };
}

/** Remembers the way that a passage has just gone to its end, if another packet may go by it. */
export function learn(passage: Passage, event: PassageEvent): void {
  const { net, host, packet } = passage;
  if (!isPlain(packet) || packet.loopReference !== -1 || packet.loopDraft !== undefined) return;
  if (!host.ruleset.isSteady || passage.reference < 0 === host.tracking) return;
  if (host.tracking && (event.state & CtState.Established) === 0) return;
  const delivered = event.kind === NetEventKind.PacketDelivered;
  const entry = host.tracking ? host.conntrack.entry(passage.reference) : undefined;
  const inInterface = passage.firstInterface;
  net.ways.keep({
    generation: net.generation,
    host,
    inInterface,
    frameTarget: inInterface === 0 ? 0 : packet.target,
    protocol: packet.protocol,
    beforeSource: event.beforeSource,
    beforeDestination: event.beforeDestination,
    beforePorts: event.beforePorts,
    entry,
    reference: passage.reference,
    kind: event.kind,
    source: event.source,
    destination: event.destination,
    ports: event.ports,
    inDevice: event.inInterface,
    outInterface: event.outInterface,
    ttl: packet.ttl - ((event.header >>> 16) & 255),
    mtu:
      delivered || (event.state & PassageState.Bridged) !== 0
        ? Number.MAX_SAFE_INTEGER
        : net.interface(event.outInterface).mtu,
    exit: delivered ? undefined : exitOf(net, event.outInterface, event.target),
    target: event.target,
    path: event.path,
    state: event.state & ~(PassageState.DontFragment | PassageState.FromSocket),
  });
}
