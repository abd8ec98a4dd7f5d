/**
 * A packet's connection as rules see it while the packet is on its way: an answer counts as seen with the very packet,
 * and of a connection that begins there is as much as translation has settled so far.
 * @see net/netfilter/xt_conntrack.c conntrack_mt
 */
import { Track } from '../conntrack/classify.ts';
import { Direction, Status } from '../conntrack/status.ts';
import { invert } from '../conntrack/tuple.ts';
import type { Connection } from '../netfilter/match.ts';
import { CtState } from '../netfilter/skb.ts';
import type { Passage } from './passage.ts';
import { errorDirection } from './quoted.ts';

/** @returns undefined for a packet without one: invalid, untracked, or before connection tracking */
export function connectionSeen(passage: Passage): Connection | undefined {
  const { host, skb, reference, track, packet } = passage;
  if (skb.ctState === 0 || (skb.ctState & (CtState.Invalid | CtState.Untracked)) !== 0) return undefined;
  const isReply = reference >= 0 && (reference & 1) === Direction.Reply;
  if (reference >= 0) {
    const { original, reply, status } = host.conntrack.entry(reference);
    const seen = isReply && (skb.ctState & CtState.Related) === 0 ? Status.SeenReply : 0;
    return { original, reply, status: status | Status.Confirmed | seen, isReply };
  }
  const { inner } = packet;
  if ((track & Track.Create) === 0)
    return inner?.draft && { ...inner.draft, isReply: errorDirection(inner) === Direction.Reply };
  const reply = invert(passage.current());
  return reply === undefined ? undefined : { original: passage.original(), reply, status: 0, isReply };
}
