/**
 * What a packet leaves behind at the neighbour by which it goes: a question that is due, or its place among those that
 * wait for an answer.
 * @see net/core/neighbour.c neigh_event_send, __neigh_event_send
 */
import type { AnyPassage } from '../event.ts';
import type { Host } from '../host.ts';
import { type Neighbour, NeighbourState, newNeighbour } from '../neighbour.ts';
import type { PacketInFlight } from '../network.ts';

/** A neighbour that was used after its time must prove itself. */
export function used(entry: Neighbour | undefined, packet: number, at: number): void {
  if (entry === undefined) return;
  if (entry.state !== NeighbourState.Stale && (entry.state !== NeighbourState.Reachable || at < entry.reachableUntilNs))
    return;
  entry.state = NeighbourState.Delay;
  entry.delayedAtNs = at;
  entry.delayedBy = packet;
  entry.generation++;
  entry.solicitations = 0;
}

/** It waits until its neighbour has answered. */
export function wait(host: Host, packet: PacketInFlight, event: AnyPassage): void {
  const address = event.until;
  packet.waitsFor = address;
  const known = host.neighbours.get(event.outInterface, address);
  if (known !== undefined && known.state !== NeighbourState.Failed) {
    known.waiting.push(packet.id);
    return;
  }
  const generation = (known?.generation ?? 0) + 1;
  const entry = newNeighbour(event.outInterface, address, NeighbourState.Incomplete, generation);
  entry.waiting.push(packet.id);
  host.neighbours.set(entry);
}

/** It no longer waits, since it leaves or has ended. */
export function stopWaiting(host: Host, device: number, packet: PacketInFlight): void {
  const waiting = host.neighbours.get(device, packet.waitsFor)?.waiting ?? [];
  const at = waiting.indexOf(packet.id);
  if (at >= 0) waiting.splice(at, 1);
  packet.waitsFor = 0;
}
