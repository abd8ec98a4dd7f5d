/**
 * How a passage ends: the one place that turns it into its event, records a path that is new, and puts the packet on
 * the wire.
 */
import { DropReason } from '../drop-reason.ts';
import { type NetEvent, NetEventKind, type PassageEvent, PassageState } from '../event.ts';
import { type Interface, InterfaceKind } from '../interface.ts';
import { QUEUE_PACKETS } from '../neighbour.ts';
import { TABLE_NAMES } from '../netfilter/hook.ts';
import { printRule } from '../netfilter/print.ts';
import { Protocol } from '../packet.ts';
import { type Passage, Passed } from './passage.ts';
import { learn } from './repeat.ts';
import { confirms, tell } from './tell.ts';
import { cross, egress, farEnd, knownNeighbour } from './wire.ts';

type Emit = (event: NetEvent) => void;

/** What a packet takes over the loopback device: next to nothing. */
const LOOPBACK_NS = 1;

/** The number of the passage's path; tells it first when it is new. */
function pathNumber(passage: Passage, emit: Emit): number {
  const { path, host, net } = passage;
  if (path.length === 0) return 0;
  const known = host.paths.find(path.codes, path.length);
  if (known !== 0) return known;
  const number = net.nextPath;
  emit({
    kind: NetEventKind.PathTaken,
    at: passage.nowNs,
    host: host.id,
    path: number,
    text: path.codes.subarray(0, path.length).join('.'),
  });
  return number;
}

/** Ends it after a hook, or for another reason, without a packet on the wire. */
export function drop(passage: Passage, reason: number, emit: Emit): void {
  finish(passage, NetEventKind.PacketDropped, 0, 0, reason, emit);
}

/** Ends it as `passHook` said. */
export function stop(passage: Passage, passed: number, emit: Emit): void {
  if (passed === Passed.Unknown) {
    const path = pathNumber(passage, emit);
    const event = tell(passage, NetEventKind.PacketDropped, path, 0, 0, 0, DropReason.None);
    emit({ ...event, kind: NetEventKind.PacketUnknown, text: ruleText(passage) });
    return;
  }
  finish(
    passage,
    passed === Passed.Rejected ? NetEventKind.PacketRejected : NetEventKind.PacketDropped,
    0,
    0,
    passage.reason,
    emit,
  );
}

/** Hands it to a socket, or to the kernel itself. */
export function deliver(passage: Passage, socket: number, emit: Emit): void {
  const bits = confirms(passage) ? PassageState.Confirm : 0;
  goOn(passage, NetEventKind.PacketDelivered, socket, 0, bits, emit);
}

/** Nobody listens: the sender is told. */
export function refuse(passage: Passage, emit: Emit): void {
  finish(
    passage,
    NetEventKind.PacketRejected,
    0,
    0,
    DropReason.NoSocket,
    emit,
    confirms(passage) ? PassageState.Confirm : 0,
  );
}

/** The last step out of a host: to the neighbour `via` by the interface `outInterface`. */
export function sendOn(passage: Passage, via: number, emit: Emit): void {
  const { net, host, nowNs } = passage;
  const kind = passage.inInterface === 0 ? NetEventKind.PacketSent : NetEventKind.PacketForwarded;
  const bits = (confirms(passage) ? PassageState.Confirm : 0) | (passage.bridged ? PassageState.Bridged : 0);
  const device = net.interface(passage.outInterface);
  if (!device.up) return finish(passage, NetEventKind.PacketDropped, 0, 0, DropReason.InterfaceDown, emit);
  if (device.kind === InterfaceKind.Loopback) {
    // One after the other: what comes second finds the first one taken in, and answered.
    const arrival = Math.max(nowNs, device.busyUntilNs) + LOOPBACK_NS;
    return finish(passage, kind, device.id, arrival, DropReason.None, emit, bits);
  }
  const target = knownNeighbour(host, device.id, via);
  if (target === 0) {
    // A tunnel's neighbours are given, never asked for.
    if (device.kind === InterfaceKind.Vxlan)
      return finish(passage, NetEventKind.PacketDropped, 0, 0, DropReason.NoTunnelRemote, emit, bits);
    const waiting = host.neighbours.get(device.id, via)?.waiting.length ?? 0;
    if (waiting >= QUEUE_PACKETS)
      return finish(passage, NetEventKind.PacketDropped, 0, 0, DropReason.NeighbourQueueFull, emit, bits);
    return finish(passage, kind, 0, via, DropReason.None, emit, bits);
  }
  if (device.kind === InterfaceKind.Vxlan) return finish(passage, kind, target, nowNs, DropReason.None, emit, bits);
  const port = egress(net, device, target);
  if (port === undefined) return finish(passage, NetEventKind.PacketDropped, 0, 0, DropReason.BridgeNoPort, emit, bits);
  overLink(passage, port, target, kind, bits, emit);
}

