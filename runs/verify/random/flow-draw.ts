/**
 * Draws flows: from each kind of sender to each kind of address, those that nobody serves too. The kinds are drawn
 * first, evenly, so that rare ones are met as often as common ones.
 */
import type { Chance } from './chance.ts';
import {
  CLOSED_PORT,
  POD_PORT,
  podNetwork,
  type RandomCluster,
  type RandomFlow,
  type RandomNode,
  type RandomService,
} from './cluster.ts';
import { HOST_PORT } from './rule-draw.ts';

/** Bytes of IPv4 and UDP headers, and what a VXLAN tunnel puts around a packet. */
const UDP_HEADERS = 28;
const VXLAN_BYTES = 50;
const IP_AND_TCP_HEADERS = 52;
/** Where several clients are given one source port. */
const SHARED_SOURCE_PORT = 5050;

type Ask = Omit<RandomFlow, 'from'>;

interface Around {
  readonly chance: Chance;
  readonly cluster: RandomCluster;
}

/** An address that somebody was asked at, and over what. */
interface Target {
  readonly scheme: 'http' | 'tcp' | 'udp' | 'icmp';
  /** As it stands in a URL. */
  readonly authority: string;
  readonly port: number;
}

export function drawFlows(chance: Chance, cluster: RandomCluster, count: number): RandomFlow[] {
  const around = { chance, cluster };
  const flows: RandomFlow[] = [];
  const { pods, deployments, nodes, hosts } = cluster;
  const senders = [
    [...pods.map(({ name }) => `pod/${name}`), ...deployments.map(({ name }) => `deployment/${name}`)],
    nodes.map(({ name }) => `node/${name}`),
    hosts.map(({ name }) => `host/${name}`),
  ].filter((list) => list.length > 0);
  const sharesPort = chance.happens(0.3);
  // Nobody's address on a segment costs three seconds of ARP.
  let deadEnds = chance.happens(0.3) ? 1 : 0;
  while (flows.length < count) {
    const from = chance.of(chance.of(senders));
    const kind = chance.of(KINDS);
    if (kind === nobody && deadEnds-- <= 0) continue;
    const target = kind(around, from);
    if (target === undefined) continue;
    // Twice from one port to one end too: the second connection finds the first in TIME-WAIT.
    const sourcePort = sharesPort && target.scheme !== 'icmp' && chance.happens(0.5) ? SHARED_SOURCE_PORT : undefined;
    const source = target.scheme !== 'icmp' && chance.happens(0.15) ? boundAddress(around, from) : undefined;
    flows.push({
      ...asked(around, target),
      from,
      ...(source === undefined ? {} : { source }),
      ...(sourcePort === undefined ? {} : { sourcePort }),
    });
  }
  return flows;
}

/** An address that a sender may be bound to: one of its own, or now and then one that is none of them. */
function boundAddress({ chance, cluster }: Around, from: string): string | undefined {
  const [role, name] = from.split('/');
  const node = cluster.nodes.findIndex((one) => role === 'node' && one.name === name);
  if (node >= 0) {
    // Where pods are bridged, a node has an address among them.
    const bridged = cluster.cni === 'routed' ? [] : [`${podNetwork(node)}.1`];
    return chance.of([...addressesOf(cluster.nodes[node]!), ...bridged, '127.0.0.1', '203.0.113.98']);
  }
  if (role === 'deployment') return undefined;
  const own = role === 'pod' ? cluster.pods.find((one) => one.name === name)?.ip : hostNamed(cluster, name!)?.ip;
  return own === undefined ? undefined : chance.of([own, own, '127.0.0.1', '203.0.113.98']);
}

function addressesOf({ ip, second }: RandomNode): string[] {
  return second === undefined ? [ip] : [ip, second.split('/')[0]!];
}

function hostNamed({ hosts }: RandomCluster, name: string) {
  return hosts.find((one) => one.name === name);
}

function asked({ chance, cluster }: Around, { scheme, authority, port }: Target): Ask {
  const to =
    scheme === 'icmp' ? `icmp://${authority}` : `${scheme}://${authority}:${port}${scheme === 'http' ? '/' : ''}`;
  if (!chance.happens(0.35)) return { to };
  return { to, size: drawSize(chance, cluster, scheme) };
}

/** Around the MTU; what is no TCP stays below it, since fragments are not modelled. */
function drawSize(chance: Chance, { mtu, cni }: RandomCluster, scheme: Target['scheme']): number {
  const whole = cni === 'overlay' ? mtu - VXLAN_BYTES : mtu;
  if (scheme === 'icmp' || scheme === 'udp') return chance.of([1, 512, whole - UDP_HEADERS - 1, whole - UDP_HEADERS]);
  const segment = whole - IP_AND_TCP_HEADERS;
  return chance.of([
    1,
    200,
    segment - 1,
    segment,
    segment + 1,
    mtu - IP_AND_TCP_HEADERS + 1,
    2 * segment,
    2 * segment + 1,
    4000,
  ]);
}

function tcpOrHttp(chance: Chance): 'tcp' | 'http' {
  return chance.happens(0.7) ? 'http' : 'tcp';
}

type Kind = (around: Around, from: string) => Target | undefined;

