/**
 * What a rule asks of a packet beyond its IP header: one record per `-m NAME`, each kind with fields of its own that
 * its extension reads, prints and evaluates.
 */
import type { AddressTable } from '../address.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { IpSet } from './ipset/ip-set.ts';
import type { MatchStore } from './match-state.ts';
import type { Skb } from './skb.ts';

/** The fields of each kind are declared beside its extension. */
export interface Match {
  readonly name: string;
}

/** Answer of a match. Unknown: the model has no state or field to tell. */
export const Holds = { No: 0, Yes: 1, Unknown: 2 } as const;
export type Holds = (typeof Holds)[keyof typeof Holds];

/** What connection tracking knows of a packet's connection when a rule looks at it. */
export interface Connection {
  readonly original: FiveTuple;
  /** As the answers come; as far as translation has got, for a connection that begins. */
  readonly reply: FiveTuple;
  /** `Status` bits. */
  readonly status: number;
  readonly isReply: boolean;
}

/** What a walk may ask of the host that it runs on. */
export interface WalkEnvironment {
  readonly addresses: AddressTable;
  /**
   * `AddressType` of an address in this host's own routing tables. With an interface name, only as seen through that
   * interface (`--limit-iface-in`, `--limit-iface-out`); '' for any.
   */
  addressType(address: number, interfaceName: string): number;
  /** A random number of 31 bits for this rule; asked only when a random statistic is evaluated. */
  draw(ruleIndex: number): number;
  /** The current kernel counter of this rule's nth statistic: `counters.nth[ruleIndex]`. */
  nth(ruleIndex: number): number;
  /** What stateful matches remember, and where they put it: the host's own in `evolve`, a layer over it before. */
  readonly matches: MatchStore;
  /** Ticks since the start of the run, and the same in ns. */
  readonly jiffies: number;
  readonly nowNs: number;
  /** Whether the way to `source` leads by the interface that the packet came in by; `loose`: by any. */
  comesBack(source: number, loose: boolean, acceptLocal: boolean): boolean;
  /** The largest segment that fits the way of the packet, out and back. */
  pathMss(): number;
  /** undefined for a packet without one, such as an invalid one. */
  connection(): Connection | undefined;
  /** An IP set of the host; undefined where there is none of that name. */
  ipset(name: string): IpSet | undefined;
}

/** @param slot which of its rule's stateful matches it is; 0 for others */
export type Evaluate = (match: Match, skb: Skb, environment: WalkEnvironment, ruleIndex: number, slot: number) => Holds;