/** Straight out of a bridge's port to an interface at the other end: no route, no neighbour, no hook. */
export function sendBack(passage: Passage, port: Interface, target: number, emit: Emit): void {
  passage.outInterface = port.master;
  overLink(passage, port, target, NetEventKind.PacketSent, 0, emit);
}

function overLink(
  passage: Passage,
  port: Interface,
  target: number,
  kind: PassageEvent['kind'],
  bits: number,
  emit: Emit,
): void {
  const { net, packet, nowNs } = passage;
  const arrival = cross(net, port, packet.id, packet.sizeBytes, nowNs, passage.draw);
  if (arrival < 0) return finish(passage, NetEventKind.PacketDropped, target, 0, -arrival, emit, bits);
  if (strike(passage, emit))
    return finish(passage, NetEventKind.PacketDropped, target, 0, DropReason.Fault, emit, bits);
  if (farEnd(net, net.link(port.link), port.id, target) === 0) {
    return finish(passage, NetEventKind.PacketDropped, target, 0, DropReason.HostGone, emit, bits);
  }
  goOn(passage, kind, target, arrival, bits, emit);
}

/** It is through: another like it may go the same way. */
function goOn(
  passage: Passage,
  kind: PassageEvent['kind'],
  target: number,
  untilNs: number,
  bits: number,
  emit: Emit,
): void {
  const path = pathNumber(passage, emit);
  const event = tell(passage, kind, path, target, untilNs, bits | passage.bits, DropReason.None);
  emit(event);
  learn(passage, event);
}

function finish(
  passage: Passage,
  kind: PassageEvent['kind'],
  target: number,
  untilNs: number,
  reason: number,
  emit: Emit,
  bits = 0,
): void {
  const path = pathNumber(passage, emit);
  const { inner, protocol } = passage.packet;
  emit(tell(passage, kind, path, target, untilNs, bits | passage.bits, reason));
  if (inner === undefined || protocol !== Protocol.Udp) return;
  const lost = kind === NetEventKind.PacketDropped || kind === NetEventKind.PacketRejected;
  if (!lost) return;
  // What a lost tunnel packet carried is lost with it.
  const { net, host, draw, nowNs, packet } = passage;
  passage.begin(
    net,
    host,
    inner,
    packet.maker === host.id ? undefined : net.interface(passage.inInterface),
    draw,
    nowNs,
  );
  emit(
    tell(
      passage,
      NetEventKind.PacketDropped,
      0,
      0,
      0,
      PassageState.Carried,
      reason === DropReason.NoSocket ? DropReason.NoHandler : reason,
    ),
  );
}

/** The rule that a passage ended at, as `iptables-save` prints it, or the policy. */
function ruleText(passage: Passage): string {
  const { ruleset } = passage.host;
  const table = ruleset.tableAt(passage.rule);
  return `${TABLE_NAMES[table.id]} ${printRule(ruleset, passage.rule)}`;
}

/** Takes a packet off the wire if somebody has asked for it. @returns whether it did */
export function strike({ net, skb, nowNs }: Passage, emit: Emit): boolean {
  if (net.faults.length === 0) return false;
  const owns = (host: number, address: number) => net.hosts[host]?.localAddresses.has(address) ?? false;
  const fault = net.faults.find(
    ({ from, to, flags, count }) =>
      count > 0 &&
      (flags === 0 || (skb.protocol === Protocol.Tcp && skb.flags === flags)) &&
      owns(from, skb.source) &&
      (to === 0 || owns(to, skb.destination)),
  );
  if (fault === undefined) return false;
  emit({ kind: NetEventKind.FaultStruck, at: nowNs, from: fault.from, to: fault.to, flags: fault.flags });
  return true;
}
