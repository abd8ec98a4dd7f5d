/**
 * What a new connection's bindings make of it: the draft that goes into the event and then into the table.
 */
import { invariant } from '../../core/error.ts';
import type { ConntrackDraft } from '../conntrack/entry.ts';
import { NAT_DONE_MASK } from '../conntrack/status.ts';
import { invert } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';
import { bindingStatus } from './bind.ts';

/**
 * @param original the tuple that the first packet came with
 * @param bound what it is as it leaves, both ends bound
 * @param natTable whether the host has a nat table: then every connection counts as bound, changed or not
 */
export function draftOf(
  flow: number,
  original: FiveTuple,
  bound: FiveTuple,
  natTable: boolean,
  mark: number,
): ConntrackDraft {
  const reply = invert(bound);
  invariant(reply !== undefined, 'classify opens no connection whose tuple has no inverse');
  const status = bindingStatus(original, bound) | (natTable ? NAT_DONE_MASK : 0);
  return { flow, original, reply, status, mark };
}
