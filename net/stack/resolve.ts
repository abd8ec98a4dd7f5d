/**
 * Who has this address? Questions and answers between neighbours (ARP), and what becomes of the packets that wait.
 * @see RFC 826, net/core/neighbour.c neigh_add_timer, net/ipv4/arp.c
 */
import type { Draw } from '../../core/decider.ts';
import { fraction } from '../../core/random.ts';
import type { Address } from '../address.ts';
import type { AnswerNeighbour, LearnNeighbour, NetCommand, ReleasePacket, SolicitNeighbour } from '../command.ts';
import { NetCommandKind } from '../command.ts';
import { DropReason } from '../drop-reason.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import { HostStatus } from '../host.ts';
import { type Interface, Scope } from '../interface.ts';
import {
  asks,
  DELAY_NS,
  type Neighbour,
  NeighbourState,
  newNeighbour,
  REACHABLE_NS,
  RETRANSMIT_NS,
  SOLICITATIONS,
} from '../neighbour.ts';
import type { NetState, Network } from '../network.ts';
import { Purpose } from '../purpose.ts';
import { tcpProfile } from '../transport/tcp-profile.ts';
import { expiryNs } from '../transport/timer-wheel.ts';
import { drop, strike } from './end.ts';
import { stopWaiting } from './neighbour-record.ts';
import { passage } from './passage.ts';
import { occupy } from './record.ts';
import { isLocal, selectAddress, validate } from './routing.ts';
import { answererOf, cross, egress, exitOf, isCutOff } from './wire.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

/** Asks once more, or gives up: what waits is dropped, and its senders are told. */
export function solicitNeighbour({ net }: NetState, command: SolicitNeighbour, draw: Draw, emit: Emit): void {
  const device = net.interfaces[command.interface];
  if (device === undefined) return;
  const host = net.host(device.host);
  const entry = host.neighbours.get(device.id, command.address);
  if (!asks(entry) || entry.generation !== command.generation || host.status === HostStatus.Down) return;
  const { at, address } = command;
  if (entry.solicitations < SOLICITATIONS) {
    emit({
      kind: NetEventKind.NeighbourSolicited,
      at,
      host: host.id,
      interface: device.id,
      address,
      generation: entry.generation,
    });
    return;
  }
  emit({ kind: NetEventKind.NeighbourFailed, at, host: host.id, interface: device.id, address });
  for (const id of entry.waiting) {
    const packet = net.packets.get(id);
    if (packet === undefined) continue;
    passage.begin(net, host, packet, undefined, draw, at);
    passage.outInterface = device.id;
    drop(passage, DropReason.NeighbourFailed, emit);
  }
}

/** The question arrives; a host that has gone meanwhile says nothing. */
export function answerNeighbour({ net }: NetState, command: AnswerNeighbour, _draw: Draw, emit: Emit): void {
  const device = net.interfaces[command.interface];
  const asker = net.interfaces[command.asker];
  if (device === undefined || asker === undefined) return;
  const host = net.host(device.host);
  if (host.status === HostStatus.Down || isCutOff(net, device) || isCutOff(net, asker)) return;
  if (!device.up || !net.link(linkOf(net, device.id, asker.id)).up) return;
  const { at, address, generation, delayNs } = command;
  const askerAddress = askingAddress(net, asker, address);
  // Who would not believe a packet from there gives no answer either. Nobody's address asks whether it is taken.
  if (askerAddress !== 0 && validate(net, host, device, askerAddress, address) !== DropReason.None) return;
  emit({
    kind: NetEventKind.NeighbourAnswered,
    at,
    host: host.id,
    interface: device.id,
    asker: asker.id,
    address,
    askerAddress,
    generation,
    replyAt: at + delayNs,
  });
}

/**
 * The address that a question comes from: that of the packet which waits, if it is the asker's own, else the nearest one.
 * @see net/ipv4/arp.c arp_solicit
 */
function askingAddress(net: Network, asker: Interface, address: Address): Address {
  const host = net.host(asker.host);
  const newest = host.neighbours.get(asker.id, address)?.waiting.at(-1);
  const source = newest === undefined ? 0 : (net.packets.get(newest)?.source ?? 0);
  return source !== 0 && isLocal(net, host, source) ? source : selectAddress(net, host, asker, address, Scope.Link);
}

function linkOf(net: Network, device: number, asker: number): number {
  const own = net.interface(device).link;
  if (own !== 0) return own;
  const far = net.interface(asker).link;
  return far !== 0 ? far : net.interface(net.interface(device).ports[0]!).link;
}

export function learnNeighbour({ net }: NetState, command: LearnNeighbour, draw: Draw, emit: Emit): void {
  const device = net.interfaces[command.interface];
  if (device === undefined) return;
  const host = net.host(device.host);
  const entry = host.neighbours.get(device.id, command.address);
  if (!asks(entry) || entry.generation !== command.generation) return;
  if (host.status === HostStatus.Down || isCutOff(net, device)) return;
  const { at, address, target } = command;
  const share = 0.5 + fraction(draw(Purpose.Reachable, device.id, address));
  emit({
    kind: NetEventKind.NeighbourLearned,
    at,
    host: host.id,
    interface: device.id,
    address,
    target,
    reachableUntil: at + Math.round(REACHABLE_NS * share),
  });
}

