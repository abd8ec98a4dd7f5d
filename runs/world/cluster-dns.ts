/**
 * The cluster's DNS as kubeadm sets it up: CoreDNS as a Deployment of two pods behind the Service `kube-dns`, at the
 * tenth address of the range. It runs where a scenario has names to look up, or says so.
 * @see kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go
 */
import type { Manifest } from '../../controllers/object/manifest.ts';
import { formatWords, parseAddress, parsePrefix } from '../../net/address.ts';
import type { Scenario } from '../scenario/scenario.ts';

export const DNS_NAMESPACE = 'kube-system';
export const DNS_SERVICE = 'kube-dns';
/** Labels of CoreDNS's pods. */
export const DNS_SELECTOR = { 'k8s-app': 'kube-dns' };
const REPLICAS = 2;
/** Place of the Service's address in its range. */
const DNS_PLACE = 10;
/** Tools that look names up whatever they are told, where a command stands. */
const LOOKUP_TOOLS = /(?:^\s*|[;&|(]\s*|\s--\s+|\bsudo\s+|-c\s+['"]?)(?:nslookup|dig|host|getent)\s/;
/** Tools that look up the name that they are given, unless it is an address. */
const CLIENT_TOOLS = /(?:^\s*|[;&|(]\s*|\s--\s+|\bsudo\s+|-c\s+['"]?)(?:curl|wget|ping|nc|traceroute)\s(.*)/;

/** The address that pods find in their `resolv.conf`. */
export function clusterDnsAddress({ kubernetes }: Scenario): string {
  const { family, words } = parsePrefix(kubernetes.serviceCIDRs[0]!)!;
  const last = family === 4 ? 0 : 3;
  return formatWords(
    family,
    words.map((word, i) => (i === last ? (word + DNS_PLACE) | 0 : word)) as [number, number, number, number],
  );
}

/** Whether CoreDNS runs in a scenario. */
export function hasClusterDns(scenario: Scenario): boolean {
  const { dns } = scenario.kubernetes;
  return (
    dns === 'coredns' || dns === 'nodelocal' || (dns === 'auto' && !bringsItself(scenario) && looksNamesUp(scenario))
  );
}

/** The same scenario with it settled whether CoreDNS runs: for who takes its traffic away. */
export function withDnsSettled(scenario: Scenario): Scenario {
  if (scenario.kubernetes.dns === 'nodelocal') return scenario;
  const dns = hasClusterDns(scenario) ? 'coredns' : 'none';
  return { ...scenario, kubernetes: { ...scenario.kubernetes, dns } };
}

/** A scenario may bring DNS as manifests of its own. */
function bringsItself({ objects, timeline }: Scenario): boolean {
  return [...objects, ...timeline.flatMap(({ applied }) => applied)].some(({ object }) => {
    const { name, namespace } = object.metadata as { readonly name?: unknown; readonly namespace?: unknown };
    return object.kind === 'Service' && name === DNS_SERVICE && namespace === DNS_NAMESPACE;
  });
}

/** Whether anybody in a scenario asks a name server for anything. */
export function looksNamesUp({ nodes, hosts, dns, traffic, timeline }: Scenario): boolean {
  const machines = new Set([...nodes, ...hosts].map(({ name }) => name));
  return (
    dns.length > 0 ||
    traffic.some(
      ({ to: { destination, scheme } }) =>
        scheme === 'dns' ||
        (destination.type === 'name' && destination.name !== 'localhost' && !machines.has(destination.name)),
    ) ||
    timeline.some(
      ({ kubectl, run, fault }) =>
        asksForNames(`${kubectl ?? ''} ${run ?? ''}`) || (fault?.type === 'component' && fault.component === 'coredns'),
    )
  );
}

/** Whether a command line looks a name up. */
export function asksForNames(line: string): boolean {
  if (LOOKUP_TOOLS.test(line) || /\bcoredns\b|\bkube-dns\b/.test(line)) return true;
  const words = CLIENT_TOOLS.exec(line)?.[1]?.split(/\s+/) ?? [];
  return words.some((word) => {
    const host = /^(?:[a-z]+:\/\/)?\[?([^\]/:\s]+)/.exec(word)?.[1] ?? '';
    const isName = /^[a-z][\w.-]*$/i.test(host) && !word.startsWith('-');
    return isName && host !== 'localhost' && parseAddress(host) === undefined;
  });
}

/** What stands before the scenario's own objects, so that its address is its own. */
export function dnsService(scenario: Scenario): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: DNS_SERVICE,
      namespace: DNS_NAMESPACE,
      labels: { ...DNS_SELECTOR, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      clusterIP: clusterDnsAddress(scenario),
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
      selector: DNS_SELECTOR,
    },
  };
}

/** What comes behind them: pods of the scenario's own keep the addresses that they have without it. */
export function dnsDeployment(): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: DNS_NAMESPACE, labels: DNS_SELECTOR },
    spec: {
      replicas: REPLICAS,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      selector: { matchLabels: DNS_SELECTOR },
      template: {
        metadata: { labels: DNS_SELECTOR },
        spec: {
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          containers: [
            {
              name: 'coredns',
              image: 'registry.k8s.io/coredns/coredns:v1.12.0',
              imagePullPolicy: 'IfNotPresent',
              args: ['-conf', '/etc/coredns/Corefile'],
              ports: [
                { containerPort: 53, name: 'dns', protocol: 'UDP' },
                { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
                { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
              ],
            },
          ],
          dnsPolicy: 'Default',
        },
      },
    },
  };
}

/** The scenario with CoreDNS in it, where it leaves that open and a line typed in it looks names up. */
export function withDnsFor(scenario: Scenario, line: string): Scenario {
  if (scenario.kubernetes.dns !== 'auto' || bringsItself(scenario) || !asksForNames(line)) return scenario;
  return { ...scenario, kubernetes: { ...scenario.kubernetes, dns: 'coredns' } };
}
