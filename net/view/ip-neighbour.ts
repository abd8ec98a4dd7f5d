/**
 * What `ip neighbour` prints: who was found on which link, and how sure the host is of it.
 * @see ip-neighbour(8), iproute2 ip/ipneigh.c
 */
import type { Host } from '../host.ts';
import { macOf } from '../interface.ts';
import { NEIGHBOUR_STATE_NAMES, NeighbourState } from '../neighbour.ts';
import type { Network } from '../network.ts';

/** @param nowNs a reachable entry turns stale by time alone @param device name of the only interface */
export function formatNeighbours(net: Network, host: Host, nowNs: number, device?: string): string {
  return host.neighbours
    .list()
    .filter((entry) => net.interfaces[entry.device] !== undefined)
    .filter((entry) => device === undefined || net.interface(entry.device).name === device)
    .map(({ address, device: id, state, target, reachableUntilNs }) => {
      const isOld = state === NeighbourState.Reachable && reachableUntilNs <= nowNs;
      const name = NEIGHBOUR_STATE_NAMES[isOld ? NeighbourState.Stale : state] ?? '';
      const hardware = target === 0 ? '' : `lladdr ${macOf(target)} `;
      const dev = device === undefined ? `dev ${net.interface(id).name} ` : '';
      return `${net.addresses.text(address)} ${dev}${hardware}${name} \n`;
    })
    .join('');
}