export function releasePacket({ net }: NetState, command: ReleasePacket, draw: Draw, emit: Emit): void {
  const packet = net.packets.get(command.packet);
  const device = net.interfaces[command.interface];
  if (packet === undefined || device === undefined) return;
  const host = net.host(device.host);
  const { at, address } = command;
  const target = host.neighbours.get(device.id, address)?.target ?? 0;
  passage.begin(net, host, packet, undefined, draw, at);
  passage.outInterface = device.id;
  const port = target === 0 ? undefined : egress(net, device, target);
  if (port === undefined) return drop(passage, DropReason.BridgeNoPort, emit);
  const arrival = cross(net, port, packet.id, packet.sizeBytes, at, draw);
  if (arrival < 0) return drop(passage, -arrival, emit);
  if (strike(passage, emit)) return drop(passage, DropReason.Fault, emit);
  emit({
    kind: NetEventKind.PacketReleased,
    at,
    host: host.id,
    flow: packet.flow,
    packet: packet.id,
    address,
    outInterface: device.id,
    target,
    state: 0,
    until: arrival,
  });
}

export function evolveSolicited({ net }: NetState, event: NetEventOf<'NeighbourSolicited'>): void {
  const entry = net.host(event.host).neighbours.get(event.interface, event.address)!;
  if (entry.state === NeighbourState.Delay) entry.state = NeighbourState.Probe;
  entry.solicitations++;
}

/** Who is asked learns who asks. @see net/ipv4/arp.c arp_process neigh_event_ns */
export function evolveAnswered({ net }: NetState, event: NetEventOf<'NeighbourAnswered'>): void {
  if (event.askerAddress === 0) return;
  const { neighbours } = net.host(event.host);
  const known = neighbours.get(event.interface, event.askerAddress);
  if (known !== undefined && known.state !== NeighbourState.Failed) {
    // The same address with another interface behind it: the newer word counts.
    if (known.target !== 0 && known.target !== event.asker && known.state !== NeighbourState.Permanent)
      neighbours.settle(known, event.asker);
    return;
  }
  const generation = (known?.generation ?? 0) + 1;
  const entry = newNeighbour(event.interface, event.askerAddress, NeighbourState.Stale, generation);
  neighbours.set(entry);
  neighbours.settle(entry, event.asker);
}

export function evolveLearned({ net }: NetState, event: NetEventOf<'NeighbourLearned'>): void {
  const { neighbours } = net.host(event.host);
  const entry = neighbours.get(event.interface, event.address)!;
  entry.state = NeighbourState.Reachable;
  entry.generation++;
  entry.solicitations = 0;
  entry.reachableUntilNs = event.reachableUntil;
  neighbours.settle(entry, event.target);
}

export function evolveFailed({ net }: NetState, event: NetEventOf<'NeighbourFailed'>): void {
  const entry = net.host(event.host).neighbours.get(event.interface, event.address)!;
  entry.state = NeighbourState.Failed;
  entry.generation++;
  entry.waiting.length = 0;
}

export function evolveReleased({ net }: NetState, event: NetEventOf<'PacketReleased'>): void {
  const packet = net.packets.get(event.packet)!;
  const host = net.host(event.host);
  stopWaiting(host, event.outInterface, packet);
  packet.target = event.target;
  occupy(exitOf(net, event.outInterface, event.target), packet, event.at);
}

export function planSolicited({ net }: NetState, event: NetEventOf<'NeighbourSolicited'>, schedule: Schedule): void {
  const { at, interface: device, address, generation } = event;
  const { target, delayNs } = answererOf(net, net.interface(device), address);
  if (target !== 0)
    schedule({
      kind: NetCommandKind.AnswerNeighbour,
      at: at + delayNs,
      interface: target,
      asker: device,
      address,
      generation,
      delayNs,
    });
  // Neighbours' timers go by the kernel's wheel as TCP's do.
  const nextAt = expiryNs(at, RETRANSMIT_NS, tcpProfile(net.kernel).tickNs);
  schedule({ kind: NetCommandKind.SolicitNeighbour, at: nextAt, interface: device, address, generation });
}

export function planAnswered(_state: NetState, event: NetEventOf<'NeighbourAnswered'>, schedule: Schedule): void {
  const { asker, address, generation, replyAt } = event;
  schedule({
    kind: NetCommandKind.LearnNeighbour,
    at: replyAt,
    interface: asker,
    address,
    target: event.interface,
    generation,
  });
}

export function planLearned({ net }: NetState, event: NetEventOf<'NeighbourLearned'>, schedule: Schedule): void {
  const entry = net.host(event.host).neighbours.get(event.interface, event.address)!;
  for (const packet of entry.waiting) {
    schedule({
      kind: NetCommandKind.ReleasePacket,
      at: event.at,
      interface: event.interface,
      address: event.address,
      packet,
    });
  }
}

export function planReleased({ net }: NetState, event: NetEventOf<'PacketReleased'>, schedule: Schedule): void {
  const { packet, outInterface, target, until: at } = event;
  schedule({ kind: NetCommandKind.DeliverPacket, at, packet, interface: exitOf(net, outInterface, target).end });
}

/** A packet is the first to wait for a neighbour's answer: the question follows. */
export function planQuestion(entry: Neighbour | undefined, at: number, schedule: Schedule): void {
  if (entry === undefined || entry.waiting.length !== 1 || entry.solicitations !== 0) return;
  const { device, address, generation } = entry;
  schedule({ kind: NetCommandKind.SolicitNeighbour, at, interface: device, address, generation });
}

/** A stale neighbour has been used by a packet: it must prove itself, or be asked. */
export function planProof(
  net: Network,
  entry: Neighbour | undefined,
  packet: number,
  at: number,
  schedule: Schedule,
): void {
  if (entry === undefined || entry.state !== NeighbourState.Delay) return;
  if (entry.delayedAtNs !== at || entry.delayedBy !== packet) return;
  const { device, address, generation } = entry;
  schedule({
    kind: NetCommandKind.SolicitNeighbour,
    at: expiryNs(at, DELAY_NS, tcpProfile(net.kernel).tickNs),
    interface: device,
    address,
    generation,
  });
}
