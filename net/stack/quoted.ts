/**
 * What NAT makes of the packet that an ICMP error quotes: its receiver must find in it what it sent itself.
 */
import { Direction } from '../conntrack/status.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { Host } from '../host.ts';
import { Manip, translateError } from '../nat/translate.ts';
import type { PacketInFlight } from '../network.ts';

/**
 * The quoted tuple once an error has passed a host.
 * @param reference conntrack entry that the error is about, as it came in; -1: none
 */
export function quotedTuple(host: Host, reference: number, error: PacketInFlight): FiveTuple {
  const inner = error.inner!;
  const entry = reference < 0 ? inner.draft : host.conntrack.entry(reference);
  if (entry === undefined) return inner;
  const direction = reference < 0 ? errorDirection(inner) : reference & 1;
  const first = translateError(entry, direction, Manip.Destination, error, inner);
  if (first === undefined) return inner;
  const outer = { ...error, source: first.source, destination: first.destination };
  return translateError(entry, direction, Manip.Source, outer, first.quoted)?.quoted ?? first.quoted;
}

/** The direction in which an error about a packet goes through the connection of that packet. */
export function errorDirection({ ended }: PacketInFlight): number {
  return ended < 0 ? Direction.Reply : (ended & 1) ^ 1;
}
