/**
 * Building a network: hosts, interfaces, addresses, links, routes and listeners, as `ip` and `bridge` would. Used for the
 * world at t = 0 and by `evolve` when a pod comes or goes.
 */
import { invariant } from '../core/error.ts';
import { type Address, formatPrefix, parsePrefix } from './address.ts';
import { conntrackSettings } from './conntrack/settings.ts';
import { ConntrackTable } from './conntrack/table.ts';
import { type Host, HostStatus } from './host.ts';
import { type Interface, type InterfaceAddress, InterfaceKind, Scope, type Vxlan } from './interface.ts';
import { type Link, LinkKind } from './link.ts';
import { NeighbourState, NeighbourTable, newNeighbour } from './neighbour.ts';
import { emptyCounters } from './netfilter/counters.ts';
import { emptyRuleset } from './netfilter/ruleset.ts';
import type { Network } from './network.ts';
import { PathTable } from './path-table.ts';
import { RouteTable, RouteType } from './route.ts';
import type { Listener } from './socket.ts';
import { numbersOf, sysctls } from './sysctl.ts';
import { newIcmpLimiter } from './transport/icmp-limit.ts';

export interface HostOptions {
  readonly role: string;
  /** Number of the node that it runs on. */
  readonly node?: number;
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

/** A host with nothing but its loopback interface. */
export function addHost(net: Network, name: string, options: HostOptions): Host {
  invariant(!net.hostByName.has(name), `A host has this name already: ${name}`);
  const ruleset = emptyRuleset();
  const settings = sysctls(options.sysctls);
  const host: Host = {
    id: net.hosts.length,
    name,
    role: options.role,
    status: HostStatus.Up,
    interfaces: [],
    routes: new RouteTable(),
    localAddresses: new Map(),
    secondaries: new Map(),
    broadcasts: new Set(),
    neighbours: new NeighbourTable(),
    ruleset,
    counters: emptyCounters(ruleset),
    ipsets: new Map(),
    natRanges: new Map(),
    tracking: false,
    paths: new PathTable(),
    conntrack: new ConntrackTable(conntrackSettings(numbersOf(settings))),
    listeners: [],
    sockets: new Map(),
    sysctls: settings,
    icmpLimiter: newIcmpLimiter(),
    redirects: new Map(),
    socketUid: 0,
    socketGid: 0,
    node: options.node ?? 0,
  };
  net.hosts.push(host);
  net.hostByName.set(name, host.id);
  const lo = addInterface(net, host, 'lo', InterfaceKind.Loopback, 65536);
  addAddress(net, lo, '127.0.0.1/8', { scope: Scope.Host });
  return host;
}

/** @param mtu largest IP packet in bytes */
export function addInterface(net: Network, host: Host, name: string, kind: number, mtu: number): Interface {
  const device: Interface = {
    id: net.interfaces.length,
    host: host.id,
    name,
    kind,
    index: host.interfaces.length + 1,
    mtu,
    up: true,
    addresses: [],
    master: 0,
    ports: [],
    hairpin: false,
    proxyArp: false,
    rpFilter: 0,
    link: 0,
    vxlan: undefined,
    busyUntilNs: 0,
    departures: [],
    queueHead: 0,
  };
  net.interfaces.push(device);
  host.interfaces.push(device.id);
  return device;
}

/**
 * Gives an interface an address, and the host the routes that come with it.
 * @param text `10.0.0.1/24`
 * @param broadcast text of the broadcast address; absent: none
 * @param leaseNs length of its DHCP lease; absent: it was set by hand
 */
export function addAddress(
  net: Network,
  device: Interface,
  text: string,
  options: { readonly scope?: number; readonly broadcast?: string; readonly leaseNs?: number | undefined } = {},
): void {
  const prefix = parsePrefix(text);
  invariant(prefix !== undefined, `Not an address: ${text}`);
  const host = net.host(device.host);
  const address = net.addresses.intern(text.split('/')[0]!);
  const broadcast = options.broadcast === undefined ? 0 : net.addresses.intern(options.broadcast);
  const { scope = Scope.Universe, leaseNs } = options;
  const lease = leaseNs === undefined ? {} : { leaseNs };
  const added: InterfaceAddress = { address, prefix, scope, broadcast, ...lease };
  device.addresses = [...device.addresses, added];
  host.localAddresses.set(address, (host.localAddresses.get(address) ?? 0) + 1);
  if (broadcast !== 0) host.broadcasts.add(broadcast);
  const single = prefix.family === 4 ? 32 : 128;
  if (prefix.length === single || device.kind === InterfaceKind.Loopback) return;
  // A further address in a network that the interface is in already is secondary: it brings no route.
  const first = device.addresses.find((own) => own !== added && formatPrefix(own.prefix) === formatPrefix(prefix));
  if (first !== undefined) {
    host.secondaries.set(address, first.address);
    return;
  }
  host.routes.add({
    prefix,
    type: RouteType.Unicast,
    via: 0,
    device: device.id,
    source: address,
    scope: Scope.Link,
    metric: 0,
    onlink: false,
    protocol: 'kernel',
  });
}

export interface RouteOptions {
  /** `default`, a prefix or an address. */
  readonly to: string;
  readonly via?: string;
  readonly device?: Interface;
  readonly source?: string;
  readonly type?: number;
  readonly metric?: number;
  readonly onlink?: boolean;
}

/** As `ip route add`. */
export function addRoute(net: Network, host: Host, options: RouteOptions): void {
  const prefix = parsePrefix(options.to === 'default' ? '0.0.0.0/0' : options.to);
  invariant(prefix !== undefined, `Not a destination: ${options.to}`);
  const via = options.via === undefined ? 0 : net.addresses.intern(options.via);
  const device = options.device ?? (via === 0 ? undefined : deviceTo(net, host, via));
  host.routes.add({
    prefix,
    type: options.type ?? RouteType.Unicast,
    via,
    device: device?.id ?? 0,
    source: options.source === undefined ? 0 : net.addresses.intern(options.source),
    scope: via === 0 && options.type === undefined ? Scope.Link : Scope.Universe,
    metric: options.metric ?? 0,
    onlink: options.onlink ?? false,
    protocol: '',
  });
}

function deviceTo(net: Network, host: Host, via: Address): Interface {
  const route = host.routes.lookup(net.addresses, via);
  invariant(route !== undefined && route.device !== 0, `No way to the next hop ${net.addresses.text(via)}`);
  return net.interface(route.device);
}

export interface LinkOptions {
  readonly delayNs: number;
  /** 0: no limit. */
  readonly rateBitsPerSecond: number;
  readonly queuePackets: number;
  /** 0-1 */
  readonly lossRatio: number;
}

/** Joins interfaces. */
export function connect(
  net: Network,
  name: string,
  kind: number,
  ends: readonly Interface[],
  options: LinkOptions,
): Link {
  const link: Link = { id: net.links.length, name, kind, ends: ends.map((end) => end.id), ...options, up: true };
  net.links.push(link);
  for (const end of ends) end.link = link.id;
  return link;
}

/** Makes an interface a port of a bridge. */
export function enslave(bridge: Interface, port: Interface, hairpin: boolean): void {
  port.master = bridge.id;
  port.hairpin = hairpin;
  bridge.ports.push(port.id);
}

/** A permanent neighbour entry. */
export function addNeighbour(net: Network, device: Interface, address: Address, target: number): void {
  const entry = newNeighbour(device.id, address, NeighbourState.Permanent, 1);
  const { neighbours } = net.host(device.host);
  neighbours.set(entry);
  neighbours.settle(entry, target);
}

export function setVxlan(device: Interface, vxlan: Vxlan): void {
  device.vxlan = vxlan;
}

export function listen(host: Host, listener: Listener): void {
  host.listeners.push(listener);
}

/** Takes a host away, with its interfaces and what is plugged into them. Packets under way to it are lost. */
export function removeHost(net: Network, host: Host): void {
  for (const id of host.interfaces) {
    const device = net.interface(id);
    const link = net.links[device.link];
    if (link !== undefined) unplug(net, link, id);
    net.interfaces[id] = undefined;
  }
  for (const sockets of host.sockets.values()) for (const socket of sockets) net.sockets.delete(socket.id);
  net.hosts[host.id] = undefined;
  net.hostByName.delete(host.name);
}

/** @throws {InvariantError} when another host has that name */
export function renameHost(net: Network, host: Host, name: string): void {
  invariant(!net.hostByName.has(name), `A host has this name already: ${name}`);
  net.hostByName.delete(host.name);
  host.name = name;
  net.hostByName.set(name, host.id);
}

/** A veth goes with its other end; a segment loses one port. */
function unplug(net: Network, link: Link, end: number): void {
  if (link.kind === LinkKind.Segment) {
    link.ends.splice(link.ends.indexOf(end), 1);
    return;
  }
  for (const other of link.ends) {
    if (other === end) continue;
    const peer = net.interface(other);
    const peerHost = net.host(peer.host);
    if (peer.master !== 0) {
      const bridge = net.interface(peer.master);
      bridge.ports = bridge.ports.filter((port) => port !== other);
    }
    peerHost.routes.remove((route) => route.device === other);
    peerHost.neighbours.clear(other);
    peerHost.interfaces.splice(peerHost.interfaces.indexOf(other), 1);
    net.interfaces[other] = undefined;
  }
  net.links[link.id] = undefined;
}
