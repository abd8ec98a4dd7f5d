/**
 * Cuts a cluster that shows a disagreement down: whatever can be left out without the disagreement going away is left
 * out. Each trial builds a network, so their number is bounded.
 */
import type { RandomCluster, RandomFlow, RandomNode, RandomPod, RandomService } from './cluster.ts';

/** What a trial says of a smaller cluster; `undefined`: both sides agree, or it is no scenario. */
export type Trial<T> = (cluster: RandomCluster) => Promise<T | undefined>;

export interface Shrunk<T> {
  readonly cluster: RandomCluster;
  readonly shown: T;
  readonly trials: number;
}

/**
 * The smallest cluster that was found to show it still.
 * @param shown what the whole cluster showed
 * @param most trials at most
 */
export async function shrink<T>(whole: RandomCluster, shown: T, trial: Trial<T>, most: number): Promise<Shrunk<T>> {
  let best = { cluster: whole, shown, trials: 0 };
  for (let found = true; found && best.trials < most; ) {
    found = false;
    for (const cluster of smaller(best.cluster)) {
      if (best.trials >= most) break;
      const result = await trial(cluster);
      best = { ...best, trials: best.trials + 1 };
      if (result === undefined) continue;
      best = { ...best, cluster, shown: result };
      found = true;
      break;
    }
  }
  return best;
}

/** A list without one half, without the other, then without each one. */
function* without<T>(list: readonly T[]): Generator<T[]> {
  const half = list.length >> 1;
  if (half > 1) {
    yield list.slice(half);
    yield list.slice(0, half);
  }
  for (let i = list.length - 1; i >= 0; i--) yield list.filter((_, at) => at !== i);
}

/** Smaller clusters, the boldest cuts first. */
export function* smaller(cluster: RandomCluster): Generator<RandomCluster> {
  const { flows, rules, services, pods, deployments, hosts, nodes } = cluster;
  for (const flow of flows) if (flows.length > 1) yield { ...cluster, flows: [flow] };
  for (const fewer of without(flows)) if (fewer.length > 0) yield { ...cluster, flows: fewer };
  if (Object.keys(rules).length > 0) yield { ...cluster, rules: {}, ipsets: {} };
  const asks = (name: string): boolean =>
    flows.some(({ from, to }) => from.endsWith(`/${name}`) || to.includes(`/${name}:`) || to.endsWith(`/${name}`));
  const idle = pods.filter(({ name }) => !asks(name));
  if (idle.length > 1) yield { ...cluster, pods: pods.filter((pod) => !idle.includes(pod)) };
  for (const fewer of without(services)) yield { ...cluster, services: fewer };
  for (const pod of idle) yield { ...cluster, pods: pods.filter((one) => one !== pod) };
  for (const gone of deployments)
    if (!asks(gone.name)) yield { ...cluster, deployments: deployments.filter((one) => one !== gone) };
  for (const host of hosts) if (!asks(host.name)) yield withoutMachine(cluster, host.name);
  for (const node of nodes) if (canLose(cluster, node, asks)) yield withoutMachine(cluster, node.name);
  yield* plainer(cluster);
  for (const [name, lines] of Object.entries(rules)) {
    const { [name]: _, ...rest } = rules;
    yield { ...cluster, rules: rest };
    for (const fewer of fewerRules(lines)) yield { ...cluster, rules: { ...rules, [name]: fewer } };
  }
  for (const name of Object.keys(cluster.ipsets)) {
    const { [name]: _, ...rest } = cluster.ipsets;
    if (!rules[name]?.some((line) => line.includes('--match-set'))) yield { ...cluster, ipsets: rest };
  }
  yield* eachOf(nodes, plainerNode, (list) => ({ ...cluster, nodes: list }));
  yield* eachOf(pods, plainerPod, (list) => ({ ...cluster, pods: list }));
  yield* eachOf(services, plainerService, (list) => ({ ...cluster, services: list }));
  yield* eachOf(flows, plainerFlow, (list) => ({ ...cluster, flows: list }));
}

/** The last node may go when nothing stands on it. */
function canLose({ nodes, pods }: RandomCluster, node: RandomNode, asks: (name: string) => boolean): boolean {
  return nodes.length > 1 && !asks(node.name) && pods.every((pod) => pod.node !== node.name);
}

