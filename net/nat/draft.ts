/**
 * What a new connection's bindings make of it: the draft that goes into the event and then into the table.
 */
import { invariant } from '../../core/error.ts';
import type { ConntrackDraft } from '../conntrack/entry.ts';
import { NAT_DONE_MASK, Status } from '../conntrack/status.ts';
import { equalTuples, invert } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';

/**
 * @param original the tuple that the first packet came with
 * @param redirected what it was once its destination was bound
 * @param bound what it is as it leaves, both ends bound
 * @param natTable whether the host has a nat table: then every connection counts as bound, changed or not
 */
export function draftOf(
  flow: number,
  original: FiveTuple,
  redirected: FiveTuple,
  bound: FiveTuple,
  natTable: boolean,
  mark: number,
): ConntrackDraft {
  const reply = invert(bound);
  invariant(reply !== undefined, 'classify opens no connection whose tuple has no inverse');
  // By step and not by field: an ICMP identifier may change with either end.
  const status =
    (equalTuples(original, redirected) ? 0 : Status.DstNat) |
    (equalTuples(redirected, bound) ? 0 : Status.SrcNat) |
    (natTable ? NAT_DONE_MASK : 0);
  return { flow, original, reply, status, mark };
}
