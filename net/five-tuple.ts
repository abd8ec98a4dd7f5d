/**
 * The five-tuple that names one direction of a conversation. ICMP echo has its identifier as source port and 0 as
 * destination port; `icmp` tells the direction (type << 8 | code).
 */
import type { Address } from './address.ts';
import { IcmpType } from './packet.ts';

export interface FiveTuple {
  readonly protocol: number;
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
  /** ICMP: type << 8 | code, else 0. */
  readonly icmp: number;
}

/** Swaps both ends: the tuple that an answer carries. @see net/netfilter/nf_conntrack_core.c nf_ct_invert_tuple */
export function reply(tuple: FiveTuple): FiveTuple {
  const { protocol, source, sourcePort, destination, destinationPort } = tuple;
  if (protocol === 1) {
    // An echo keeps its identifier in the answer: only the type turns round.
    const type = tuple.icmp >> 8 === IcmpType.Echo ? IcmpType.EchoReply : IcmpType.Echo;
    return { protocol, source: destination, sourcePort, destination: source, destinationPort, icmp: type << 8 };
  }
  return {
    protocol,
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
    icmp: 0,
  };
}
