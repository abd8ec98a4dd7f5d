/**
 * Why a packet ended before a socket took it: a closed list. The words are those of the kernel's own counters and
 * `skb_drop_reason`s where it has one. @see include/net/dropreason-core.h, snmp(7) counters in net/ipv4/proc.c
 */

export const DropReason = {
  None: 0,
  /** A DROP rule or chain policy. */
  NetfilterDrop: 1,
  /** A REJECT rule: the sender is told. */
  NetfilterReject: 2,
  /** No route to the destination. */
  NoRoute: 3,
  /** A blackhole, unreachable or prohibit route. */
  RouteBlackhole: 4,
  RouteUnreachable: 5,
  RouteProhibit: 6,
  /** Arrived for somebody else on a host that forwards nothing. */
  NotForwarding: 7,
  /** A source or destination that may not come in over this interface. */
  Martian: 8,
  /** The way back to the source leads out of another interface (rp_filter). */
  ReversePath: 9,
  TtlExceeded: 10,
  /** Too big for the next link, and may not be fragmented. */
  PacketTooBig: 11,
  /** Nobody answered for the next hop (ARP). */
  NeighbourFailed: 12,
  /** The neighbour's queue of waiting packets was full. */
  NeighbourQueueFull: 13,
  /** No socket listens there. */
  NoSocket: 14,
  /** The egress queue was full (tail drop). */
  QueueFull: 15,
  /** Lost on the wire. */
  LinkLoss: 16,
  LinkDown: 17,
  HostDown: 18,
  InterfaceDown: 19,
  ConntrackTableFull: 20,
  /** Two packets raced for one tuple and this one lost. */
  ConntrackClash: 21,
  /** No source port was left for the translation. */
  SnatPortsExhausted: 22,
  /** A REDIRECT or MASQUERADE found no address to use. */
  NoAddress: 23,
  /** No port of the bridge leads to that neighbour. */
  BridgeNoPort: 24,
  /** The fault injector took it. */
  Fault: 25,
  /** The host was removed while the packet was under way. */
  HostGone: 26,
  /** An ICMP error that nobody waits for, or a protocol without a handler. */
  NoHandler: 27,
  /** A fragment could not be handled. */
  Fragment: 28,
  /** The ICMP error's rate limit was reached, so none was sent. */
  IcmpRateLimited: 29,
  /** A tunnel has no remote for this destination. */
  NoTunnelRemote: 30,
} as const;

const NAMES: readonly string[] = Object.keys(DropReason).map((name) =>
  name.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? '' : '-') + letter.toLowerCase()),
);

/** `neighbour-failed`, `netfilter-drop`, ... */
export function dropReasonName(reason: number): string {
  return NAMES[reason] ?? 'unknown';
}
