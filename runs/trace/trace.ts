/**
 * One request's way as a record: what each host did with its packets, step by step, there and back. Printers make a
 * table, a JSON document or a diagram of it; none of them knows the simulation.
 */

import type { LookupLine } from './lookup-lines.ts';

/** What kind of step it was: what tells a printer how to show it. */
export type StepKind =
  /** The packet was made here, or came in. */
  | 'made'
  | 'arrived'
  /** A rule that it took, or a policy that decided. */
  | 'rule'
  /** Connection tracking: an entry made or followed, a translation without a rule. */
  | 'conntrack'
  | 'route'
  /** It had to wait for its neighbour's answer. */
  | 'wait'
  /** It left for the next host. */
  | 'link'
  /** It was put into a tunnel packet, or taken out of one. */
  | 'tunnel'
  /** It ended here. */
  | 'end';

export interface TraceStep {
  readonly step: StepKind;
  /** Host (network namespace) that did it: `node1`, `default/web-1`. */
  readonly host: string;
  readonly hook?: string;
  readonly table?: string;
  readonly chain?: string;
  /** As `iptables-save` prints it; a policy as `-P CHAIN ACCEPT`. */
  readonly rule?: string;
  /** `file:line` of the manifest that the rule was written for. */
  readonly source?: string;
  /** Rules that the kernel looked at to come to this one, itself included, since the last one taken on this hook. */
  readonly examined?: number;
  /** The target of a rule, or one word for any other step. */
  readonly action: string;
  /** The packet's tuple before and after this step: `10.0.0.1:40000 > 10.96.0.1:80`. */
  readonly before: string;
  readonly after: string;
  /** What a person should read beside it; '' for none. */
  readonly detail: string;
  /** Virtual instant in ns. */
  readonly atNs: number;
  readonly packet: number;
  /** `SYN`, `SYN ACK`, `RST`, `icmp 3/1` ... */
  readonly label: string;
  readonly ttl: number;
  /** 1 for the outer packet of a tunnel, else 0. */
  readonly depth: number;
  /** How many jumps deep its chain is; 0 for a builtin chain. */
  readonly jumps: number;
}

/** A packet of the connection that is not told step by step. */
export interface FoldedPacket {
  readonly packet: number;
  readonly atNs: number;
  readonly label: string;
  readonly direction: 'forward' | 'back';
  readonly tuple: string;
  /** Bytes behind its transport header. */
  readonly payloadBytes: number;
  /** Hosts that it passed, in order. */
  readonly hosts: readonly string[];
  /** `delivered`, `rejected`, `dropped: link-loss` ... */
  readonly fate: string;
  readonly steps: readonly TraceStep[];
}

export interface TraceServer {
  /** Machine: the node of a pod, else the host itself. */
  readonly host: string;
  /** `[NAMESPACE/]NAME`, the namespace only where it isn't `default`; null where no pod answered. */
  readonly pod: string | null;
  /** Peer address that the serving socket saw. */
  readonly peer: string;
  readonly peerPort: number;
}

export interface Trace {
  /** What was asked of name servers before, in order; absent: nothing. */
  readonly lookups?: readonly LookupLine[];
  readonly request: {
    /** `pod/client` as it was asked for, or the host's name. */
    readonly from: string;
    /** URL. */
    readonly to: string;
    readonly atNs: number;
    readonly flow: number;
    readonly protocol: string;
    /** The tuple that the client's socket has. */
    readonly tuple: string;
  };
  /** `answered`, `refused`, `reset`, `timeout`, `unreachable`, `unresolved`, `unknown`, `inFlight`. */
  readonly outcome: string;
  /** HTTP status, null where there is none. */
  readonly status: number | null;
  readonly server: TraceServer | null;
  readonly hops: readonly TraceStep[];
  readonly reply: readonly TraceStep[];
  /** What became of it, in one sentence. */
  readonly summary: string;
  /** From the request's start to its end, in ns; null while it isn't ended. */
  readonly tookNs: number | null;
  /** Links crossed from the client's socket to the serving one, and what its TTL lost; null where none was reached. */
  readonly packetHops: number | null;
  readonly ttlHops: number | null;
  /** All other packets of the connection. */
  readonly others: readonly FoldedPacket[];
  readonly seed: string;
  readonly scenario: string;
}
