/**
 * What joins interfaces: a veth pair or cable with two ends, or a segment (a switch) with any number.
 */

export const LinkKind = { Veth: 0, Segment: 1 } as const;

export interface Link {
  /** Number of the link, 1 and up. */
  readonly id: number;
  readonly name: string;
  readonly kind: number;
  /** Interfaces at its ends. */
  readonly ends: number[];
  /** One-way delay in ns. */
  delayNs: number;
  /** Bits per second; 0: no limit. */
  rateBitsPerSecond: number;
  /** Packets that an egress queue holds before it drops at the tail. */
  queuePackets: number;
  /** Share of packets lost, 0-1. */
  lossRatio: number;
  up: boolean;
}

/** Bytes that Ethernet adds to an IP packet for the sake of the link's rate: header and frame check sequence. */
const ETHERNET_BYTES = 18;

/** Time in ns that a packet occupies the sender's end. */
export function serializationNs(link: Link, sizeBytes: number): number {
  if (link.rateBitsPerSecond === 0) return 0;
  return Math.round(((sizeBytes + ETHERNET_BYTES) * 8 * 1e9) / link.rateBitsPerSecond);
}
