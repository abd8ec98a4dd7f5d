/**
 * What a scenario may say by its schema but the model doesn't do yet: said at its place, never passed over. One line a
 * part; a part that is built leaves this list.
 */
import { InputError } from '../input-error.ts';
import type { Locator, Path } from '../manifest/locator.ts';
import type { Spec } from './schema/scenario.ts';

type Found = readonly [path: Path, what: string];

function* unmodelled(spec: Spec): Generator<Found> {
  const { kubernetes } = spec;
  if (kubernetes.proxyMode !== 'iptables') yield [['kubernetes', 'proxyMode'], `Proxy mode ${kubernetes.proxyMode}`];
  if (kubernetes.cloud !== undefined) yield [['kubernetes', 'cloud'], 'A cloud'];
  for (const key of ['podCIDR', 'serviceCIDR'] as const) {
    const found = kubernetes[`${key}s`];
    if (found?.some((cidr) => cidr.includes(':'))) yield [['kubernetes', key], 'IPv6 in a scenario'];
  }
  for (const [i, host] of spec.hosts.entries()) {
    if (host.role !== undefined) yield [['hosts', i, 'role'], `A ${host.role}`];
    for (const key of ['mode', 'algorithm', 'affinity', 'healthCheck', 'inside', 'behind'] as const) {
      if (host[key] !== undefined) yield [['hosts', i, key], `${key} of a host`];
    }
    if (host.frontends.length > 0) yield [['hosts', i, 'frontends'], 'frontends of a host'];
    if (host.forwards.length > 0) yield [['hosts', i, 'forwards'], 'forwards of a host'];
    if (host.link !== undefined) yield [['hosts', i, 'link'], 'A link of its own'];
    if (host.gateway !== undefined) yield [['hosts', i, 'gateway'], 'gateway of a host'];
    if (host.ip.family === 6) yield [['hosts', i, 'ip'], 'IPv6 in a scenario'];
  }
  if (Array.isArray(spec.nodes)) {
    for (const [i, node] of spec.nodes.entries()) {
      if (node.behind !== undefined) yield [['nodes', i, 'behind'], 'A node behind a router'];
      if (node.link !== undefined) yield [['nodes', i, 'link'], 'A link of its own'];
      if (node.interfaces.length > 0) yield [['nodes', i, 'interfaces'], 'A further interface of a node'];
      if (node.ips.some(({ family }) => family === 6)) yield [['nodes', i], 'IPv6 in a scenario'];
      if (node.podCIDRs.some((cidr) => cidr.includes(':'))) yield [['nodes', i, 'podCIDR'], 'IPv6 in a scenario'];
    }
  }
  if (spec.links.pairs.length > 0) yield [['links', 'pairs'], 'A link between two of a segment'];
  for (const [name, image] of Object.entries(spec.images)) {
    if (Object.keys(image.env).length > 0) yield [['images', name, 'env'], 'env of an image'];
  }
  for (const [i, entry] of spec.timeline.entries()) {
    if (entry.fault?.type === 'member') yield [['timeline', i, 'fault', 'member'], 'The fault of a balancer member'];
  }
  for (const [i, { to, connection, retries }] of spec.traffic.entries()) {
    if (connection === 'keep' || connection === 'one')
      yield [['traffic', i, 'connection'], `connection: ${connection}`];
    if (retries > 0) yield [['traffic', i, 'retries'], 'A retry by the client'];
    if (to.scheme === 'sctp' || to.scheme === 'https') {
      yield [['traffic', i, 'to'], `${to.scheme}:// traffic`];
    }
    if (to.destination.type === 'address' && to.destination.address.includes(':')) {
      yield [['traffic', i, 'to'], 'IPv6 in a scenario'];
    }
  }
  for (const [i, expectation] of spec.expect.entries()) {
    for (const key of ['apply', 'reach'] as const) {
      if (expectation[key] !== undefined) yield [['expect', i, key], `An expectation of ${key}`];
    }
  }
}

/** @throws {InputError} at the first part that is not modelled yet */
export function refuseUnmodelled(spec: Spec, locator: Locator): void {
  for (const [path, what] of unmodelled(spec)) {
    throw new InputError(locator.key(['spec', ...path]), `${what} is not modelled yet`);
  }
}
