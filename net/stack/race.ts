/**
 * Two datagrams of one new connection on two processors: the second is looked at while the first is still on its way
 * through the host, as two questions from one socket are, that come a few nanoseconds apart. Kernels before 5.7 lose
 * one of the two where rules give them different ends; later ones let both stand.
 * @see net/netfilter/nf_conntrack_core.c nf_ct_resolve_clash, commit 6a757c07e51f
 */
import { MICROSECOND, SECOND } from '../../core/time.ts';
import { Direction } from '../conntrack/status.ts';
import { Protocol } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import type { Passage } from './passage.ts';

/** A datagram of a connection that has gone both ways for so long makes it a stream. @see nf_conntrack_proto_udp.c */
const STREAM_NS = 2 * SECOND;
/** How long a packet takes through a host's hooks. Rests on: model. */
const RACE_NS = 10 * MICROSECOND;

/** Whether the packet does not see the entry that the first one of its connection made. */
export function isRacing({ net, host, packet, reference, nowNs, draw }: Passage): boolean {
  if (net.conntrackRace === 0 || net.kernel !== '5' || packet.protocol !== Protocol.Udp) return false;
  if (reference < 0 || (reference & 1) === Direction.Reply) return false;
  const { packetsOriginal, packetsReply, streamAtNs } = host.conntrack.entry(reference);
  if (packetsOriginal !== 1 || packetsReply !== 0 || nowNs - (streamAtNs - STREAM_NS) > RACE_NS) return false;
  return draw(Purpose.ConntrackRace, host.id * 0x100000000 + packet.id) < net.conntrackRace * 0x100000000;
}
