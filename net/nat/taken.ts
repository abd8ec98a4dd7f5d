/**
 * Whether the answers to a tuple could be taken for another connection's.
 * @see net/netfilter/nf_nat_core.c nf_nat_used_tuple, nf_nat_used_tuple_new
 */
import { NAT_MASK } from '../conntrack/status.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { equalTuples, invert } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';
import { Protocol } from '../packet.ts';

/** The reference of the entry that a tuple's answers belong to already, or -1. */
export function answersTo(table: ConntrackTable, tuple: FiveTuple, nowNs: number): number {
  const answer = invert(tuple);
  return answer === undefined ? -1 : table.findTuple(answer, nowNs);
}

/** Whether a tuple is another connection's. One that began with the same packet is no other: confirm sorts them out. */
export function isTaken(table: ConntrackTable, original: FiveTuple, tuple: FiveTuple, nowNs: number): boolean {
  const found = answersTo(table, tuple, nowNs);
  return found >= 0 && !equalTuples(table.entry(found).original, original);
}

/** As `isTaken`, of a tuple that stays as it is: the same UDP conversation begun from both ends at once may meet. */
export function isTakenUnchanged(table: ConntrackTable, original: FiveTuple, tuple: FiveTuple, nowNs: number): boolean {
  if (!isTaken(table, original, tuple, nowNs)) return false;
  if (tuple.protocol !== Protocol.Udp || !equalTuples(original, tuple)) return true;
  const other = table.entry(answersTo(table, tuple, nowNs));
  const answer = invert(tuple)!;
  return (other.status & NAT_MASK) !== 0 || !equalTuples(other.original, answer);
}
