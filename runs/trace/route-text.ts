/**
 * A routing decision in words close to `ip route`'s: the route that was taken, or the kind of address it is.
 */
import { formatPrefix } from '../../net/address.ts';
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import { RouteType } from '../../net/route.ts';
import { isLocal } from '../../net/stack/routing.ts';

const TYPES: Readonly<Record<number, string>> = {
  [RouteType.Blackhole]: 'blackhole',
  [RouteType.Unreachable]: 'unreachable',
  [RouteType.Prohibit]: 'prohibit',
};

/** How a host reaches an address at this instant: `10.244.2.0/24 via 10.0.0.12 dev eth0`, `local`, `no route`. */
export function routeText(net: Network, host: Host, destination: number): string {
  if (isLocal(net, host, destination)) return `local ${net.addresses.text(destination)}`;
  if (host.broadcasts.has(destination)) return `broadcast ${net.addresses.text(destination)}`;
  const found = host.routes.lookup(net.addresses, destination);
  if (found === undefined) return `no route to ${net.addresses.text(destination)}`;
  const prefix = found.prefix.length === 0 ? 'default' : formatPrefix(found.prefix).replace(/\/(32|128)$/, '');
  const type = TYPES[found.type];
  if (type !== undefined) return `${type} ${prefix}`;
  const via = found.via === 0 ? '' : ` via ${net.addresses.text(found.via)}`;
  return `${prefix}${via} dev ${net.interface(found.device).name}`;
}
