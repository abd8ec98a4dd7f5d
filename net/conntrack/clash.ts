/**
 * Races at confirm: a packet made a connection, waited in the host (for ARP, say), and another took one of its tuples
 * meanwhile.
 * @see net/netfilter/nf_conntrack_core.c __nf_conntrack_confirm, nf_ct_resolve_clash
 */
import type { FiveTuple } from '../five-tuple.ts';
import { Protocol } from '../packet.ts';
import type { ConntrackDraft, ConntrackEntry } from './entry.ts';
import { NAT_DONE_MASK, Status } from './status.ts';
import type { ConntrackTable } from './table.ts';
import { equalTuples } from './tuple.ts';

/** What to do with a packet whose connection is to be confirmed. */
export const Confirmation = {
  /** Nobody was faster: `insert` the draft. */
  Insert: 0,
  /** The packet goes on with the entry that was faster: `advance` that. */
  Join: 1,
  /** Both stand: `insert` the draft with `Status.NatClash`. */
  InsertClash: 2,
  /** The packet is dropped. */
  Drop: 3,
} as const;

export interface Confirmed {
  readonly confirmation: number;
  /** Join: the entry, with the packet's direction in it; else -1. */
  readonly reference: number;
}

const INSERT: Confirmed = { confirmation: Confirmation.Insert, reference: -1 };
const INSERT_CLASH: Confirmed = { confirmation: Confirmation.InsertClash, reference: -1 };
const DROP: Confirmed = { confirmation: Confirmation.Drop, reference: -1 };

/** Says what becomes of a packet that made a connection, as it leaves the host (or reaches a socket). */
export function confirm(table: ConntrackTable, draft: ConntrackDraft, nowNs: number): Confirmed {
  const byOriginal = table.findTuple(draft.original, nowNs);
  const byReply = table.findTuple(draft.reply, nowNs);
  const clashing = byOriginal >= 0 ? byOriginal : byReply;
  if (clashing < 0) return INSERT;
  // A protocol that sends again by itself can bear the loss.
  if (!allowsClash(draft.original)) return DROP;
  const joined = join(table, clashing, draft);
  if (joined !== undefined) return joined;
  if (byReply < 0) return INSERT_CLASH;
  return join(table, byReply, draft) ?? DROP;
}

function allowsClash(tuple: FiveTuple): boolean {
  return tuple.protocol !== Protocol.Tcp && tuple.protocol !== Protocol.Icmp && tuple.protocol !== Protocol.Icmpv6;
}

function join(table: ConntrackTable, reference: number, draft: ConntrackDraft): Confirmed | undefined {
  const entry = table.entry(reference);
  const index = reference & ~1;
  if ((entry.status & NAT_DONE_MASK) === 0 || matches(entry, draft)) {
    return { confirmation: Confirmation.Join, reference: index };
  }
  const mirrored = equalTuples(entry.original, draft.reply) && equalTuples(entry.reply, draft.original);
  return mirrored && !(entry.status & (Status.SrcNat | Status.DstNat))
    ? { confirmation: Confirmation.Join, reference: index | 1 }
    : undefined;
}

function matches(entry: ConntrackEntry, draft: ConntrackDraft): boolean {
  return equalTuples(entry.original, draft.original) && equalTuples(entry.reply, draft.reply);
}
