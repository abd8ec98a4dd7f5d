/**
 * The search for a free port: from a drawn offset upward, in rounds that get shorter, each from a new offset.
 * @see net/netfilter/nf_nat_core.c nf_nat_l4proto_unique_tuple, nf_nat_used_tuple_harder
 */
import { Direction, Status } from '../conntrack/status.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { TcpState } from '../conntrack/tcp-state.ts';
import { isIcmp } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';
import { Protocol } from '../packet.ts';
import type { Binding, BindRequest } from './binding.ts';
import type { NatRange } from './range.ts';
import { answersTo, isTaken } from './taken.ts';

const MAX_ATTEMPTS = 128;
/** Draws of one translation at most: a packet that two hosts translate draws at each anew. */
export const NAT_DRAWS = 256;

/** With so few attempts left, a connection in TIME_WAIT may have to give way. */
const HARDER_ATTEMPTS = 32;
const LAST_ROUND = 16;
/** Number of the first draw that is about an eviction; those before it are offsets. */
const EVICTION_DRAW = 16;

interface Ports {
  readonly min: number;
  readonly size: number;
}

/** Privileged ports stay privileged. */
function portsOf(tuple: FiveTuple, range: NatRange): Ports {
  if (range.minPort > 0 || range.maxPort > 0) {
    const min = Math.min(range.minPort, range.maxPort);
    return { min, size: Math.max(range.minPort, range.maxPort) - min + 1 };
  }
  if (isIcmp(tuple.protocol)) return { min: 0, size: 65_536 };
  if (tuple.sourcePort < 512) return { min: 1, size: 511 };
  // Ports of 512-599 move up too.
  if (tuple.sourcePort < 1024) return { min: 600, size: 424 };
  return { min: 1024, size: 64_512 };
}

/**
 * Finds a port that makes the tuple free.
 * @param source whether the source port is sought, else the destination port; of ICMP it is the identifier
 * @returns when none of the attempts met a free one: `undefined` for a source, the last one tried for a destination
 */
export function freePort(
  request: BindRequest,
  tuple: FiveTuple,
  range: NatRange,
  source: boolean,
): Binding | undefined {
  const { protocol } = tuple;
  const known =
    protocol === Protocol.Tcp || protocol === Protocol.Udp || protocol === Protocol.Sctp || isIcmp(protocol);
  if (!known) return source ? undefined : { tuple, evicts: -1 };
  const bySource = source || isIcmp(protocol);
  const { min, size } = portsOf(tuple, range);
  const port = bySource ? tuple.sourcePort : tuple.destinationPort;
  // A destination is taken from the start of its range: spreading is for those who ask for it.
  let offset = source || range.random ? request.draw(0) >>> 16 : 0;
  if (range.basePort > 0) offset = (port - range.basePort) & 0xffff;
  let attempts = Math.min(size, MAX_ATTEMPTS);
  let last = tuple;
  for (let round = 1; ; round++) {
    for (let i = 0; i < attempts; i++) {
      const candidate = min + (((offset + i) & 0xffff) % size);
      last = bySource ? { ...tuple, sourcePort: candidate } : { ...tuple, destinationPort: candidate };
      const binding = tryTuple(request, last, attempts - i, EVICTION_DRAW + round * MAX_ATTEMPTS + i);
      if (binding !== undefined) return binding;
    }
    if (attempts >= size || attempts < LAST_ROUND) return source ? undefined : { tuple: last, evicts: -1 };
    attempts >>= 1;
    offset = request.draw(round) >>> 16;
  }
}

function tryTuple(request: BindRequest, tuple: FiveTuple, left: number, drawNumber: number): Binding | undefined {
  const { table, original, nowNs } = request;
  if (left > HARDER_ATTEMPTS || !request.syn) {
    return isTaken(table, original, tuple, nowNs) ? undefined : { tuple, evicts: -1 };
  }
  const found = answersTo(table, tuple, nowNs);
  if (found < 0) return { tuple, evicts: -1 };
  if (!givesWay(table, found)) return undefined;
  // It must also have the lower initial sequence number. Those of different ends are unrelated: an even chance.
  return request.draw(drawNumber) < 2 ** 31 ? { tuple, evicts: found & ~1 } : undefined;
}

/** Whether a connection is over, source-translated, and no other's original. */
function givesWay(table: ConntrackTable, reference: number): boolean {
  if ((reference & 1) === Direction.Original) return false;
  const { tcp, status } = table.entry(reference);
  if (tcp === undefined || tcp.state < TcpState.TimeWait) return false;
  return (status & (Status.FixedTimeout | Status.Dying)) === 0 && (status & Status.SrcNat) !== 0;
}
