/**
 * Where a host sends a packet, with which source address, and what it refuses to believe of an arriving one.
 * @see net/ipv4/route.c, net/ipv4/fib_frontend.c fib_validate_source, net/ipv4/devinet.c inet_select_addr
 */
import type { Address } from '../address.ts';
import { DropReason } from '../drop-reason.ts';
import type { Host } from '../host.ts';
import { type Interface, Scope } from '../interface.ts';
import { AddressType } from '../netfilter/skb.ts';
import type { Network } from '../network.ts';
import { HeaderBytes } from '../packet.ts';
import { type Route, RouteType } from '../route.ts';

/** A TCP header without options. */
const TCP_BYTES = 20;

/** The answer of the last look-up: a scratch record, overwritten by the next. */
export const hop = {
  /** `RouteType` */
  type: 0,
  /** Interface to leave by; for a local destination the loopback. */
  device: 0,
  /** Neighbour to hand the packet to. */
  via: 0,
  /** The route that leads there; undefined: it is here, or everywhere on a link. */
  route: undefined as Route | undefined,
};

/** Finds the way to an address; the answer stands in `hop`. @returns whether there is a route at all */
export function route(net: Network, host: Host, destination: Address): boolean {
  if (isLocal(net, host, destination)) return answer(RouteType.Local, host.interfaces[0]!, destination, undefined);
  if (host.broadcasts.has(destination)) return answer(RouteType.Broadcast, 0, destination, undefined);
  const found = host.routes.lookup(net.addresses, destination);
  if (found === undefined) return false;
  return answer(found.type, found.device, found.via === 0 ? destination : found.via, found);
}

/**
 * The source of who talks to the host's own address: that address, unless it is a secondary one or some other of
 * 127.0.0.0/8.
 * @see net/ipv4/fib_frontend.c fib_add_ifaddr
 */
function localSource(net: Network, host: Host, destination: Address): Address {
  if (!host.localAddresses.has(destination))
    return net.interface(host.interfaces[0]!).addresses[0]?.address ?? destination;
  return host.secondaries.size === 0 ? destination : (host.secondaries.get(destination) ?? destination);
}

function answer(type: number, device: number, via: Address, found: Route | undefined): boolean {
  hop.type = type;
  hop.device = device;
  hop.via = via;
  hop.route = found;
  return true;
}

/** The source that a local sender gets by the way that stands in `hop`, before any translation; 0: none. */
export function preferredSource(net: Network, host: Host): Address {
  if (hop.type === RouteType.Local) return localSource(net, host, hop.via);
  const { route: found } = hop;
  if (found?.type !== RouteType.Unicast) return 0;
  if (found.source !== 0) return found.source;
  return selectAddress(net, host, net.interface(found.device), found.via, found.scope);
}

/**
 * The address of an interface nearest to `near` (0: the first), else one of another interface.
 * @param scope the widest that may be taken; `Scope`
 */
export function selectAddress(net: Network, host: Host, device: Interface, near: Address, scope: number): Address {
  let first = 0;
  for (const { address, prefix, scope: own } of device.addresses) {
    if (own > scope) continue;
    if (near === 0 || net.addresses.within(near, prefix)) return address;
    if (first === 0) first = address;
  }
  if (first !== 0) return first;
  for (const id of host.interfaces) {
    for (const { address, scope: own } of net.interface(id).addresses) {
      if (own !== Scope.Link && own <= scope) return address;
    }
  }
  return 0;
}

export function isLocal(net: Network, host: Host, address: Address): boolean {
  return host.localAddresses.has(address) || net.addresses.isLoopback(address);
}

/**
 * What an address is to this host, as `-m addrtype` asks.
 * @param limit name of the only interface to look at; '' for any
 */
export function addressType(net: Network, host: Host, address: Address, limit = ''): number {
  if (limit !== '' && isLocal(net, host, address)) {
    const device = net.interfaceNamed(host, limit);
    return device?.addresses.some((own) => own.address === address) ? AddressType.Local : AddressType.Unicast;
  }
  if (isLocal(net, host, address)) return AddressType.Local;
  if (host.broadcasts.has(address)) return AddressType.Broadcast;
  const word = net.addresses.word(address);
  if (net.addresses.family(address) === 4) {
    if (word === -1 || word === 0) return AddressType.Broadcast;
    if (word >>> 28 === 14) return AddressType.Multicast;
  }
  const found = host.routes.lookup(net.addresses, address);
  // xt_addrtype takes the absence of a route for "unreachable".
  return found === undefined ? AddressType.Unreachable : found.type;
}

/**
 * Whether a loopback source would go out to another host, which only route_localnet allows.
 * @see net/ipv4/route.c __mkroute_output
 */
export function leavesLoopback(net: Network, host: Host, source: Address, destination: Address): boolean {
  if (host.sysctls.routeLocalnet || !net.addresses.isLoopback(source)) return false;
  return route(net, host, destination) && hop.type === RouteType.Unicast;
}

/**
 * Whether an arriving packet may have this source and destination.
 * @returns a drop reason, or `DropReason.None`
 */
export function validate(net: Network, host: Host, device: Interface, source: Address, destination: Address): number {
  const loop = device.id === host.interfaces[0];
  if (loop) return DropReason.None;
  const { addresses } = net;
  if (!host.sysctls.routeLocalnet && (addresses.isLoopback(source) || addresses.isLoopback(destination)))
    return DropReason.Martian;
  if (host.localAddresses.has(source)) return DropReason.Martian;
  if (addresses.family(source) === 4 && addresses.word(source) >>> 28 >= 14) return DropReason.Martian;
  const strictness = Math.max(host.sysctls.rpFilterAll, device.rpFilter);
  if (strictness === 0 || addresses.isLoopback(source)) return DropReason.None;
  const back = host.routes.lookup(addresses, source);
  if (back === undefined || back.type !== RouteType.Unicast) return DropReason.ReversePath;
  return strictness === 1 && back.device !== device.id ? DropReason.ReversePath : DropReason.None;
}

/**
 * The largest TCP payload, options not taken off, that fits an interface and the way back to a sender.
 * @param outInterface number of the interface that the packet leaves by
 * @see net/netfilter/xt_TCPMSS.c tcpmss_mangle_packet
 */
export function pathMss(net: Network, host: Host, outInterface: number, source: Address): number {
  const back = route(net, host, source) ? net.interface(hop.device || outInterface).mtu : 0xffff;
  return Math.min(net.interface(outInterface).mtu, back) - HeaderBytes.Ipv4 - TCP_BYTES;
}

/**
 * Whether the way to a packet's source leads by the interface that it came in by, as `-m rpfilter` asks.
 * @param inInterface its number
 * @param loose by any interface
 * @see net/ipv4/netfilter/ipt_rpfilter.c rpfilter_lookup_reverse
 */
export function comesBack(
  net: Network,
  host: Host,
  inInterface: number,
  source: Address,
  loose: boolean,
  acceptLocal: boolean,
): boolean {
  if (isLocal(net, host, source)) {
    const owns = net.interface(inInterface).addresses.some(({ address }) => address === source);
    return acceptLocal && (loose || owns);
  }
  const back = host.routes.lookup(net.addresses, source);
  return back?.type === RouteType.Unicast && (loose || back.device === inInterface);
}
