/**
 * The fixed set of probes: whatever the scenario's own traffic asks, each kind of sender asks each kind of address once,
 * those that nobody serves too.
 */
import type { Service } from '../../controllers/object/service.ts';
import type { ClusterState } from '../../controllers/state.ts';
import { formatWords, parsePrefix } from '../../net/address.ts';
import { type Host, HostStatus } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import { Protocol } from '../../net/packet.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { nodePodCIDR } from '../world/world.ts';
import { sourceKind, targetKind } from './cell.ts';
import { type Flow, probeText } from './flow.ts';

/** How many of each the probes go through, so that their number stays bounded. */
const MOST = { services: 6, ports: 2, nodes: 4, hosts: 2, hairpins: 4 } as const;
/** Discard: nothing listens there. */
const CLOSED_PORT = 9;
const PING_BYTES = 56;
const DATAGRAM_BYTES = 16;

type Asked = Pick<Flow, 'protocol' | 'to' | 'port'>;

/** The probes of a network as it stands. */
export function probes(scenario: Scenario, net: Network, cluster: ClusterState, atNs: number): Flow[] {
  const up = net.hosts.filter((host): host is Host => host?.status === HostStatus.Up);
  const pods = up.filter(({ role }) => role === 'pod');
  const nodes = up.filter(({ role }) => role === 'node').slice(0, MOST.nodes);
  const outside = up.filter(({ role }) => role === 'host').slice(0, MOST.hosts);
  const flows: Flow[] = [];
  const ask = (name: string, from: Host | undefined, { protocol, to, port }: Asked): void => {
    if (from === undefined) return;
    const text = protocol === 'tcp' ? probeText(to, port) : '';
    flows.push({
      name,
      atNs,
      from: from.name,
      protocol,
      to,
      port,
      text,
      requestBytes: protocol === 'tcp' ? text.length : protocol === 'udp' ? DATAGRAM_BYTES : PING_BYTES,
      responseBytes: -1,
      isProbe: true,
      cell: `${scenario.kubernetes.cni} · ${sourceKind(from)} · ${targetKind(net, cluster, to, port)} · ${protocol}`,
    });
  };
  const place = new Places(net, pods);
  for (const service of servicesOf(cluster)) {
    const { spec, metadata } = service;
    const endpoints = pods.filter((pod) => isSelected(cluster, pod, service));
    const callers = place.spread(pods.filter((pod) => !endpoints.includes(pod)));
    for (const { port, protocol: name, nodePort } of (spec.ports ?? []).slice(0, MOST.ports)) {
      if (name === 'SCTP') continue;
      const protocol = name === 'UDP' ? 'udp' : 'tcp';
      const service = { protocol, to: spec.clusterIP!, port } as const;
      for (const pod of callers) ask(`pod to service ${metadata.name}`, pod, service);
      for (const node of nodes) ask(`node to service ${metadata.name}`, node, service);
      for (let n = 0; n < Math.min(MOST.hairpins, 2 * endpoints.length); n++)
        ask(`pod to itself through ${metadata.name}`, endpoints[0], service);
      for (const host of outside) ask(`outside to service ${metadata.name}`, host, service);
      if (!nodePort) continue;
      for (const node of nodes)
        ask(`node to its own localhost, node port of ${metadata.name}`, node, {
          protocol,
          to: '127.0.0.1',
          port: nodePort,
        });
      for (const node of nodes) {
        const target = { protocol, to: place.address(node), port: nodePort } as const;
        for (const host of outside) ask(`outside to node port of ${metadata.name}`, host, target);
        ask(`node to node port of ${metadata.name}`, nodes[0], target);
        ask(`pod to node port of ${metadata.name}`, pods[0], target);
      }
    }
    ask(`ping to service ${metadata.name}`, callers[0] ?? nodes[0], { protocol: 'icmp', to: spec.clusterIP!, port: 0 });
    ask('closed port of a service', callers[0] ?? nodes[0], {
      protocol: 'tcp',
      to: spec.clusterIP!,
      port: CLOSED_PORT,
    });
  }
  askMachines();
  return flows;

  /** What has nothing to do with services. */
  function askMachines(): void {
    for (const [from, to] of place.pairs()) {
      const address = place.address(to);
      const where = from.node === to.node ? 'the same node' : 'another node';
      for (const { protocol, port } of to.listeners.slice(0, MOST.ports))
        ask(`pod to pod on ${where}`, from, { protocol: protocol === Protocol.Udp ? 'udp' : 'tcp', to: address, port });
      ask(`ping to a pod on ${where}`, from, { protocol: 'icmp', to: address, port: 0 });
      ask(`closed port of a pod on ${where}`, from, { protocol: 'tcp', to: address, port: CLOSED_PORT });
      ask(`closed UDP port of a pod on ${where}`, from, { protocol: 'udp', to: address, port: CLOSED_PORT });
    }
    const [pod] = pods;
    const [host] = outside;
    const [node, other] = nodes;
    if (pod !== undefined) {
      const closed = { protocol: 'tcp', to: place.address(pod), port: CLOSED_PORT } as const;
      for (const one of nodes) ask('node to a closed port of a pod', one, closed);
      ask('ping from a node to a pod', node, { protocol: 'icmp', to: place.address(pod), port: 0 });
      ask('outside to a pod', host, closed);
    }
    for (const from of [pod, other ?? node, host]) {
      if (node === undefined) break;
      ask('closed port of a node', from, { protocol: 'tcp', to: place.address(node), port: CLOSED_PORT });
      ask('ping to a node', from, { protocol: 'icmp', to: place.address(node), port: 0 });
      ask('closed UDP port of a node', from, { protocol: 'udp', to: place.address(node), port: CLOSED_PORT });
    }
    for (const from of [pod, node]) {
      if (host === undefined) break;
      ask('to the outside', from, {
        protocol: 'tcp',
        to: place.address(host),
        port: host.listeners[0]?.port ?? CLOSED_PORT,
      });
      ask('ping to the outside', from, { protocol: 'icmp', to: place.address(host), port: 0 });
    }
    const nobody = lastAddress(nodePodCIDR(scenario, 0));
    const unserved = lastAddress(scenario.kubernetes.serviceCIDRs[0]!);
    for (const from of [pod, node, other]) {
      ask('a pod address that nobody has', from, { protocol: 'tcp', to: nobody, port: 80 });
      ask('a cluster IP that nobody has', from, { protocol: 'tcp', to: unserved, port: 80 });
    }
  }
}

