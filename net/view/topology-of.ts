/**
 * The network as it stands, written down: hosts, interfaces, routes, rules and links as somebody would build them by hand.
 */
import { formatPrefix } from '../address.ts';
import type { Host } from '../host.ts';
import { type Interface, InterfaceKind, macOf, Scope } from '../interface.ts';
import { LinkKind } from '../link.ts';
import { NeighbourState } from '../neighbour.ts';
import { printSets } from '../netfilter/ipset/set-text.ts';
import { printRuleset } from '../netfilter/print.ts';
import type { Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import { type Route, RouteType } from '../route.ts';
import { ANSWER_NAMES } from '../socket.ts';
import type {
  AnswerKind,
  InterfaceAddress,
  InterfaceKind as KindName,
  Topology,
  TopologyHost,
  TopologyInterface,
  TopologyLink,
  TopologyListener,
  TopologyNeighbour,
  TopologyRoute,
} from './topology.ts';

const KIND_NAMES: readonly KindName[] = ['loopback', 'ethernet', 'veth', 'bridge', 'vxlan'];
const SCOPE_NAMES: Readonly<Record<number, 'link' | 'host'>> = { [Scope.Link]: 'link', [Scope.Host]: 'host' };
const ROUTE_TYPE_NAMES: Readonly<Record<number, 'blackhole' | 'unreachable'>> = {
  [RouteType.Blackhole]: 'blackhole',
  [RouteType.Unreachable]: 'unreachable',
};

export function topologyOf(net: Network): Topology {
  const hosts = net.hosts.filter((host) => host !== undefined).map((host) => hostOf(net, host));
  return { hosts, links: linksOf(net) };
}

function hostOf(net: Network, host: Host): TopologyHost {
  const devices = host.interfaces.map((id) => net.interface(id));
  return {
    name: host.name,
    role: host.role,
    sysctls: Object.fromEntries([...host.sysctls.values].sort(([a], [b]) => (a < b ? -1 : 1))),
    interfaces: devices.map((device) => interfaceOf(net, device)),
    routes: host.routes
      .list()
      .filter((route) => route.protocol !== 'kernel')
      .map((route) => routeOf(net, route)),
    neighbours: host.neighbours
      .list()
      .filter(({ state }) => state === NeighbourState.Permanent)
      .map((entry) => neighbourOf(net, entry)),
    ...(host.ipsets.size === 0 ? {} : { ipsets: printSets(host.ipsets) }),
    rules: printRuleset(host.ruleset, host.counters),
    listeners: host.listeners.map((listener) => listenerOf(net, host, listener)),
  };
}

function interfaceOf(net: Network, device: Interface): TopologyInterface {
  const { vxlan } = device;
  return {
    name: device.name,
    kind: KIND_NAMES[device.kind]!,
    mtu: device.mtu,
    up: device.up,
    ...(device.kind === InterfaceKind.Loopback ? {} : { mac: macOf(device.id) }),
    addresses: device.addresses.map((own): InterfaceAddress => {
      const scope = SCOPE_NAMES[own.scope];
      return {
        address: `${net.addresses.text(own.address)}/${own.prefix.length}`,
        ...(scope === undefined ? {} : { scope }),
        ...(own.broadcast === 0 ? {} : { broadcast: net.addresses.text(own.broadcast) }),
      };
    }),
    ...(device.master === 0 ? {} : { master: net.interface(device.master).name, hairpin: device.hairpin }),
    ...(device.proxyArp ? { proxyArp: true } : {}),
    ...(vxlan === undefined
      ? {}
      : {
          vxlan: {
            vni: vxlan.vni,
            port: vxlan.port,
            local: net.addresses.text(vxlan.local),
            device: net.interface(vxlan.device).name,
            remotes: vxlan.remotes.map(({ target, underlay }) => ({
              mac: macOf(target),
              destination: net.addresses.text(underlay),
            })),
            learning: false,
          },
        }),
  };
}

function routeOf(net: Network, route: Route): TopologyRoute {
  const type = ROUTE_TYPE_NAMES[route.type];
  return {
    destination: route.prefix.length === 0 ? 'default' : formatPrefix(route.prefix),
    ...(type === undefined ? {} : { type }),
    ...(route.via === 0 ? {} : { via: net.addresses.text(route.via) }),
    ...(route.device === 0 ? {} : { device: net.interface(route.device).name }),
    ...(route.source === 0 ? {} : { source: net.addresses.text(route.source) }),
    ...(route.scope === Scope.Link && route.device !== 0 ? { scope: 'link' as const } : {}),
    ...(route.onlink ? { onlink: true } : {}),
    ...(route.metric === 0 ? {} : { metric: route.metric }),
  };
}

function neighbourOf(
  net: Network,
  entry: { readonly address: number; readonly device: number; readonly target: number },
): TopologyNeighbour {
  return {
    address: net.addresses.text(entry.address),
    device: net.interface(entry.device).name,
    mac: macOf(entry.target),
  };
}

function listenerOf(net: Network, host: Host, listener: Host['listeners'][number]): TopologyListener {
  return {
    protocol: listener.protocol === Protocol.Udp ? 'udp' : 'tcp',
    port: listener.port,
    ...(listener.address === 0 ? {} : { address: net.addresses.text(listener.address) }),
    answers: ANSWER_NAMES[listener.answers] as AnswerKind,
    ...(listener.status === 200 ? {} : { status: listener.status }),
    ...(listener.name === host.name ? {} : { name: listener.name }),
    ...(listener.body === '' ? {} : { body: listener.body }),
    ...(listener.nginxVersion === undefined ? {} : { nginxVersion: listener.nginxVersion }),
    ...(listener.delayNs === 0 ? {} : { delayNs: listener.delayNs }),
  };
}

function linksOf(net: Network): TopologyLink[] {
  return net.links
    .filter((link) => link !== undefined)
    .map((link) => ({
      name: link.name,
      kind: link.kind === LinkKind.Segment ? 'segment' : 'veth',
      ends: link.ends.map((end) => ({
        host: net.host(net.interface(end).host).name,
        interface: net.interface(end).name,
      })),
      delayNs: link.delayNs,
      rateBitsPerSecond: link.rateBitsPerSecond,
      lossRatio: link.lossRatio,
      mtu: Math.min(...link.ends.map((end) => net.interface(end).mtu)),
    }));
}
