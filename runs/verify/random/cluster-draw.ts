/**
 * Draws a small cluster: one to four nodes, up to eight pods where chance puts them, services of every kind and policy,
 * machines outside, settings, rules of somebody else's, and flows.
 */
import { keyedDraw } from '../../../core/random.ts';
import type { Cni } from '../../scenario/profile.ts';
import { Chance } from './chance.ts';
import {
  podNetwork,
  type RandomCluster,
  type RandomHost,
  type RandomNode,
  type RandomPod,
  type Sysctls,
} from './cluster.ts';
import { drawFlows } from './flow-draw.ts';
import { drawRules } from './rule-draw.ts';
import { drawServices } from './service-draw.ts';

/** One stream of choices a part. Numbers are never reused. */
const Part = { Settings: 1, Nodes: 2, Hosts: 3, Pods: 4, Services: 5, Rules: 6, Flows: 7 } as const;

const CNIS: readonly Cni[] = ['routed', 'overlay', 'bridge'];
/** Labels that pods have and services select; what nobody has is one of services only. */
export const APPS = ['web', 'api', 'store'] as const;

/**
 * @param seed text that draws this very cluster: `S:INDEX`
 * @param flows how many at least
 */
export function drawCluster(seed: string, flows: number): RandomCluster {
  const draw = keyedDraw(seed);
  const settings = new Chance(draw, Part.Settings);
  const cni = settings.of(CNIS);
  const nodes = drawNodes(new Chance(draw, Part.Nodes), cni);
  const hosts = drawHosts(new Chance(draw, Part.Hosts));
  const pods = drawPods(new Chance(draw, Part.Pods), nodes);
  const profile = settings.happens(0.3) ? '1.16' : 'current';
  const furnished = {
    seed,
    profile,
    cni,
    underlay: settings.happens(0.3) ? 'routed' : 'flat',
    natOutgoing: settings.happens(0.75),
    localDetector: drawDetector(settings, cni, profile),
    masqueradeAll: settings.happens(0.15),
    mtu: settings.happens(0.15) ? settings.of([1400, 1280, 9000]) : 1500,
    nodes,
    hosts,
    pods,
    deployments: settings.happens(0.3)
      ? [{ name: 'deploy', app: settings.of(APPS), replicas: settings.between(1, 3) }]
      : [],
    services: drawServices(new Chance(draw, Part.Services), { nodes, hosts, profile }),
    rules: {},
    ipsets: {},
    flows: [],
  } satisfies RandomCluster;
  const ruled = { ...furnished, ...drawRules(new Chance(draw, Part.Rules), furnished) };
  return { ...ruled, flows: drawFlows(new Chance(draw, Part.Flows), ruled, flows) };
}

/** How kube-proxy tells a pod's packets: 1.16 knows the cluster's range alone. */
function drawDetector(chance: Chance, cni: Cni, profile: string): string {
  if (profile === '1.16') return 'ClusterCIDR';
  const byInterface = cni === 'routed' ? 'InterfaceNamePrefix' : 'BridgeInterface';
  return chance.of(['ClusterCIDR', 'ClusterCIDR', 'NodeCIDR', byInterface, 'none']);
}

function drawNodes(chance: Chance, cni: Cni): RandomNode[] {
  const count = chance.of([1, 2, 2, 3, 3, 4]);
  return Array.from({ length: count }, (_, i) => ({
    name: `node${i + 1}`,
    ip: `10.0.0.${11 + i}`,
    ...(chance.happens(0.2) ? { second: chance.of([`10.0.0.${111 + i}/24`, `172.16.0.${11 + i}/24`]) } : {}),
    sysctls: drawSysctls(chance, cni),
  }));
}

function drawSysctls(chance: Chance, cni: Cni): Sysctls {
  const sysctls: Record<string, number> = {};
  if (chance.happens(0.3)) sysctls['net.ipv4.conf.all.rp_filter'] = chance.of([1, 2]);
  if (cni !== 'routed' && chance.happens(0.2)) sysctls['net.bridge.bridge-nf-call-iptables'] = 0;
  if (chance.happens(0.08)) sysctls['net.ipv4.conf.all.route_localnet'] = 1;
  if (chance.happens(0.05)) sysctls['net.ipv4.ip_forward'] = 0;
  if (chance.happens(0.05)) sysctls['net.ipv4.ip_default_ttl'] = chance.of([63, 255]);
  if (chance.happens(0.05)) sysctls['net.netfilter.nf_conntrack_tcp_be_liberal'] = 1;
  if (chance.happens(0.05)) sysctls['net.netfilter.nf_conntrack_tcp_loose'] = 0;
  return sysctls;
}

function drawHosts(chance: Chance): RandomHost[] {
  return Array.from({ length: chance.of([1, 2, 2, 3]) }, (_, i) => {
    const serves: RandomHost['serves'][number][] = [];
    if (chance.happens(0.6)) serves.push({ port: 80, protocol: 'TCP', answers: 'mirror' });
    if (chance.happens(0.4)) serves.push({ port: 5353, protocol: 'UDP', answers: 'name' });
    return { name: `host${i + 1}`, ip: `198.51.100.${7 + i}`, serves };
  });
}

function drawPods(chance: Chance, nodes: readonly RandomNode[]): RandomPod[] {
  const count = chance.between(0, 8);
  const pods: RandomPod[] = [];
  for (let i = 0; i < count; i++) {
    // The lower of two draws: the first nodes get more.
    const node = Math.min(chance.between(0, nodes.length - 1), chance.between(0, nodes.length - 1));
    const isPinned = chance.happens(0.5);
    const hostNetwork = chance.happens(0.1) && !pods.some((pod) => pod.hostNetwork);
    pods.push({
      name: `pod-${i + 1}`,
      node: nodes[node]!.name,
      app: chance.of(APPS),
      ...(isPinned && !hostNetwork ? { ip: `${podNetwork(node)}.${100 + i}` } : {}),
      ready: chance.happens(0.85),
      hostNetwork,
    });
  }
  return pods;
}
