/**
 * What lies under the cluster: nodes and outside hosts on one segment (`flat`), or on two with a router between them
 * (`routed`), and the links that carry it.
 */
import { formatWords, type Prefix, parsePrefix } from '../../net/address.ts';
import type { Host } from '../../net/host.ts';
import { type Interface, InterfaceKind } from '../../net/interface.ts';
import { LinkKind } from '../../net/link.ts';
import type { Network } from '../../net/network.ts';
import { addAddress, addHost, addInterface, addRoute, connect, type LinkOptions } from '../../net/wiring.ts';
import type { Scenario } from '../scenario/scenario.ts';

export const DEVICE = 'eth0';

/** A machine on the underlay: a node, or a host outside the cluster. */
export interface Machine {
  readonly host: Host;
  readonly device: Interface;
  readonly address: string;
  readonly prefix: Prefix;
  /** Further addresses of the device. */
  readonly more: readonly { readonly address: string; readonly prefix: Prefix }[];
}

export interface Underlay {
  readonly nodes: readonly Machine[];
  readonly hosts: readonly Machine[];
  /** Where the machines ask for names: their gateway. */
  readonly nameServer: { readonly host: Host; readonly address: string };
}

export function buildUnderlay(net: Network, scenario: Scenario): Underlay {
  const { mtuBytes } = scenario.links;
  const link: LinkOptions = {
    delayNs: scenario.links.delayNs,
    rateBitsPerSecond: scenario.links.rateBitsPerSecond,
    queuePackets: scenario.links.queuePackets,
    lossRatio: scenario.links.loss,
  };
  const nodes = scenario.nodes.map((node) => {
    const sysctls = { 'net.ipv4.ip_forward': '1', ...scenario.sysctls, ...node.sysctls };
    return machine(net, node.name, 'node', node.ips, sysctls, mtuBytes, scenario.kubernetes.profile.leaseNs);
  });
  const hosts = scenario.hosts.map((host) =>
    machine(net, host.name, 'host', [host.ip], { ...scenario.sysctls, ...host.sysctls }, mtuBytes),
  );
  const between =
    scenario.underlay === 'routed' && hosts.length > 0
      ? routed(net, nodes, hosts, link, mtuBytes)
      : flat(net, nodes, hosts, link, mtuBytes);
  return { nodes, hosts, nameServer: { host: between, address: firstAddress(nodes[0]!.prefix) } };
}

interface Placed {
  readonly address: string;
  readonly prefixLength: number;
}

function machine(
  net: Network,
  name: string,
  role: string,
  ips: readonly Placed[],
  sysctls: Readonly<Record<string, string>>,
  mtu: number,
  leaseNs?: number,
): Machine {
  const host = addHost(net, name, { role, sysctls });
  const device = addInterface(net, host, DEVICE, InterfaceKind.Ethernet, mtu);
  const places = ips.map(({ address, prefixLength }, index) => {
    const text = `${address}/${prefixLength}`;
    const prefix = parsePrefix(text)!;
    // The first comes by DHCP where addresses do; others are set by hand.
    addAddress(net, device, text, { broadcast: lastAddress(prefix), leaseNs: index === 0 ? leaseNs : undefined });
    return { address, prefix };
  });
  const [first, ...more] = places;
  return { host, device, ...first!, more };
}

/** One segment: everybody reaches everybody, and a gateway answers ARP and forwards nothing. */
function flat(
  net: Network,
  nodes: readonly Machine[],
  hosts: readonly Machine[],
  link: LinkOptions,
  mtu: number,
): Host {
  const all = [...nodes, ...hosts];
  const { prefix } = nodes[0]!;
  const address = firstAddress(prefix);
  const gateway =
    all.find((one) => one.address === address) ??
    machine(net, 'gateway', 'gateway', [{ address, prefixLength: prefix.length }], {}, mtu);
  const ends = all.includes(gateway) ? all : [...all, gateway];
  connect(
    net,
    'underlay',
    LinkKind.Segment,
    ends.map(({ device }) => device),
    link,
  );
  const strangers: Strangers = new Map();
  for (const one of ends) {
    routesAcross(net, one, ends, strangers);
    if (one !== gateway)
      addRoute(net, one.host, {
        to: 'default',
        via: address,
        device: one.device,
        onlink: !contains(one.prefix, address),
      });
  }
  return gateway.host;
}

/** Two segments with a router: one more hop between the nodes and the outside. */
function routed(
  net: Network,
  nodes: readonly Machine[],
  hosts: readonly Machine[],
  link: LinkOptions,
  mtu: number,
): Host {
  const router = addHost(net, 'router', { role: 'router', sysctls: { 'net.ipv4.ip_forward': '1' } });
  for (const [index, side] of [nodes, hosts].entries()) {
    const device = addInterface(net, router, `eth${index}`, InterfaceKind.Ethernet, mtu);
    connect(
      net,
      index === 0 ? 'inside' : 'outside',
      LinkKind.Segment,
      [...side.map((one) => one.device), device],
      link,
    );
    const seen = new Set<string>();
    for (const { host, device: own, prefix, more } of side) {
      for (const each of [prefix, ...more.map((one) => one.prefix)]) {
        const text = `${firstAddress(each)}/${each.length}`;
        if (!seen.has(text)) addAddress(net, device, text, { broadcast: lastAddress(each) });
        seen.add(text);
      }
      addRoute(net, host, { to: 'default', via: firstAddress(prefix), device: own });
    }
    const strangers: Strangers = new Map();
    for (const one of side) routesAcross(net, one, side, strangers);
  }
  return router;
}

/** Addresses of a segment's machines that are in none of some networks, by the text of these: most machines have the same. */
type Strangers = Map<string, readonly string[]>;

/** Routes to those on the same segment whose addresses are in no network of one's own. */
function routesAcross(net: Network, one: Machine, segment: readonly Machine[], known: Strangers): void {
  const own = [one, ...one.more].map(({ prefix }) => prefix);
  const networks = own.map(networkText).join(' ');
  let strangers = known.get(networks);
  if (strangers === undefined) {
    const addresses = segment.flatMap((other) => [other, ...other.more].map(({ address }) => address));
    strangers = addresses.filter((address) => !own.some((prefix) => contains(prefix, address)));
    known.set(networks, strangers);
  }
  for (const address of strangers) addRoute(net, one.host, { to: address, device: one.device });
}

function networkText(prefix: Prefix): string {
  return `${formatWords(4, prefix.words)}/${prefix.length}`;
}

function firstAddress(prefix: Prefix): string {
  return offset(prefix, 1);
}

function lastAddress(prefix: Prefix): string {
  return offset(prefix, 2 ** (32 - prefix.length) - 1);
}

function offset(prefix: Prefix, n: number): string {
  return formatWords(prefix.family, [(prefix.words[0] + n) | 0, 0, 0, 0]);
}

function contains(prefix: Prefix, address: string): boolean {
  return formatWords(4, parsePrefix(`${address}/${prefix.length}`)!.words) === formatWords(4, prefix.words);
}
