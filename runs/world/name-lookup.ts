/**
 * How a sender comes from a name to an address: what its hosts file says needs no question; everything else is looked
 * up by the C library of its image, as the `resolv.conf` of its pod or machine has it.
 */
import { podHostname } from '../../controllers/kubelet/pod-hostname.ts';
import { podResolverConfig } from '../../controllers/kubelet/pod-resolver.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { NetCommandKind, type StartLookup, type StartRequest } from '../../net/command.ts';
import type { LookupOrder, NamedRequest } from '../../net/dns/dns-state.ts';
import type { LookupFamily, LookupPlan } from '../../net/dns/resolution.ts';
import type { LibraryName, ResolverConfig } from '../../net/dns/resolver-config.ts';
import type { Host } from '../../net/host.ts';
import type { ExecWorld } from '../exec/exec-world.ts';

/** What is settled about looking names up in a world. */
export interface NameSettings {
  /** Address of the cluster's DNS; pods get it whether anybody answers there or not. */
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** Of nodes and outside hosts. */
  readonly machine: ResolverConfig;
  /** By image name, where the scenario says it. */
  readonly libraries: Readonly<Record<string, LibraryName>>;
}

/** Images whose programs are linked with musl. */
const MUSL = /(^|[/-])alpine|^curl$|^alpine$/;

/** What the sender's hosts file says of a name, or `undefined`. @param pod that it is, where it is one */
export function hostsFile(
  { net }: Pick<ExecWorld, 'net'>,
  pod: Pod | undefined,
  name: string,
  settings: NameSettings,
): string | undefined {
  const plain = name.replace(/\.$/, '').toLowerCase();
  if (plain === 'localhost') return '127.0.0.1';
  if (pod !== undefined && podHostname(pod, settings.clusterDomain).hostsLine.slice(1).includes(plain))
    return pod.status.podIP;
  const host = net.hostNamed(plain);
  if (host === undefined || host.role === 'pod') return undefined;
  const device = net.interfaceNamed(host, 'eth0');
  const address = device?.addresses[0]?.address;
  return address === undefined ? undefined : net.addresses.text(address);
}

/** The pod that a host is, or runs on it under the given name. */
export function podOf({ cluster }: Pick<ExecWorld, 'cluster'>, host: Host): Pod | undefined {
  if (host.role !== 'pod') return undefined;
  const [namespace = '', name = ''] = host.name.split('/');
  return cluster.store.get('Pod', namespace, name);
}

/** The `resolv.conf` of a pod, or of a machine. */
export function resolverConfigOf(
  pod: Pod | undefined,
  { clusterDns, clusterDomain, machine }: NameSettings,
): ResolverConfig {
  if (pod === undefined) return machine;
  return podResolverConfig({ clusterDNS: [clusterDns], clusterDomain, nodeResolvConf: machine }, pod);
}

export function libraryOf(pod: Pod | undefined, { libraries }: NameSettings): LibraryName {
  const image = pod?.spec.containers[0]?.image ?? '';
  const base = image.replace(/@.*$/, '').split('/').at(-1)!;
  const [name = '', tag = ''] = base.split(':');
  const said = libraries[image] ?? libraries[base] ?? libraries[name];
  return said ?? (MUSL.test(name) || tag.includes('alpine') ? 'musl' : 'glibc');
}

export function lookupPlan(
  pod: Pod | undefined,
  name: string,
  settings: NameSettings,
  family: LookupFamily = 'any',
): LookupPlan {
  return { resolver: libraryOf(pod, settings), name, family, config: resolverConfigOf(pod, settings) };
}

/** The look-up that a request to a name begins with; it goes on by itself once there is an address. @param keeps how long the program keeps the answer, in ns */
export function lookupFor(plan: LookupPlan, request: StartRequest, keeps?: number | 'ttl'): StartLookup {
  const { at, host, traffic, number, timeoutNs, protocol, destinationPort, source, sourcePort } = request;
  const { requestBytes, responseBytes, text, keep } = request;
  const named: NamedRequest = {
    protocol,
    destinationPort,
    source,
    sourcePort,
    requestBytes,
    responseBytes,
    text,
    keep,
  };
  const order: LookupOrder = { plan, request: named, ...(keeps === undefined ? {} : { keeps }) };
  return { kind: NetCommandKind.StartLookup, at, host, traffic, number, timeoutNs, text: JSON.stringify(order) };
}
