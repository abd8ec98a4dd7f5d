/**
 * What is known of whether nodes live: when each renewed its lease, and when the node controller saw that.
 */

interface Observation {
  /** The renewal that was seen last, in ns; -1: none. */
  readonly renewedAt: number;
  /** When it was first seen, in ns. */
  readonly seenAt: number;
}

/** Changed by `evolve` alone. */
export interface NodeHealth {
  /** Instant of the last renewal, in ns, by the node's name. */
  readonly leases: Map<string, number>;
  readonly seen: Map<string, Observation>;
  /** When a node was last given a NoExecute taint, in ns; -Infinity: never. */
  taintedAt: number;
}

export function nodeHealth(): NodeHealth {
  return { leases: new Map(), seen: new Map(), taintedAt: Number.NEGATIVE_INFINITY };
}

/** How long nothing new has been seen of a node, in ns, when somebody looks at `at`. */
export function silenceNs({ leases, seen }: NodeHealth, node: string, at: number): number {
  const known = seen.get(node);
  if (known === undefined || known.renewedAt !== (leases.get(node) ?? -1)) return 0;
  return at - known.seenAt;
}

/** The node controller has looked at all nodes. */
export function observe({ leases, seen }: NodeHealth, nodes: readonly string[], at: number): void {
  for (const node of nodes) {
    const renewedAt = leases.get(node) ?? -1;
    if (seen.get(node)?.renewedAt !== renewedAt) seen.set(node, { renewedAt, seenAt: at });
  }
}