function servicePort({ chance, cluster }: Around, suits: (service: RandomService) => boolean) {
  const service = chance.from(cluster.services.filter(suits));
  if (service === undefined) return undefined;
  const port = chance.of(service.ports);
  const scheme =
    port.protocol === 'UDP'
      ? ('udp' as const)
      : port.targetPort === 'echo' || port.targetPort === POD_PORT.echo
        ? ('tcp' as const)
        : tcpOrHttp(chance);
  return { service, port, scheme };
}

const clusterIp: Kind = (around) => {
  const found = servicePort(around, () => true);
  return found && { scheme: found.scheme, authority: found.service.clusterIP, port: found.port.port };
};

/** A pod asks a service that it stands behind itself. */
const hairpin: Kind = (around, from) => {
  const pod = around.cluster.pods.find(({ name }) => from === `pod/${name}`);
  const found = pod && servicePort(around, ({ app }) => app === pod.app);
  return found && { scheme: found.scheme, authority: found.service.clusterIP, port: found.port.port };
};

function nodeAddress({ chance, cluster }: Around): string {
  return chance.of(addressesOf(chance.of(cluster.nodes)));
}

const nodePort: Kind = (around) => {
  const found = servicePort(around, ({ type }) => type !== 'ClusterIP');
  if (found === undefined) return undefined;
  return { scheme: found.scheme, authority: nodeAddress(around), port: found.port.nodePort! };
};

const localNodePort: Kind = (around, from) => {
  if (!from.startsWith('node/')) return undefined;
  const found = servicePort(around, ({ type }) => type !== 'ClusterIP');
  return found && { scheme: found.scheme, authority: '127.0.0.1', port: found.port.nodePort! };
};

const externalIp: Kind = (around) => {
  const found = servicePort(around, ({ externalIPs }) => externalIPs.length > 0);
  return found && { scheme: found.scheme, authority: found.service.externalIPs[0]!, port: found.port.port };
};

/** A port of a service's address that is none of its ports. */
const closedService: Kind = ({ chance, cluster }) => {
  const service = chance.from(cluster.services);
  const scheme = chance.of(['tcp', 'udp', 'icmp'] as const);
  return service && { scheme, authority: service.clusterIP, port: CLOSED_PORT };
};

const pod: Kind = ({ chance, cluster }) => {
  const found = chance.from(cluster.pods);
  if (found === undefined) return undefined;
  const authority = `pod/${found.name}`;
  const way = chance.between(0, 4);
  if (way === 0) return { scheme: 'icmp', authority, port: 0 };
  if (way === 1) return { scheme: 'udp', authority, port: chance.of([POD_PORT.dns, POD_PORT.dns, CLOSED_PORT]) };
  if (way === 2) return { scheme: 'tcp', authority, port: chance.of([POD_PORT.echo, CLOSED_PORT]) };
  return { scheme: tcpOrHttp(chance), authority, port: POD_PORT.http };
};

const node: Kind = (around) => {
  const { chance, cluster } = around;
  const authority = chance.happens(0.5) ? nodeAddress(around) : `node/${chance.of(cluster.nodes).name}`;
  const scheme = chance.of(['tcp', 'udp', 'icmp', 'tcp'] as const);
  return { scheme, authority, port: chance.of([CLOSED_PORT, 6443, HOST_PORT, HOST_PORT, 8090]) };
};

const outside: Kind = ({ chance, cluster }) => {
  const host = chance.of(cluster.hosts);
  const scheme = chance.of(['tcp', 'http', 'udp', 'icmp'] as const);
  const port = chance.happens(0.75) ? (scheme === 'udp' ? 5353 : 80) : CLOSED_PORT;
  return { scheme, authority: host.ip, port };
};

/** The sender's own loopback. */
const localhost: Kind = ({ chance }, from) =>
  from.startsWith('node/')
    ? { scheme: 'tcp', authority: '127.0.0.1', port: chance.of([6443, CLOSED_PORT, HOST_PORT]) }
    : {
        scheme: chance.of(['tcp', 'icmp'] as const),
        authority: '127.0.0.1',
        port: chance.of([POD_PORT.http, CLOSED_PORT]),
      };

/** Addresses that nobody has and no neighbour is asked for. */
const unrouted: Kind = ({ chance, cluster }) => {
  const authority = chance.of([
    '10.96.0.250',
    '203.0.113.99',
    `${podNetwork(chance.between(0, cluster.nodes.length - 1))}.250`,
    `${podNetwork(200)}.9`,
  ]);
  // On a bridge, an address of its own network is asked for by ARP.
  if (cluster.cni !== 'routed' && authority.endsWith('.250') && authority.startsWith('10.244')) return undefined;
  return { scheme: chance.of(['tcp', 'udp', 'icmp'] as const), authority, port: 80 };
};

const nobody: Kind = ({ chance }) => ({
  scheme: chance.of(['tcp', 'icmp'] as const),
  authority: chance.of(['10.0.0.99', '198.51.100.99', `${podNetwork(0)}.250`]),
  port: 80,
});

/** Each as often as it stands here. */
const KINDS: readonly Kind[] = [
  clusterIp,
  clusterIp,
  clusterIp,
  hairpin,
  nodePort,
  nodePort,
  nodePort,
  nodePort,
  localNodePort,
  localNodePort,
  externalIp,
  externalIp,
  closedService,
  pod,
  pod,
  node,
  outside,
  localhost,
  unrouted,
  nobody,
];