function servicesOf({ store }: ClusterState): Service[] {
  const services = store.view(store.revision).list('Service') as Service[];
  return services
    .filter(({ spec }) => spec.clusterIP !== undefined && /^\d/.test(spec.clusterIP))
    .slice(0, MOST.services);
}

function isSelected({ store }: ClusterState, { name }: Host, { metadata, spec }: Service): boolean {
  const [namespace = '', pod = ''] = name.split('/');
  if (namespace !== metadata.namespace || spec.selector === undefined) return false;
  const labels = store.view(store.revision).get('Pod', namespace, pod)?.metadata.labels ?? {};
  return Object.entries(spec.selector).every(([key, value]) => labels[key] === value);
}

/** Whether pods are near or far from each other. */
class Places {
  private readonly net: Network;
  private readonly pods: readonly Host[];

  constructor(net: Network, pods: readonly Host[]) {
    this.net = net;
    this.pods = pods;
  }

  /** A host's own address on its first link. */
  address(host: Host): string {
    const device = this.net.interfaceNamed(host, 'eth0')!;
    return this.net.addresses.text(device.addresses[0]!.address);
  }

  /** One pod of each of the first two nodes that have any. */
  spread(pods: readonly Host[]): Host[] {
    const first = pods[0];
    const second = pods.find(({ node }) => node !== first?.node);
    return [first, second].filter((pod) => pod !== undefined);
  }

  /** Two pods on one node, and two on two. */
  pairs(): [Host, Host][] {
    const pairs: [Host, Host][] = [];
    for (const same of [true, false]) {
      const found = this.pods
        .flatMap((from) => this.pods.map((to): [Host, Host] => [from, to]))
        .filter(([from, to]) => from !== to && (from.node === to.node) === same);
      const pair = found.find(([, to]) => to.listeners.length > 0) ?? found[0];
      if (pair !== undefined) pairs.push(pair);
    }
    return pairs;
  }
}

/** The last address of a network that is not its broadcast. */
function lastAddress(cidr: string): string {
  const prefix = parsePrefix(cidr)!;
  return formatWords(4, [(prefix.words[0] + 2 ** (32 - prefix.length) - 2) | 0, 0, 0, 0]);
}
