/**
 * Tuples as connection tracking handles them: inverted, compared and hashed by integers.
 */
import type { FiveTuple } from '../five-tuple.ts';
import { Protocol } from '../packet.ts';
import { invertIcmp } from './icmp.ts';

/** Whether a protocol has a type and an identifier where others have ports. */
export function isIcmp(protocol: number): boolean {
  return protocol === Protocol.Icmp || protocol === Protocol.Icmpv6;
}

/**
 * The tuple that an answer carries.
 * @returns `undefined` for an ICMP type without a counterpart: no connection can be made of it
 * @see net/netfilter/nf_conntrack_core.c nf_ct_invert_tuple
 */
export function invert(tuple: FiveTuple): FiveTuple | undefined {
  const { protocol, source, sourcePort, destination, destinationPort } = tuple;
  if (isIcmp(protocol)) {
    const icmp = invertIcmp(protocol, tuple.icmp);
    if (icmp < 0) return undefined;
    return { protocol, source: destination, sourcePort, destination: source, destinationPort: 0, icmp };
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

export function equalTuples(a: FiveTuple, b: FiveTuple): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.protocol === b.protocol &&
    a.icmp === b.icmp
  );
}

function mix(hash: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** 32-bit hash of all that makes a tuple (murmur3 over its six integers). */
export function hashTuple(
  protocol: number,
  source: number,
  sourcePort: number,
  destination: number,
  destinationPort: number,
  icmp: number,
): number {
  let h = mix(mix(mix(protocol ^ (icmp << 8), source), destination), (sourcePort << 16) | destinationPort);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