function withoutMachine(cluster: RandomCluster, name: string): RandomCluster {
  const { [name]: _, ...rules } = cluster.rules;
  const { [name]: __, ...ipsets } = cluster.ipsets;
  const others = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
    list.filter((one) => one.name !== name);
  // Networks of pods go by the places of their nodes, so an address given to a pod may be another node's now.
  const pods = cluster.nodes.some((node) => node.name === name)
    ? cluster.pods.map(({ ip: _ip, ...pod }) => pod)
    : cluster.pods;
  return { ...cluster, hosts: others(cluster.hosts), nodes: others(cluster.nodes), pods, rules, ipsets };
}

/** Bytes of a message that no network of 1,500 fragments, in a tunnel or not. */
const SURELY_WHOLE = 1_400;

/** One setting at its default. */
function* plainer(cluster: RandomCluster): Generator<RandomCluster> {
  if (cluster.underlay !== 'flat') yield { ...cluster, underlay: 'flat' };
  // What would no longer fit would be fragmented, and that is another story.
  const fits = cluster.flows.every(({ to, size = 0 }) => /^(http|tcp):/.test(to) || size <= SURELY_WHOLE);
  if (cluster.mtu !== 1500 && fits) yield { ...cluster, mtu: 1500 };
  if (cluster.masqueradeAll) yield { ...cluster, masqueradeAll: false };
  if (cluster.localDetector !== 'ClusterCIDR') yield { ...cluster, localDetector: 'ClusterCIDR' };
  if (!cluster.natOutgoing) yield { ...cluster, natOutgoing: true };
  if (cluster.profile !== 'current') yield { ...cluster, profile: 'current' };
}

/** A rule set without one of its rules, or of its policies. */
function* fewerRules(lines: readonly string[]): Generator<string[]> {
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    if (line.startsWith('-A ')) yield lines.filter((_, at) => at !== i);
    if (/^:\w+ DROP/.test(line)) yield lines.map((one, at) => (at === i ? one.replace('DROP', 'ACCEPT') : one));
  }
}

function* eachOf<T>(
  list: readonly T[],
  simpler: (item: T) => readonly T[],
  rebuild: (list: T[]) => RandomCluster,
): Generator<RandomCluster> {
  for (const [i, item] of list.entries())
    for (const other of simpler(item)) yield rebuild(list.map((one, at) => (at === i ? other : one)));
}

function plainerNode(node: RandomNode): RandomNode[] {
  const { second, ...rest } = node;
  return [
    ...(second === undefined ? [] : [rest]),
    ...Object.keys(node.sysctls).map((gone) => ({
      ...node,
      sysctls: Object.fromEntries(Object.entries(node.sysctls).filter(([name]) => name !== gone)),
    })),
  ];
}

function plainerPod(pod: RandomPod): RandomPod[] {
  return [
    ...(pod.hostNetwork ? [{ ...pod, hostNetwork: false }] : []),
    ...(pod.ready ? [] : [{ ...pod, ready: true }]),
  ];
}

function plainerService(service: RandomService): RandomService[] {
  const { internalTrafficPolicy: internal, externalTrafficPolicy: external, ...rest } = service;
  return [
    ...(service.ports.length > 1
      ? service.ports.map((port) => ({
          ...service,
          ports: [port],
          endpoints: service.endpoints.map(({ ip, ports }) => ({ ip, ports: [ports[service.ports.indexOf(port)]!] })),
        }))
      : []),
    ...(service.externalIPs.length > 0 ? [{ ...service, externalIPs: [] }] : []),
    ...(internal === undefined
      ? []
      : [{ ...rest, ...(external === undefined ? {} : { externalTrafficPolicy: external }) }]),
    ...(external === undefined
      ? []
      : [{ ...rest, ...(internal === undefined ? {} : { internalTrafficPolicy: internal }) }]),
    ...(service.publishNotReadyAddresses ? [{ ...service, publishNotReadyAddresses: false }] : []),
    ...service.endpoints.map((gone) => ({ ...service, endpoints: service.endpoints.filter((one) => one !== gone) })),
    ...(service.type === 'LoadBalancer' ? [{ ...service, type: 'NodePort' as const }] : []),
  ];
}

function plainerFlow(flow: RandomFlow): RandomFlow[] {
  return (['size', 'source', 'sourcePort'] as const).flatMap((key) => {
    const { [key]: gone, ...rest } = flow;
    return gone === undefined ? [] : [rest];
  });
}
