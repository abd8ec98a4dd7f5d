/**
 * Cluster IPs and node ports of a Service that is created or changed: kept, asked for, pinned, or drawn.
 * @see kubernetes pkg/registry/core/service/storage/alloc.go
 */
import { invariant } from '../core/error.ts';
import type { ClusterIpRange } from './allocate/cluster-ip.ts';
import { CLUSTER_IPS_FULL, clusterIpRange, drawClusterIp, refuseClusterIp } from './allocate/cluster-ip.ts';
import { grantNodePorts, nodePortRange } from './allocate/node-port.ts';
import { drawsBelow } from './draw-below.ts';
import type { FieldError } from './object/field-error.ts';
import type { IpFamily, Service, ServiceSpec } from './object/service.ts';
import { wantsClusterIp } from './object/service.ts';
import { Purpose } from './purpose.ts';
import { clusterIpsOf, nodePortsOf } from './service-address.ts';
import type { Transaction } from './transaction.ts';

export interface ServiceAllocation {
  readonly service: Service;
  /** What refuses the Service. */
  readonly errors: readonly FieldError[];
  /** What refuses it without being its fault: a range is full. */
  readonly failure: string | undefined;
}

/** Families and policy are fields of the API from this release on. */
const FAMILIES_MINOR = 20;

/** @param previous the stored state; absent: the Service is new */
export function allocateService(
  transaction: Transaction,
  service: Service,
  previous: Service | undefined,
): ServiceAllocation {
  const ips = allocateIps(transaction, service, previous);
  if (ips.errors.length > 0 || ips.failure !== undefined) return { service, ...ips };
  const { config, pins, serviceAddresses } = transaction.state;
  const { namespace = 'default', name } = service.metadata;
  const { first, last } = transaction.state.apiFlags.nodePortRange;
  const grant = grantNodePorts({ ...service, spec: ips.spec }, previous, {
    range: nodePortRange(first, last, config.minor),
    isUsed: (port) => serviceAddresses.hasNodePort(port) || transaction.takenNodePorts.has(port),
    draw: drawsBelow(transaction.draw, Purpose.NodePort, transaction.subjectOf(service, previous)),
    pinned: pins.serviceValues('nodePorts', namespace, name),
  });
  return {
    service: { ...service, spec: grant.spec },
    errors: grant.error === undefined ? [] : [grant.error],
    failure: grant.failure,
  };
}

/** Notes what a stored Service took, so that the next write of the same decision doesn't take it too. */
export function noteAllocation(transaction: Transaction, service: Service): void {
  for (const ip of clusterIpsOf(service)) transaction.takenClusterIps.add(ip);
  for (const port of nodePortsOf(service)) transaction.takenNodePorts.add(port);
}

interface IpAllocation {
  readonly spec: ServiceSpec;
  readonly errors: readonly FieldError[];
  readonly failure: string | undefined;
}

function allocateIps(transaction: Transaction, service: Service, previous: Service | undefined): IpAllocation {
  const { config } = transaction.state;
  const families = familiesFor(service, config.serviceCIDRs);
  const spec = withFamilies(service.spec, families, config.minor);
  if (!wantsClusterIp(service)) return { spec, errors: [], failure: undefined };
  const held = new Set(clusterIpsOf(previous));
  const asked = clusterIpsOf(service);
  const ips: string[] = [];
  const errors: FieldError[] = [];
  for (const family of families) {
    const range = rangeOf(config.serviceCIDRs, family, config.minor);
    const wanted = asked.find((ip) => ip.includes(':') === (family === 'IPv6')) ?? keptIp(previous, family);
    const refused =
      wanted === undefined || held.has(wanted)
        ? undefined
        : refuseClusterIp(range, wanted, (ip) => isTaken(transaction, ip), config.minor);
    if (refused !== undefined) errors.push(refused);
    const ip = wanted ?? newIp(transaction, service, previous, range, family);
    if (ip === undefined) return { spec, errors, failure: CLUSTER_IPS_FULL };
    ips.push(ip);
  }
  const clusterIPs = config.minor >= FAMILIES_MINOR ? { clusterIPs: ips } : {};
  return { spec: { ...spec, clusterIP: ips[0] as string, ...clusterIPs }, errors, failure: undefined };
}

/** What the Service asks for, else one family per policy, the cluster's first before the other. */
function familiesFor({ spec }: Service, cidrs: readonly string[]): readonly IpFamily[] {
  const known = cidrs.map((cidr): IpFamily => (cidr.includes(':') ? 'IPv6' : 'IPv4'));
  if (isOpen(spec) && spec.ipFamilyPolicy !== 'SingleStack')
    return withBoth(spec.ipFamilies?.[0] ?? known[0] ?? 'IPv4');
  const dual = spec.ipFamilyPolicy === 'PreferDualStack' || spec.ipFamilyPolicy === 'RequireDualStack';
  const asked = spec.ipFamilies ?? [];
  const first = asked[0] ?? (spec.clusterIP?.includes(':') ? 'IPv6' : known[0]) ?? 'IPv4';
  return dual ? [first, ...known.filter((family) => family !== first)] : asked.length > 0 ? asked : [first];
}

/**
 * A headless Service without a selector may list addresses of any family, whatever the cluster has.
 * @see kubernetes pkg/registry/core/service/storage/alloc.go initIPFamilyFields
 */
function isOpen({ clusterIP, selector }: ServiceSpec): boolean {
  return clusterIP === 'None' && Object.keys(selector ?? {}).length === 0;
}

function withBoth(first: IpFamily): readonly IpFamily[] {
  return first === 'IPv4' ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4'];
}

function withFamilies(spec: ServiceSpec, families: readonly IpFamily[], minor: number): ServiceSpec {
  if (minor < FAMILIES_MINOR || spec.type === 'ExternalName') return spec;
  const headless = spec.clusterIP === 'None' ? { clusterIPs: spec.clusterIPs ?? ['None'] } : {};
  return {
    ...spec,
    ...headless,
    ipFamilies: families,
    ipFamilyPolicy: spec.ipFamilyPolicy ?? (isOpen(spec) ? 'RequireDualStack' : 'SingleStack'),
  };
}

function rangeOf(cidrs: readonly string[], family: IpFamily, minor: number): ClusterIpRange {
  const cidr = cidrs.find((one) => one.includes(':') === (family === 'IPv6'));
  const range = clusterIpRange(cidr ?? cidrs[0] ?? '', minor);
  invariant(range !== undefined, `Not a service network: ${cidr ?? cidrs[0]}`);
  return range;
}

function keptIp(previous: Service | undefined, family: IpFamily): string | undefined {
  return clusterIpsOf(previous).find((ip) => ip.includes(':') === (family === 'IPv6'));
}

function isTaken(transaction: Transaction, ip: string): boolean {
  return transaction.state.serviceAddresses.hasClusterIp(ip) || transaction.takenClusterIps.has(ip);
}

function newIp(
  transaction: Transaction,
  service: Service,
  previous: Service | undefined,
  range: ClusterIpRange,
  family: IpFamily,
): string | undefined {
  const { namespace = 'default', name } = service.metadata;
  const pinned = transaction.state.pins
    .serviceValues('services', namespace, name)
    .find((ip) => ip.includes(':') === (family === 'IPv6') && !isTaken(transaction, ip));
  if (pinned !== undefined) return pinned;
  const subject = transaction.subjectOf(service, previous);
  const draw = drawsBelow(transaction.draw, Purpose.ClusterIp, subject, family === 'IPv6' ? 2 : 0);
  return drawClusterIp(range, (ip) => isTaken(transaction, ip), draw);
}
