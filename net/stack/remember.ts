/**
 * What a packet leaves behind in a host's rules besides counts: lists and buckets of matches, and the mark on its
 * connection. The event needs no field for it: all follows from its path and from the packet's two sides.
 */
import { CT_STATE_MASK } from '../conntrack/classify.ts';
import type { AnyPassage } from '../event.ts';
import { PassageState } from '../event.ts';
import type { Host } from '../host.ts';
import { Hook, TableId } from '../netfilter/hook.ts';
import { jiffiesAt } from '../netfilter/jiffy.ts';
import { retrace } from '../netfilter/retrace.ts';
import { emptySkb } from '../netfilter/skb.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { Protocol } from '../packet.ts';
import { isIcmpError } from '../transport/icmp.ts';
import { addressType, pathMss } from './routing.ts';

const skb = emptySkb();

/** The marks that a packet and its connection have behind the host: a scratch record, overwritten by the next. */
export const remembered = { mark: 0, connectionMark: 0 };

/**
 * Follows the event's path through the rules of the host. Call it before the packet and its connection are changed.
 * The marks stand in `remembered`.
 */
export function remember(net: Network, host: Host, packet: PacketInFlight, event: AnyPassage): void {
  const reference = event.entry - 1;
  const tracked = event.state & CT_STATE_MASK;
  skb.protocol = packet.protocol;
  skb.source = event.beforeSource;
  skb.icmp = packet.icmp;
  skb.flags = packet.flags;
  skb.sizeBytes = event.sizeBytes;
  skb.mark = packet.mark;
  skb.mss = packet.segment?.mss ?? 0;
  skb.connectionMark = host.conntrack.holds(reference) ? host.conntrack.entry(reference).mark : 0;
  const hasSocket = (event.state & PassageState.FromSocket) !== 0;
  skb.uid = hasSocket ? host.socketUid : -1;
  skb.gid = hasSocket ? host.socketGid : -1;
  remembered.mark = skb.mark;
  remembered.connectionMark = skb.connectionMark;
  if (event.path === 0) return;
  const environment = {
    addresses: net.addresses,
    addressType: (address: number, name: string) => addressType(net, host, address, name),
    draw: () => 0,
    nth: () => 0,
    matches: host.counters.matches,
    jiffies: jiffiesAt(event.at),
    nowNs: event.at,
    comesBack: () => false,
    pathMss: () => pathMss(net, host, event.outInterface, skb.source),
    connection: () => undefined,
    ipset: (name: string) => host.ipsets.get(name),
  };
  const attached =
    packet.loopReference !== -1 ||
    (event.inInterface === 0 && packet.protocol === Protocol.Icmp && isIcmpError(packet.icmp));
  const [inName, outName] = [event.inInterface, event.outInterface].map((id) =>
    id === 0 ? '' : net.interface(id).name,
  );
  retrace(host.ruleset, host.paths.codes(event.path)!, skb, environment, (table, hook) => {
    const leaving = hook === Hook.Forward || hook === Hook.Postrouting;
    skb.destination = isBefore(table, hook) ? event.beforeDestination : event.destination;
    skb.sourcePort = event.beforePorts >>> 16;
    skb.destinationPort = (isBefore(table, hook) ? event.beforePorts : event.ports) & 0xffff;
    skb.ttl = leaving ? (event.header >>> 16) & 255 : packet.ttl;
    skb.inInterface = hook === Hook.Output || hook === Hook.Postrouting ? '' : inName!;
    skb.outInterface = hook === Hook.Prerouting || hook === Hook.Input ? '' : outName!;
    skb.ctState = table === TableId.Raw && !attached ? 0 : tracked;
  });
  if (packet.segment !== undefined && packet.segment.mss !== skb.mss)
    packet.segment = { ...packet.segment, mss: skb.mss };
  remembered.mark = skb.mark;
  remembered.connectionMark = skb.connectionMark;
}

/** Whether a table on a hook sees the destination as it was before this host translated it. */
function isBefore(table: TableId, hook: Hook): boolean {
  return (hook === Hook.Prerouting || hook === Hook.Output) && table !== TableId.Filter;
}
