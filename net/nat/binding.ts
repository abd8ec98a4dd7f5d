/**
 * What binding a connection asks for and what it gives.
 */
import type { AddressTable } from '../address.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { NatRange } from './range.ts';

export interface BindRequest {
  readonly table: ConntrackTable;
  /** Needed where a range has several addresses. */
  readonly addresses: AddressTable;
  /** The tuple that the packet came with. */
  readonly original: FiveTuple;
  /** What it is by now: for the source, after the destination has been bound. */
  readonly current: FiveTuple;
  /** What the rule allows; `undefined`: no rule matched, nothing changes unless it must. */
  readonly range: NatRange | undefined;
  /** Whether the packet is a bare TCP SYN: only then may it take the port of a connection in TIME_WAIT. */
  readonly syn: boolean;
  readonly nowNs: number;
  /** The n-th draw of this binding, an integer in [0, 2^32). */
  readonly draw: (n: number) => number;
}

export interface Binding {
  readonly tuple: FiveTuple;
  /** Reference of a closed connection that has to go for it (`ConntrackTable.remove`), or -1. */
  readonly evicts: number;
}
