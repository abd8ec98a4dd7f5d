/**
 * Packets that have their connection before anybody looks it up: what crosses the loopback device, and what a host says
 * itself about a packet of a connection.
 * @see net/ipv4/icmp.c icmp_glue_bits, net/netfilter/nf_conntrack_core.c nf_conntrack_attach
 */
import { natBits } from '../conntrack/classify.ts';
import { invert } from '../conntrack/tuple.ts';
import { Hook } from '../netfilter/hook.ts';
import { CtState } from '../netfilter/skb.ts';
import { LOOP_UNTRACKED } from '../network.ts';
import { Protocol } from '../packet.ts';
import { isIcmpError } from '../transport/icmp.ts';
import { REDIRECT_HOST } from '../transport/icmp-redirect.ts';
import type { Passage } from './passage.ts';

/** It is a redirect made here: it belongs to the connection of the packet that it is about. */
export function isOwnRedirect({ inInterface, packet }: Passage): boolean {
  return inInterface === 0 && packet.icmp === REDIRECT_HOST && packet.inner !== undefined;
}

/** Whether a packet has its connection from the start, also for the raw table. */
export function isAttached(passage: Passage, hook: Hook): boolean {
  const { loopReference, loopDraft } = passage.packet;
  if (hook === Hook.Prerouting) return loopReference !== -1 || loopDraft !== undefined;
  return hook === Hook.Output && isOwnError(passage);
}

function isOwnError({ inInterface, packet: { protocol, inner, icmp } }: Passage): boolean {
  return inInterface === 0 && protocol === Protocol.Icmp && inner !== undefined && isIcmpError(icmp);
}

/** Gives a packet the connection that it has already. @returns false where it has none: it must be looked up */
export function attach(passage: Passage): boolean {
  const { packet, skb, host } = passage;
  if (isOwnRedirect(passage)) {
    const answer = invert(packet.inner!);
    relate(passage, answer === undefined ? -1 : host.conntrack.findTuple(answer, passage.nowNs));
  } else if (packet.loopReference === LOOP_UNTRACKED) skb.ctState = passage.track = CtState.Untracked;
  else if (packet.loopDraft !== undefined) skb.ctState = passage.track = packet.loopState;
  // A host's own refusal belongs to the connection that it refuses, although that was never confirmed or is closed.
  else if (passage.inInterface === 0 && packet.inner?.draft !== undefined && packet.protocol !== Protocol.Udp)
    skb.ctState = passage.track = CtState.Related;
  else if (isOwnError(passage) && host.conntrack.holds(packet.inner!.ended)) relate(passage, packet.inner!.ended ^ 1);
  else return false;
  return true;
}

function relate(passage: Passage, reference: number): void {
  const { host, skb } = passage;
  passage.reference = reference;
  skb.ctState = passage.track = CtState.Invalid;
  if (reference < 0) return;
  const { status, mark } = host.conntrack.entry(reference);
  skb.ctState = passage.track = CtState.Related | natBits(status);
  skb.connectionMark = mark;
}
