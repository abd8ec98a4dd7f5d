/**
 * Who has which address: the nodes with their defaults, and whether anything clashes. Nodes that are given no address
 * stand at 10.0.0.11, 10.0.0.12 … in 10.0.0.0/24, or in 10.0.0.0/16 where they are too many for that.
 */
import { formatWords, maskOf, type Prefix, parseAddress, parsePrefix } from '../../net/address.ts';
import { InputError, type Where } from '../input-error.ts';
import type { Locator, Path } from '../manifest/locator.ts';
import type { Profile } from './profile.ts';
import type { InterfaceAddress } from './schema/field.ts';
import type { HostEntry, NodeEntry } from './schema/host.ts';
import type { Spec } from './schema/scenario.ts';

export interface ScenarioNode extends NodeEntry {
  readonly where: Where;
}

export interface ScenarioHost extends HostEntry {
  readonly where: Where;
}

const FIRST_NODE = (10 << 24) | 11;
/** Nodes that 10.0.0.0/24 has room for behind .10. */
const SMALL_CLUSTER = 240;

/** `node1` … where only a number is given; addresses where a node has none. */
export function plannedNodes(nodes: NonNullable<Spec['nodes']>, locator: Locator): ScenarioNode[] {
  const entries = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => bareNode(`node${i + 1}`)) : nodes;
  const prefixLength = entries.length > SMALL_CLUSTER ? 16 : 24;
  return entries.map((entry, i) => ({
    ...entry,
    ips:
      entry.ips.length > 0
        ? entry.ips
        : [{ address: formatWords(4, [(FIRST_NODE + i) | 0]), family: 4 as const, prefixLength }],
    where: locator.value(typeof nodes === 'number' ? ['spec', 'nodes'] : ['spec', 'nodes', i]),
  }));
}

/** The nodes of a scenario that says nothing of them. */
export function profileNodes({ nodes }: Profile): number | NodeEntry[] {
  if (typeof nodes === 'number') return nodes;
  return nodes.map(({ name, address, prefixLength }) => ({
    ...bareNode(name),
    ips: [{ address, family: 4 as const, prefixLength }],
  }));
}

function bareNode(name: string): NodeEntry {
  return {
    name,
    ips: [],
    podCIDRs: [],
    cpu: undefined,
    labels: {},
    taints: [],
    interfaces: [],
    sysctls: {},
  };
}

/** The segment's gateway: the first address of the first node's prefix. */
export function gatewayOf(nodes: readonly ScenarioNode[]): InterfaceAddress {
  const { family, address, prefixLength } = nodes[0]!.ips[0]!;
  const { words } = parsePrefix(`${address}/${prefixLength}`)!;
  const first = [...words];
  const last = family === 4 ? 0 : 3;
  first[last] = first[last]! | 1;
  return { family, prefixLength, address: formatWords(family, first) };
}

interface Range {
  readonly name: string;
  readonly text: string;
  readonly prefix: Prefix;
  readonly where: Where;
}

interface Holder {
  readonly name: string;
  readonly address: string;
  readonly where: Where;
}

export interface PlanInput {
  readonly nodes: readonly ScenarioNode[];
  readonly hosts: readonly ScenarioHost[];
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Whether the scenario itself gives serviceCIDR: a clash is said of a range that somebody wrote. */
  readonly serviceCidrGiven: boolean;
  readonly profile: Profile;
  readonly locator: Locator;
}

/** @throws {InputError} where two addresses or ranges clash, or a range is too small for what it must hold */
export function checkAddresses(input: PlanInput): void {
  const { nodes, hosts, podCIDRs, serviceCIDRs, locator } = input;
  const at = (path: Path) => locator.value(['spec', ...path]);
  const pods = podCIDRs.map((text) => rangeOf('podCIDR', text, at(['kubernetes', 'podCIDR'])));
  const services = serviceCIDRs.map((text) => rangeOf('serviceCIDR', text, at(['kubernetes', 'serviceCIDR'])));
  for (const service of services) {
    for (const pod of pods) {
      if (input.serviceCidrGiven) refuseOverlap(service, pod);
      else refuseOverlap(pod, service);
    }
  }
  const ofNodes = nodes.flatMap(({ name, podCIDRs: own, where }) =>
    own.map((text) => rangeOf(`podCIDR of node ${name}`, text, where)),
  );
  for (const [i, range] of ofNodes.entries()) {
    for (const other of [...ofNodes.slice(0, i), ...services]) refuseOverlap(range, other);
  }
  refuseTooMany(input, pods);
  const holders: Holder[] = [
    ...nodes.flatMap(({ name, ips, interfaces, where }) =>
      [...ips, ...interfaces.map(({ ip }) => ip)].map(({ address }) => ({ name: `node ${name}`, address, where })),
    ),
    ...hosts.map(({ name, ip, where }) => ({ name: `host ${name}`, address: ip.address, where })),
  ];
  const taken = new Map<string, string>([[gatewayOf(nodes).address, 'the gateway of the nodes']]);
  for (const { name, address, where } of holders) {
    refuseUnusable(name, address, where);
    for (const range of [...pods, ...services, ...ofNodes]) {
      if (contains(range.prefix, parsePrefix(address)!)) {
        throw new InputError(where, `The address ${address} of ${name} lies in ${range.name} ${range.text}`);
      }
    }
    const other = taken.get(address);
    if (other !== undefined) throw new InputError(where, `The address ${address} of ${name} is that of ${other} too`);
    taken.set(address, name);
  }
}

function rangeOf(name: string, text: string, where: Where): Range {
  return { name, text, prefix: parsePrefix(text)!, where };
}

function refuseOverlap(range: Range, other: Range): void {
  if (contains(range.prefix, other.prefix) || contains(other.prefix, range.prefix)) {
    throw new InputError(range.where, `${range.name} ${range.text} overlaps ${other.name} ${other.text}`);
  }
}

/** Each node without a podCIDR of its own takes one part of the cluster's. */
function refuseTooMany({ nodes, profile }: PlanInput, pods: readonly Range[]): void {
  for (const { prefix, text, where } of pods) {
    if (prefix.family !== 4) continue;
    const needed = nodes.filter(({ podCIDRs }) => podCIDRs.length === 0).length;
    const room = Math.floor(2 ** (profile.nodePodPrefixLength - prefix.length));
    if (needed > room) {
      const part = `/${profile.nodePodPrefixLength}`;
      throw new InputError(where, `podCIDR ${text} has room for ${room} nodes (a ${part} each), ${needed} are wanted`);
    }
  }
}

function refuseUnusable(name: string, address: string, where: Where): void {
  const parsed = parseAddress(address)!;
  if (parsed.family !== 4) return;
  const first = parsed.words[0] >>> 24;
  const kind =
    first === 127
      ? 'a loopback address'
      : first === 0
        ? 'no host address'
        : first >= 224
          ? 'no unicast address'
          : undefined;
  if (kind !== undefined) throw new InputError(where, `The address ${address} of ${name} is ${kind}`);
}

function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  return outer.words.every((word, i) => (inner.words[i]! & maskOf(Math.min(32, outer.length - 32 * i))) === word);
}
