/**
 * From an interface to the next one: which neighbour's interface a frame is addressed to, through which bridge port and
 * link it goes, and when it arrives.
 */
import type { Draw } from '../../core/decider.ts';
import { invariant } from '../../core/error.ts';
import { fraction } from '../../core/random.ts';
import type { Address } from '../address.ts';
import { DropReason } from '../drop-reason.ts';
import type { Exit } from '../exit.ts';
import { type Host, HostStatus } from '../host.ts';
import { type Interface, InterfaceKind } from '../interface.ts';
import { type Link, serializationNs } from '../link.ts';
import { NeighbourState } from '../neighbour.ts';
import type { Network } from '../network.ts';
import { Purpose } from '../purpose.ts';
import { hop, isLocal, route } from './routing.ts';

/**
 * The interface that answers for an address on a device's link, as far as the host knows.
 * @returns its number, or 0: the packet must wait for an answer
 */
export function knownNeighbour(host: Host, device: number, address: Address): number {
  const entry = host.neighbours.get(device, address);
  if (entry === undefined || entry.state === NeighbourState.Incomplete || entry.state === NeighbourState.Failed)
    return 0;
  return entry.target;
}

/** The interface whose link a frame to `target` takes when it leaves by `device`: a bridge sends through a port. */
export function egress(net: Network, device: Interface, target: number): Interface | undefined {
  if (device.kind !== InterfaceKind.Bridge) return device;
  const link = net.links[net.interfaces[target]?.link ?? 0];
  if (link === undefined) return undefined;
  for (const end of link.ends) if (net.interface(end).master === device.id) return net.interface(end);
  return undefined;
}

/** The interface at the far end of a link that a frame for `target` comes in by, or 0. */
export function farEnd(net: Network, link: Link, from: number, target: number): number {
  for (const end of link.ends) {
    if (end === from) continue;
    if (end === target || link.ends.length === 2 || net.interface(end).master === target) return end;
  }
  return 0;
}

/** How frames for `target` leave by `device`, which has a link there. */
export function exitOf(net: Network, device: number, target: number): Exit {
  const known = net.exits.find(device, target, net.generation);
  if (known !== undefined) return known;
  const out = net.interface(device);
  const port = egress(net, out, target);
  invariant(port !== undefined, 'Nothing leads to the interface', target);
  const link = net.link(port.link);
  return net.exits.keep({
    generation: net.generation,
    device,
    target,
    port,
    link,
    end: farEnd(net, link, port.id, target),
    neighbour: net.host(out.host).neighbours.ofTarget(device, target),
  });
}

/** Whether a machine is partitioned and this is its way out. What it does inside goes on. */
export function isCutOff(net: Network, { host, kind }: Interface): boolean {
  return kind === InterfaceKind.Ethernet && net.host(host).status === HostStatus.Partitioned;
}

/** What a link does to a packet: arrival in ns, or a negative drop reason. */
export function cross(
  net: Network,
  port: Interface,
  packet: number,
  sizeBytes: number,
  nowNs: number,
  draw: Draw,
): number {
  const link = net.links[port.link];
  if (link === undefined || !link.up || isCutOff(net, port)) return -DropReason.LinkDown;
  if (port.departures.length - port.queueHead >= link.queuePackets && queued(port, nowNs) >= link.queuePackets)
    return -DropReason.QueueFull;
  if (link.lossRatio > 0 && fraction(draw(Purpose.LinkLoss, packet, port.id)) < link.lossRatio)
    return -DropReason.LinkLoss;
  return Math.max(nowNs, port.busyUntilNs) + serializationNs(link, sizeBytes) + link.delayNs;
}

/** Who answers a question for an address on a device's link, and how long the way there takes. */
export interface Answerer {
  /** Interface that owns the address, or 0. */
  readonly target: number;
  /** One way, in ns. */
  readonly delayNs: number;
}

/** Packets that wait at a port or are on their way out of it. Those that have left are still in the list for a while. */
function queued({ departures, queueHead }: Interface, nowNs: number): number {
  let first = departures.length;
  while (first > queueHead && departures[first - 1]! > nowNs) first--;
  return departures.length - first;
}

/**
 * Follows a broadcast over links and bridges to whoever answers.
 * @see net/ipv4/arp.c arp_process: any local address is answered for, whichever interface it is on
 */
export function answererOf(net: Network, device: Interface, address: Address): Answerer {
  const doors = device.kind === InterfaceKind.Bridge ? device.ports : [device.id];
  for (const door of doors) {
    const link = net.links[net.interface(door).link];
    if (link === undefined) continue;
    for (const end of link.ends) {
      if (end === door) continue;
      const far = net.interface(end);
      const top = far.master === 0 ? far : net.interface(far.master);
      if (answersFor(net, top, address)) return { target: top.id, delayNs: link.delayNs };
      if (far.master === 0) continue;
      for (const port of top.ports) {
        const second = net.links[net.interface(port).link];
        if (port === end || second === undefined) continue;
        for (const last of second.ends) {
          if (last !== port && net.interface(last).master === 0 && answersFor(net, net.interface(last), address)) {
            return { target: last, delayNs: link.delayNs + second.delayNs };
          }
        }
      }
    }
  }
  return { target: 0, delayNs: 0 };
}

function answersFor(net: Network, device: Interface, address: Address): boolean {
  const host = net.host(device.host);
  if (device.kind === InterfaceKind.Vxlan || device.kind === InterfaceKind.Loopback) return false;
  if (isLocal(net, host, address)) return true;
  // proxy_arp: for what is routed elsewhere, by a host that forwards.
  return (
    device.proxyArp &&
    host.sysctls.ipForward &&
    route(net, host, address) &&
    hop.device !== device.id &&
    hop.device !== 0
  );
}
