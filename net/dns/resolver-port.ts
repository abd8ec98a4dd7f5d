/**
 * The ports that resolvers and forwarding servers send from: drawn for each socket.
 */
import type { Draw } from '../../core/decider.ts';
import type { Address } from '../address.ts';
import type { Host } from '../host.ts';
import type { Network } from '../network.ts';
import { Purpose } from '../purpose.ts';
import { socketKey } from '../socket.ts';
import { reasonOf } from '../stack/receive.ts';
import { hop, preferredSource, route } from '../stack/routing.ts';

export const DNS_PORT = 53;

/** @param number of the socket among those of the flow @returns 0: none is free */
export function resolverPort(
  host: Host,
  protocol: number,
  remote: Address,
  flow: number,
  number: number,
  draw: Draw,
): number {
  const { portLow, portHigh } = host.sysctls;
  const span = portHigh - portLow + 1;
  const start = draw(Purpose.ResolverPort, flow, number) % span;
  for (let i = 0; i < span; i++) {
    const port = portLow + ((start + i) % span);
    const taken =
      host.listeners.some((one) => one.port === port) || host.sockets.has(socketKey(protocol, remote, DNS_PORT, port));
    if (!taken) return port;
  }
  return 0;
}

/** The address that a socket towards `remote` gets, or 0 where there is no way. */
export function sourceTowards(net: Network, host: Host, remote: Address): Address {
  return remote !== 0 && route(net, host, remote) && reasonOf(hop.type) === 0 ? preferredSource(net, host) : 0;
}
