/**
 * Which endpoints a service port uses on this node: for the Cluster policy, for the Local policy, and in union. Pure,
 * and the same for every proxy mode.
 * @see kubernetes pkg/proxy/topology.go
 */
import type { EndpointInfo } from './endpoint-info.ts';
import type { ServicePortInfo } from './service-port.ts';

export interface TopologyNode {
  readonly name: string;
  /** Empty when the node has no zone label. */
  readonly zone: string;
}

export interface TopologyRules {
  /** Which service ports follow zone hints: `never` (before 1.21), `asked` (up to 1.32: annotation or trafficDistribution), `always`. */
  readonly zoneHints: 'never' | 'asked' | 'always';
  /** Follow node hints (gate PreferSameTrafficDistribution; on by default since 1.34). */
  readonly nodeHints: boolean;
  /** Fall back to endpoints that terminate but still serve (1.26 on). */
  readonly terminatingFallback: boolean;
}

export interface EndpointSets {
  /** Used by the Cluster policy; empty when no traffic of the port follows it. */
  readonly cluster: readonly EndpointInfo[];
  /** Used by the Local policy; empty when no traffic of the port follows it. */
  readonly local: readonly EndpointInfo[];
  /** The union, in the order of the endpoints. */
  readonly reachable: readonly EndpointInfo[];
  /** Some endpoint could answer, here or elsewhere: decides between REJECT and DROP. */
  readonly any: boolean;
}

export function usesCluster(port: ServicePortInfo): boolean {
  return !port.internalLocal || port.external;
}

export function usesLocal(port: ServicePortInfo): boolean {
  return port.internalLocal || (port.externalLocal && port.external);
}

const NONE: readonly EndpointInfo[] = [];

/** Sorts the endpoints of one service port into the sets that its rules need. */
export function categorize(
  endpoints: readonly EndpointInfo[],
  port: ServicePortInfo,
  node: TopologyNode,
  rules: TopologyRules,
): EndpointSets {
  const filter = usesCluster(port) ? topologyFilter(endpoints, port, node, rules) : undefined;
  const cluster = usesCluster(port) ? clusterSet(endpoints, filter, rules) : NONE;
  if (!usesLocal(port)) return { cluster, local: NONE, reachable: cluster, any: cluster.length > 0 };
  const local = localSet(endpoints, node.name, rules);
  if (!usesCluster(port)) {
    const any = local.length > 0 || endpoints.some((endpoint) => endpoint.ready || lingers(endpoint, rules));
    return { cluster: NONE, local, reachable: local, any };
  }
  return { cluster, local, reachable: union(endpoints, cluster, local), any: cluster.length > 0 || local.length > 0 };
}

function lingers(endpoint: EndpointInfo, rules: TopologyRules): boolean {
  return rules.terminatingFallback && endpoint.serving && endpoint.terminating;
}

type Filter = ((endpoint: EndpointInfo) => boolean) | undefined;

function clusterSet(endpoints: readonly EndpointInfo[], filter: Filter, rules: TopologyRules): readonly EndpointInfo[] {
  // The usual case: all are ready and none is left out. The list itself is handed on, nothing is allocated.
  if (filter === undefined && areReady(endpoints)) return endpoints;
  const ready = endpoints.filter((endpoint) => endpoint.ready && (filter === undefined || filter(endpoint)));
  if (ready.length > 0) return ready;
  return endpoints.filter((endpoint) => lingers(endpoint, rules));
}

function areReady(endpoints: readonly EndpointInfo[]): boolean {
  for (const endpoint of endpoints) if (!endpoint.ready) return false;
  return true;
}

function localSet(endpoints: readonly EndpointInfo[], nodeName: string, rules: TopologyRules): readonly EndpointInfo[] {
  const here = endpoints.filter((endpoint) => endpoint.nodeName === nodeName);
  const ready = here.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : here.filter((endpoint) => lingers(endpoint, rules));
}

function union(
  endpoints: readonly EndpointInfo[],
  cluster: readonly EndpointInfo[],
  local: readonly EndpointInfo[],
): readonly EndpointInfo[] {
  if (local.length === 0) return cluster;
  const wanted = new Set([...cluster, ...local]);
  return wanted.size === cluster.length ? cluster : endpoints.filter((endpoint) => wanted.has(endpoint));
}

/** The hint that every ready endpoint carries and one of them gives for this node; node hints come before zone hints. */
function topologyFilter(
  endpoints: readonly EndpointInfo[],
  port: ServicePortInfo,
  node: TopologyNode,
  rules: TopologyRules,
): Filter {
  if (rules.nodeHints && isHinted(endpoints, nodeHintsOf, node.name)) {
    return (endpoint) => endpoint.nodeHints.includes(node.name);
  }
  const follows = rules.zoneHints === 'always' || (rules.zoneHints === 'asked' && port.hintsAsked);
  if (follows && node.zone !== '' && isHinted(endpoints, zoneHintsOf, node.zone)) {
    return (endpoint) => endpoint.zoneHints.includes(node.zone);
  }
  return undefined;
}

const nodeHintsOf = (endpoint: EndpointInfo): readonly string[] => endpoint.nodeHints;
const zoneHintsOf = (endpoint: EndpointInfo): readonly string[] => endpoint.zoneHints;

function isHinted(
  endpoints: readonly EndpointInfo[],
  hintsOf: (endpoint: EndpointInfo) => readonly string[],
  here: string,
): boolean {
  let named = false;
  for (const endpoint of endpoints) {
    if (!endpoint.ready) continue;
    const hints = hintsOf(endpoint);
    if (hints.length === 0) return false;
    if (hints.includes(here)) named = true;
  }
  return named;
}
