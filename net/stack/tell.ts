/**
 * The event of a passage: one wide flat literal that says all that a packet went through on a host.
 */

import { CT_STATE_MASK, Track } from '../conntrack/classify.ts';
import { Direction } from '../conntrack/status.ts';
import { type PassageEvent, PassageState } from '../event.ts';
import { Protocol } from '../packet.ts';
import type { Passage } from './passage.ts';

/** @returns source port << 16 | destination port */
export function packPorts(sourcePort: number, destinationPort: number): number {
  return (sourcePort << 16) | destinationPort;
}

/** @returns protocol << 24 | TTL << 16 | flags, or type and code */
export function packHeader(protocol: number, ttl: number, flags: number, icmp: number): number {
  return (protocol << 24) | (ttl << 16) | (protocol === 1 ? icmp : flags);
}

/**
 * @param path number of its path, 0: it took no rule
 * @param target interface the frame goes to (0: waits for its neighbour), or the socket that took it
 * @param untilNs arrival at the far end, or 0
 */
export function tell(
  passage: Passage,
  kind: PassageEvent['kind'],
  path: number,
  target: number,
  untilNs: number,
  bits: number,
  reason: number,
): PassageEvent {
  const { packet, skb } = passage;
  return {
    kind,
    at: passage.nowNs,
    host: passage.host.id,
    flow: packet.flow,
    packet: packet.id,
    inner: packet.inner?.id ?? 0,
    originalSource: packet.originalSource,
    originalDestination: packet.originalDestination,
    originalPorts: packet.originalPorts,
    beforeSource: passage.source,
    beforeDestination: passage.destination,
    beforePorts: packPorts(passage.sourcePort, passage.destinationPort),
    source: skb.source,
    destination: skb.destination,
    ports: packPorts(skb.sourcePort, skb.destinationPort),
    header: packHeader(packet.protocol, skb.ttl, packet.flags, packet.icmp),
    sequence: packet.sequence,
    acknowledgement: packet.protocol === 1 ? packet.mtu : packet.acknowledgement,
    payloadBytes: packet.payloadBytes,
    sizeBytes: packet.sizeBytes,
    inInterface: passage.inInterface,
    outInterface: passage.outInterface,
    target,
    path,
    entry: passage.reference + 1,
    state: passageBits(passage) | bits | (packet.dontFragment ? PassageState.DontFragment : 0) | (reason << 16),
    until: untilNs,
  };
}

function passageBits(passage: Passage): number {
  const { skb } = passage;
  const isReply = passage.reference >= 0 && (passage.reference & 1) === Direction.Reply;
  // An echo has one identifier: its sender's on the way out, and translated back with the destination of the answer.
  const icmp = skb.protocol === Protocol.Icmp;
  const first = skb.sourcePort !== passage.sourcePort;
  const second = skb.destinationPort !== passage.destinationPort;
  let bits = passage.track & CT_STATE_MASK;
  if (isReply) bits |= PassageState.Reply;
  if (skb.source !== passage.source || (first && !(icmp && isReply))) bits |= PassageState.Snat;
  if (skb.destination !== passage.destination || second || (first && icmp && isReply)) bits |= PassageState.Dnat;
  return bits;
}

/** Whether the packet makes its connection known when it gets through. */
export function confirms(passage: Passage): boolean {
  return passage.reference < 0 && (passage.track & Track.Create) !== 0;
}
