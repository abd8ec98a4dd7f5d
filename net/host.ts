/**
 * A host is a network namespace: interfaces, routes, neighbours, rules, connections, sockets, settings. Node, pod,
 * client and router are hosts with other furniture, not other code.
 */
import type { Address } from './address.ts';
import type { ConntrackTable } from './conntrack/table.ts';
import type { NatRange } from './nat/range.ts';
import type { NeighbourTable } from './neighbour.ts';
import type { RuleCounters } from './netfilter/counters.ts';
import type { IpSet } from './netfilter/ipset/ip-set.ts';
import type { Ruleset } from './netfilter/ruleset.ts';
import type { PathTable } from './path-table.ts';
import type { RouteTable } from './route.ts';
import type { Listener, Socket } from './socket.ts';
import type { Sysctls } from './sysctl.ts';
import type { IcmpLimiter } from './transport/icmp-limit.ts';
import type { RedirectTally } from './transport/icmp-redirect.ts';

/** A host that is partitioned runs on, but nothing of it crosses a link. */
export const HostStatus = { Down: 0, Up: 1, Partitioned: 2 } as const;

export interface Host {
  /** Number of the host in the whole world, 1 and up. */
  readonly id: number;
  /** `client`, `node1`, `default/web-1`; another one once somebody else has taken it. */
  name: string;
  /** `node`, `pod`, `host`, `gateway`, `router`: for reports; nothing depends on it. */
  readonly role: string;
  status: number;
  /** Numbers of its interfaces; the first is `lo`. */
  readonly interfaces: number[];
  readonly routes: RouteTable;
  /** Its own addresses; 127.0.0.0/8 besides. */
  readonly localAddresses: Map<Address, number>;
  /** Own addresses in a network that their interface was in before, with the first one there: who talks to them uses it. */
  readonly secondaries: Map<Address, Address>;
  readonly broadcasts: Set<Address>;
  readonly neighbours: NeighbourTable;
  ruleset: Ruleset;
  counters: RuleCounters;
  /** Sets of addresses, networks and ports, by name. */
  readonly ipsets: Map<string, IpSet>;
  /** What each NAT rule allows, by rule: its addresses are interned when the rules are loaded. */
  natRanges: ReadonlyMap<number, NatRange>;
  /** Connections are tracked only where a rule needs it, as in the kernel. */
  tracking: boolean;
  readonly paths: PathTable;
  readonly conntrack: ConntrackTable;
  readonly listeners: Listener[];
  /** Connections by `socketKey`; more than one where only the local address differs. */
  readonly sockets: Map<number, Socket[]>;
  readonly sysctls: Sysctls;
  icmpLimiter: IcmpLimiter;
  /** Whom it has sent redirects. */
  readonly redirects: Map<Address, RedirectTally>;
  /** User and group that its sockets belong to. */
  socketUid: number;
  socketGid: number;
  /** The node that it runs on, where it is a pod; else 0. */
  readonly node: number;
}
