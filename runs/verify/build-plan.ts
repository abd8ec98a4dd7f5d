/**
 * What to tell iproute2 so that a topology comes to stand on the real kernel: one batch text per namespace and phase.
 * Pure: nothing is run here. Every interface is made inside a namespace of the lab, none ever passes through the
 * machine's own.
 */
import type { Topology, TopologyHost, TopologyInterface, TopologyRoute } from '../../net/view/topology.ts';
import { namespaceName } from './namespace-name.ts';

export interface HostPlan {
  readonly host: string;
  readonly namespace: string;
  /** `path value` lines under /proc/sys, before any interface exists: what interfaces inherit. */
  readonly inherited: readonly string[];
  /** `ip -batch` text: interfaces, addresses, up. */
  readonly interfaces: string;
  /** Interfaces that will have a link once everything is up. */
  readonly linked: readonly string[];
  /** `bridge -batch` text: where a VXLAN device finds its other ends. */
  readonly forwarding: string;
  /** `path value` lines under /proc/sys, once the interfaces stand. */
  readonly settings: readonly string[];
  /** `ip -batch` text: routes and permanent neighbours, once every link is up. */
  readonly routes: string;
}

type LinkEnd = Topology['links'][number]['ends'][number];

export interface BuildPlan {
  readonly namespaces: readonly string[];
  /** `ip -batch` text that makes every link, both ends at once, run in the first namespace. */
  readonly links: string;
  /** Hosts in the topology's order, then one switch per segment. */
  readonly hosts: readonly HostPlan[];
}

/**
 * A fresh namespace takes these over from the machine, which may have changed them: say what a fresh kernel has.
 * @see net/ipv4/devinet.c devinet_init_net, Documentation/admin-guide/sysctl/net.rst devconf_inherit_init_net
 */
const FRESH_DEVICE_SETTINGS: readonly (readonly [string, number])[] = [
  ['accept_local', 0],
  ['accept_redirects', 1],
  ['accept_source_route', 1],
  ['arp_accept', 0],
  ['arp_announce', 0],
  ['arp_filter', 0],
  ['arp_ignore', 0],
  ['arp_notify', 0],
  ['log_martians', 0],
  ['promote_secondaries', 0],
  ['proxy_arp', 0],
  ['route_localnet', 0],
  ['rp_filter', 0],
  ['secure_redirects', 1],
  ['send_redirects', 1],
  ['shared_media', 1],
  ['src_valid_mark', 0],
];

/** `net.ipv4.conf.eth0/100.rp_filter` → `net/ipv4/conf/eth0.100/rp_filter`, below /proc/sys. @see sysctl(8) */
export function settingPath(name: string): string {
  return [...name].map((letter) => (letter === '.' ? '/' : letter === '/' ? '.' : letter)).join('');
}

function usesIpv6(host: TopologyHost): boolean {
  return host.interfaces.some((entry) => entry.addresses.some(({ address }) => address.includes(':')));
}

function inheritedSettings(host: TopologyHost): string[] {
  const lines = ['all', 'default'].flatMap((which) =>
    FRESH_DEVICE_SETTINGS.map(([name, value]) => `net/ipv4/conf/${which}/${name} ${value}`),
  );
  // Route metrics learnt from one flow would change the retransmission timers of the next.
  lines.push('net/ipv4/tcp_no_metrics_save 1');
  if (!usesIpv6(host)) {
    lines.push('net/ipv6/conf/all/disable_ipv6 1', 'net/ipv6/conf/default/disable_ipv6 1');
  }
  for (const [name, value] of Object.entries(host.sysctls)) {
    if (name.includes('.default.')) lines.push(`${settingPath(name)} ${value}`);
  }
  return lines;
}

function interfaceSettings(host: TopologyHost): string[] {
  const lines: string[] = [];
  for (const { name, proxyArp } of host.interfaces) {
    if (proxyArp !== true) continue;
    // Without the second, an answer waits at random for up to 0.8 s; agents that rely on proxy ARP turn that off.
    lines.push(`net/ipv4/conf/${name}/proxy_arp 1`, `net/ipv4/neigh/${name}/proxy_delay 0`);
  }
  for (const [name, value] of Object.entries(host.sysctls)) {
    if (!name.includes('.default.')) lines.push(`${settingPath(name)} ${value}`);
  }
  return lines;
}

