/**
 * When a router tells a neighbour of a better way: the packet leaves by the interface that it came in by, and its
 * sender is a neighbour there.
 * @see net/ipv4/route.c __mkroute_input, net/ipv4/ip_forward.c ip_forward
 */
import type { Address } from '../address.ts';
import { Direction } from '../conntrack/status.ts';
import { invert } from '../conntrack/tuple.ts';
import type { AnyPassage } from '../event.ts';
import { NetEventKind, PassageState } from '../event.ts';
import type { Host } from '../host.ts';
import { InterfaceKind } from '../interface.ts';
import type { Network, PacketInFlight } from '../network.ts';

/** Whether a redirect is due about a packet that was forwarded; its rate is another matter. */
export function redirectDue(net: Network, event: AnyPassage): boolean {
  const { kind, inInterface, outInterface, beforeSource } = event;
  if (kind !== NetEventKind.PacketForwarded || inInterface !== outInterface) return false;
  const host = net.host(event.host);
  if (!host.sysctls.sendRedirects || (event.state & PassageState.Bridged) !== 0) return false;
  if (net.interface(outInterface).kind === InterfaceKind.Vxlan) return false;
  const back = host.routes.lookup(net.addresses, beforeSource);
  return back?.device === inInterface && back.via === 0;
}

/** The source that a packet came to this host with, although it may have been translated since. */
export function sourceBefore(host: Host, about: PacketInFlight, nowNs: number): Address {
  const answer = invert(about);
  const reference = answer === undefined ? -1 : host.conntrack.findTuple(answer, nowNs);
  if (reference < 0) return about.source;
  const { original, reply } = host.conntrack.entry(reference);
  return (reference & 1) === Direction.Reply ? original.source : reply.source;
}
