/**
 * NodeLocal DNSCache: on each node a device with the cache's own address and that of `kube-dns`, rules that keep its packets
 * out of connection tracking, and a server that listens there. What it doesn't know of the cluster it asks the Service
 * `kube-dns-upstream` for, over TCP.
 * @see kubernetes cluster/addons/dns/nodelocaldns/nodelocaldns.yaml
 * @see https://github.com/kubernetes/dns cmd/node-cache/app/cache_app.go
 */
import type { Manifest } from '../../controllers/object/manifest.ts';
import { InterfaceKind } from '../../net/interface.ts';
import type { Network } from '../../net/network.ts';
import { restoreRules } from '../../net/rules.ts';
import { Answer } from '../../net/socket.ts';
import { addAddress, addInterface, listen } from '../../net/wiring.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { clusterDnsAddress, DNS_NAMESPACE, DNS_SELECTOR } from './cluster-dns.ts';
import type { Underlay } from './underlay.ts';

/** Where pods ask. */
export const NODE_CACHE_ADDRESS = '169.254.20.10';
export const UPSTREAM_SERVICE = 'kube-dns-upstream';
const DEVICE = 'nodelocaldns';
/** What it takes to answer out of memory. Rests on: model. */
const ANSWER_NS = 100_000;

export function hasNodeCaches({ kubernetes }: Scenario): boolean {
  return kubernetes.dns === 'nodelocal';
}

/** They are there from the start, as part of their nodes. */
export function setUpNodeCaches(net: Network, scenario: Scenario, { nodes }: Underlay): void {
  if (!hasNodeCaches(scenario)) return;
  const addresses = [NODE_CACHE_ADDRESS, clusterDnsAddress(scenario)];
  for (const { host } of nodes) {
    const device = addInterface(net, host, DEVICE, InterfaceKind.Ethernet, scenario.links.mtuBytes);
    for (const address of addresses) {
      addAddress(net, device, `${address}/32`);
      for (const protocol of [17, 6]) {
        const more = { status: 200, delayNs: ANSWER_NS, name: 'node-local-dns', body: '' };
        listen(host, { protocol, port: 53, address: net.addresses.find(address), answers: Answer.Dns, ...more });
      }
    }
    restoreRules(net.addresses, host, rulesFor(addresses), true);
  }
}

/** Each was put in front of the ones before. */
function rulesFor(addresses: readonly string[]): string {
  const raw: string[] = [];
  const filter: string[] = [];
  for (const address of addresses) {
    const to = (protocol: string, port: number): string => `-p ${protocol} -d ${address}/32 --dport ${port}`;
    const from = (protocol: string, port: number): string => `-p ${protocol} -s ${address}/32 --sport ${port}`;
    raw.push(`-I PREROUTING ${to('tcp', 53)} -j NOTRACK`, `-I PREROUTING ${to('udp', 53)} -j NOTRACK`);
    filter.push(`-I INPUT ${to('tcp', 53)} -j ACCEPT`, `-I INPUT ${to('udp', 53)} -j ACCEPT`);
    raw.push(`-I OUTPUT ${from('tcp', 53)} -j NOTRACK`, `-I OUTPUT ${from('udp', 53)} -j NOTRACK`);
    filter.push(`-I OUTPUT ${from('tcp', 53)} -j ACCEPT`, `-I OUTPUT ${from('udp', 53)} -j ACCEPT`);
    raw.push(`-I OUTPUT ${to('tcp', 53)} -j NOTRACK`, `-I OUTPUT ${to('udp', 53)} -j NOTRACK`);
    raw.push(`-I OUTPUT ${to('tcp', 8080)} -j NOTRACK`, `-I OUTPUT ${from('tcp', 8080)} -j NOTRACK`);
  }
  return ['*raw', ...raw, 'COMMIT', '*filter', ...filter, 'COMMIT', ''].join('\n');
}

/** The same pods as behind `kube-dns`, by an address that no cache stands in front of. */
export function upstreamService(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: UPSTREAM_SERVICE,
      namespace: DNS_NAMESPACE,
      labels: { ...DNS_SELECTOR, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'KubeDNSUpstream' },
    },
    spec: {
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      ],
      selector: DNS_SELECTOR,
    },
  };
}
