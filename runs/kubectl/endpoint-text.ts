/**
 * Endpoints in one line: at most three, then how many more there are.
 */
import type { EndpointSlice } from '../../controllers/object/endpoint-slice.ts';
import type { Endpoints } from '../../controllers/object/endpoints.ts';

const SHOWN = 3;

/** `10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...` */
export function shortList(items: readonly string[]): string {
  const shown = items.slice(0, SHOWN).join(',');
  return items.length > SHOWN ? `${shown} + ${items.length - SHOWN} more...` : shown;
}

export function joinHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Ready addresses only. */
export function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  return shortList(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map(({ ip }) => ip)
        : ports.flatMap(({ port }) => addresses.map(({ ip }) => joinHostPort(ip, port))),
    ),
  );
}

/** What `describe service` says of one port: the ready endpoints of the slices that have a port of that name. */
export function sliceText(slices: readonly EndpointSlice[], portName: string): string {
  return shortList(
    slices.flatMap(({ endpoints, ports = [] }) =>
      ports
        .filter(({ name = '' }) => name === portName)
        .flatMap(({ port = 0 }) =>
          endpoints
            .filter(({ conditions }) => conditions?.ready !== false)
            .flatMap(({ addresses }) => addresses.map((address) => joinHostPort(address, port))),
        ),
    ),
  );
}
