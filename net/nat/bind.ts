/**
 * Binding a new connection: which source it leaves with and which destination it goes to, so that its answers can be
 * told from all others. Asks only; a draw decides where the search for a free port begins.
 * @see net/netfilter/nf_nat_core.c get_unique_tuple
 */
import { invert, isIcmp } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';
import { Protocol } from '../packet.ts';
import type { Binding, BindRequest } from './binding.ts';
import { chooseAddress } from './pool.ts';
import { freePort } from './port.ts';
import { type NatRange, toAddress } from './range.ts';
import { isTaken, isTakenUnchanged } from './taken.ts';

/**
 * Binds the source: SNAT, MASQUERADE (the host names the address), or no rule at all, where the source port still
 * changes if the answers could be taken for another connection's.
 * @returns `undefined` when every tuple that was tried is taken: the packet is dropped
 */
export function bindSource(request: BindRequest): Binding | undefined {
  const { table, current, nowNs, original } = request;
  const range = request.range ?? toAddress(current.source);
  if (!range.random) {
    if (sourceWithin(current, range)) {
      if (!isTakenUnchanged(table, original, current, nowNs)) return { tuple: current, evicts: -1 };
    } else {
      const known = knownSource(request, range);
      if (known !== undefined && !isTaken(table, original, known, nowNs)) return { tuple: known, evicts: -1 };
    }
  }
  const tuple = { ...current, source: chooseAddress(request.addresses, current, range, current.source) };
  const hasPorts = range.minPort > 0 || range.maxPort > 0;
  const inRange = !hasPorts || portWithin(tuple.sourcePort, range) || !translatesPorts(tuple.protocol);
  if (!range.random && range.basePort === 0 && inRange) {
    if (!isTaken(table, original, tuple, nowNs)) return { tuple, evicts: -1 };
    // The one port allowed is the packet's own, and taken: nothing else is tried.
    if (hasPorts && range.minPort === range.maxPort) return undefined;
  }
  return freePort(request, tuple, range, true);
}

/**
 * Binds the destination: DNAT, REDIRECT, or no rule at all. A destination that others use too is no hindrance: the source
 * will differ. ICMP alone is moved at once when it is taken, to the first free identifier.
 */
export function bindDestination(request: BindRequest): Binding {
  const { table, current, nowNs, original, range } = request;
  const icmp = isIcmp(current.protocol);
  if (range === undefined) {
    if (!icmp || !isTaken(table, original, current, nowNs)) return { tuple: current, evicts: -1 };
    return freePort(request, current, toAddress(current.destination), false) ?? { tuple: current, evicts: -1 };
  }
  const tuple = { ...current, destination: chooseAddress(request.addresses, current, range, current.destination) };
  const hasPorts = range.minPort > 0 || range.maxPort > 0;
  if (!hasPorts && (!icmp || (!range.random && !isTaken(table, original, tuple, nowNs)))) return { tuple, evicts: -1 };
  const port = icmp ? tuple.sourcePort : tuple.destinationPort;
  const keeps = hasPorts && !range.random && range.basePort === 0 && portWithin(port, range);
  if (keeps && (range.minPort === range.maxPort || !isTaken(table, original, tuple, nowNs)))
    return { tuple, evicts: -1 };
  return freePort(request, tuple, range, false) ?? { tuple, evicts: -1 };
}

function translatesPorts(protocol: number): boolean {
  return protocol === Protocol.Tcp || protocol === Protocol.Udp || protocol === Protocol.Sctp || isIcmp(protocol);
}

function portWithin(port: number, range: NatRange): boolean {
  return port >= range.minPort && port <= range.maxPort;
}

function sourceWithin(tuple: FiveTuple, range: NatRange): boolean {
  if (range.addresses.length > 0 && !range.addresses.includes(tuple.source)) return false;
  if (range.minPort === 0 && range.maxPort === 0) return true;
  return portWithin(tuple.sourcePort, range) || !translatesPorts(tuple.protocol);
}

/** The source that the same client's port has towards others already, if this rule allows it. */
function knownSource(request: BindRequest, range: NatRange): FiveTuple | undefined {
  const { current } = request;
  for (const entry of request.table.sameSource(current, request.nowNs)) {
    const sent = invert(entry.reply);
    if (sent === undefined) continue;
    const tuple = { ...current, source: sent.source, sourcePort: sent.sourcePort };
    if (sourceWithin(tuple, range)) return tuple;
  }
  return undefined;
}