function macWords(entry: TopologyInterface): string {
  return entry.mac === undefined ? '' : ` address ${entry.mac}`;
}

/** One segment, one packet: rule counters count segments as they stand on the wire only without segmentation offload. */
const NO_OFFLOAD = 'gso_max_segs 1';

function linkEndWords(namespace: string, name: string, entry: TopologyInterface | undefined, mtu: number): string {
  const mac = entry === undefined ? '' : macWords(entry);
  return `name ${name} netns ${namespace} mtu ${entry?.mtu ?? mtu}${mac} ${NO_OFFLOAD}`;
}

function madeInside(entry: TopologyInterface, isLinked: boolean): string[] {
  const head = `link add name ${entry.name}${macWords(entry)}`;
  switch (entry.kind) {
    case 'bridge':
      return [`${head} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`];
    case 'vxlan': {
      const vxlan = entry.vxlan;
      if (vxlan === undefined) throw new Error(`Interface ${entry.name} is a vxlan without its settings`);
      const device = vxlan.device === undefined ? '' : ` dev ${vxlan.device}`;
      const learning = vxlan.learning === false ? ' nolearning' : '';
      return [`${head} type vxlan id ${vxlan.vni} dstport ${vxlan.port} local ${vxlan.local}${device}${learning}`];
    }
    case 'loopback':
      return [];
    default:
      // A cable that leads nowhere: what is sent there is lost. Not every kernel has dummy devices.
      return isLinked ? [] : [`${head} type bridge stp_state 0 mcast_snooping 0`];
  }
}

function addressLine(device: string, { address, scope, broadcast }: TopologyInterface['addresses'][number]): string {
  const words = ['address add', address, 'dev', device];
  if (broadcast !== undefined) words.push('broadcast', broadcast);
  if (scope !== undefined) words.push('scope', scope);
  return words.join(' ');
}

