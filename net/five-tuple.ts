/**
 * The five-tuple that names one direction of a conversation. ICMP echo has its identifier as source port and 0 as
 * destination port; `icmp` tells the direction (type << 8 | code).
 */
import type { Address } from './address.ts';

export interface FiveTuple {
  readonly protocol: number;
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
  /** ICMP: type << 8 | code, else 0. */
  readonly icmp: number;
}
