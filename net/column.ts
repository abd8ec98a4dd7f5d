/**
 * The ledger's columns. Packets decide their number and width, since nearly every row is one; rarer kinds keep their
 * fields in the same columns under names of their own, or as JSON in `text`.
 */
import type { Columns } from '../core/event-kind.ts';

export const columns = {
  /** Number of the host where it happened. */
  host: 'i32',
  flow: 'i32',
  packet: 'i32',
  /** Packet that an ICMP error quotes or a tunnel packet carries. */
  inner: 'i32',
  /** Address handles, and source port << 16 | destination port: what the flow's first packet asked for. */
  originalSource: 'i32',
  originalDestination: 'i32',
  originalPorts: 'i32',
  /** The packet as it came to this host. */
  beforeSource: 'i32',
  beforeDestination: 'i32',
  beforePorts: 'i32',
  /** The packet as it left. */
  source: 'i32',
  destination: 'i32',
  ports: 'i32',
  /** protocol << 24 | TTL << 16 | TCP flags, or ICMP type << 8 | code. */
  header: 'i32',
  sequence: 'i32',
  acknowledgement: 'i32',
  payloadBytes: 'i32',
  sizeBytes: 'i32',
  /** Numbers of interfaces: where it came in, where it went out, whose it is on the next link. */
  inInterface: 'i32',
  outInterface: 'i32',
  target: 'i32',
  /** Number of the path through the rule set. */
  path: 'i32',
  /** Number of the conntrack entry on this host. */
  entry: 'i32',
  /** Conntrack state, verdict or reason; each kind says which. */
  state: 'i32',
  /** A second instant or a large whole number. */
  until: 'f64',
  text: 'text',
} as const satisfies Columns;