function interfaceBatch(host: TopologyHost, linked: ReadonlySet<string>): string {
  // The underlay's interfaces and the bridges stand before what refers to them.
  const order = { loopback: 0, ethernet: 1, veth: 1, bridge: 2, vxlan: 3 } as const;
  const entries = [...host.interfaces].sort((a, b) => order[a.kind] - order[b.kind]);
  const lines = entries.flatMap((entry) => madeInside(entry, linked.has(entry.name)));
  for (const { name, master, hairpin } of entries) {
    if (master !== undefined) lines.push(`link set dev ${name} master ${master}`);
    if (hairpin === true) lines.push(`link set dev ${name} type bridge_slave hairpin on`);
  }
  for (const entry of entries) {
    // The kernel gives 127.0.0.1/8 to a loopback that comes up.
    const addresses = entry.addresses.filter(({ address }) => entry.kind !== 'loopback' || address !== '127.0.0.1/8');
    lines.push(...addresses.map((address) => addressLine(entry.name, address)));
    lines.push(`link set dev ${entry.name} mtu ${entry.mtu} ${NO_OFFLOAD}${entry.up ? ' up' : ''}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function forwardingBatch(host: TopologyHost): string {
  return host.interfaces
    .flatMap(({ name, vxlan }) =>
      (vxlan?.remotes ?? []).map(
        ({ mac, destination }) => `fdb append ${mac ?? '00:00:00:00:00:00'} dev ${name} dst ${destination}\n`,
      ),
    )
    .join('');
}

function routeLine(route: TopologyRoute): string {
  const words = ['route add'];
  if (route.type !== undefined) words.push(route.type);
  words.push(route.destination);
  if (route.via !== undefined) words.push('via', route.via);
  if (route.device !== undefined) words.push('dev', route.device);
  if (route.source !== undefined) words.push('src', route.source);
  if (route.scope !== undefined) words.push('scope', route.scope);
  if (route.onlink === true) words.push('onlink');
  if (route.metric !== undefined) words.push('metric', String(route.metric));
  return words.join(' ');
}

function routeBatch(host: TopologyHost): string {
  // A gateway is accepted only once a route leads to it.
  const routes = [...host.routes].sort((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined));
  const neighbours = host.neighbours.map(
    ({ address, device, mac }) => `neighbour replace ${address} lladdr ${mac} dev ${device} nud permanent`,
  );
  return [...routes.map(routeLine), ...neighbours].map((line) => `${line}\n`).join('');
}

/** The switch that a segment is: a bridge in a namespace of its own, with bridge netfilter off. */
function switchPlan(namespace: string, link: Topology['links'][number], isUp: (end: LinkEnd) => boolean): HostPlan {
  const lines = ['link add name segment type bridge stp_state 0 forward_delay 0 mcast_snooping 0'];
  for (let port = 0; port < link.ends.length; port++) lines.push(`link set dev p${port} master segment up`);
  lines.push('link set dev segment up');
  const bridgeSettings = ['iptables', 'ip6tables', 'arptables'].map((table) => `net/bridge/bridge-nf-call-${table} 0`);
  return {
    host: '',
    namespace,
    inherited: ['net/ipv6/conf/all/disable_ipv6 1', 'net/ipv6/conf/default/disable_ipv6 1'],
    interfaces: lines.map((line) => `${line}\n`).join(''),
    linked: link.ends.flatMap((end, port) => (isUp(end) ? [`p${port}`] : [])),
    forwarding: '',
    settings: bridgeSettings,
    routes: '',
  };
}

/**
 * Plans a network's building.
 * @param prefix what the names of all its namespaces begin with
 * @throws {Error} when a link names a host or interface that is not there
 */
export function planBuild(topology: Topology, prefix: string): BuildPlan {
  const namespaces = new Map(topology.hosts.map(({ name }, index) => [name, namespaceName(prefix, index, name)]));
  const linked = new Map(topology.hosts.map(({ name }) => [name, new Set<string>()]));
  const interfaces = new Map(
    topology.hosts.flatMap(({ name, interfaces }) => interfaces.map((entry) => [`${name} ${entry.name}`, entry])),
  );
  const isUp = (end: LinkEnd): boolean => interfaces.get(`${end.host} ${end.interface}`)?.up === true;
  const carried = new Set(
    topology.links.flatMap(({ kind, ends }) =>
      (kind === 'veth' ? (ends.every(isUp) ? ends : []) : ends.filter(isUp)).map(
        (end) => `${end.host} ${end.interface}`,
      ),
    ),
  );
  const links: string[] = [];
  const switches: HostPlan[] = [];
  for (const link of topology.links) {
    const ends = link.ends.map((end) => {
      const namespace = namespaces.get(end.host);
      const entry = interfaces.get(`${end.host} ${end.interface}`);
      if (namespace === undefined || entry === undefined) {
        throw new Error(`Link ${link.name} ends at ${end.host} ${end.interface}, which is not in the topology`);
      }
      linked.get(end.host)?.add(end.interface);
      return linkEndWords(namespace, end.interface, entry, link.mtu);
    });
    if (link.kind === 'veth') {
      if (ends.length !== 2) throw new Error(`Link ${link.name} is a veth with ${ends.length} ends`);
      links.push(`link add ${ends[0]} type veth peer ${ends[1]}`);
      continue;
    }
    const namespace = namespaceName(prefix, topology.hosts.length + switches.length, `segment-${link.name}`);
    ends.forEach((end, port) => {
      links.push(`link add ${end} type veth peer ${linkEndWords(namespace, `p${port}`, undefined, link.mtu)}`);
    });
    switches.push(switchPlan(namespace, link, isUp));
  }
  const hosts = topology.hosts.map((host) => ({
    host: host.name,
    namespace: namespaces.get(host.name) as string,
    inherited: inheritedSettings(host),
    interfaces: interfaceBatch(host, linked.get(host.name) as ReadonlySet<string>),
    linked: host.interfaces.flatMap(({ name }) => (carried.has(`${host.name} ${name}`) ? [name] : [])),
    forwarding: forwardingBatch(host),
    settings: interfaceSettings(host),
    routes: routeBatch(host),
  }));
  const plans = [...hosts, ...switches];
  return {
    namespaces: plans.map(({ namespace }) => namespace),
    links: links.map((line) => `${line}\n`).join(''),
    hosts: plans,
  };
}
