/**
 * A scenario made into a world: the network with its machines, and the cluster on it, before anything has happened.
 */
import { bridge } from '../../controllers/cni/bridge.ts';
import type { Cni, CniConfig, CniNode } from '../../controllers/cni/cni.ts';
import { ContainerNetwork } from '../../controllers/cni/container-network.ts';
import { type ImageAnswers, nginxAnswers } from '../../controllers/cni/image-answers.ts';
import { overlay } from '../../controllers/cni/overlay.ts';
import { routed } from '../../controllers/cni/routed.ts';
import type { ClusterConfig, ImageBehaviour } from '../../controllers/config.ts';
import { proxyProfile } from '../../controllers/kube-proxy/profile.ts';
import { DEFAULT_PROXY_CONFIG, type LocalDetector } from '../../controllers/kube-proxy/proxier.ts';
import { MANIFEST_FOLDER } from '../../controllers/kubelet/static-pod.ts';
import { objectAt } from '../../controllers/object/manifest.ts';
import type { ObjectPin } from '../../controllers/pin.ts';
import { type ClusterState, clusterState } from '../../controllers/state.ts';
import { keyedDraw } from '../../core/random.ts';
import { formatDuration, MICROSECOND, MILLISECOND } from '../../core/time.ts';
import { formatPrefix, parsePrefix } from '../../net/address.ts';
import { Network } from '../../net/network.ts';
import { restoreRules, restoreSets } from '../../net/rules.ts';
import { ANSWER_NAMES, Answer } from '../../net/socket.ts';
import { listen } from '../../net/wiring.ts';
import { yamlText } from '../kubectl/yaml-text.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { openApiPort } from './api-port.ts';
import { hasBudgets } from './budget.ts';
import { clusterDnsAddress, hasClusterDns, looksNamesUp } from './cluster-dns.ts';
import { controlPlaneManifests } from './control-plane.ts';
import type { NameSettings } from './name-lookup.ts';
import { outsideZone, WorldNameServer } from './name-server.ts';
import { hasNodeCaches, NODE_CACHE_ADDRESS, setUpNodeCaches } from './node-cache.ts';
import { standingObjects } from './standing-object.ts';
import { type TrafficState, traffics } from './traffic-state.ts';
import { buildUnderlay, type Underlay } from './underlay.ts';

export interface World {
  readonly net: Network;
  readonly cluster: ClusterState;
  readonly traffic: TrafficState;
  readonly names: NameSettings;
}

/** A world and what its events call to change it. */
export interface OpenedWorld {
  readonly world: World;
  readonly agent: ContainerNetwork;
}

/** What the outside world's resolver takes for an answer. Rests on: model. */
const OUTSIDE_DNS_NS = 5 * MILLISECOND;

/** One way between a pod and its node: a veth costs next to nothing, but packets come out of it one after the other. */
const VETH_DELAY_NS = 20 * MICROSECOND;
const VETH_BITS_PER_SECOND = 100e9;

const KINDS: Readonly<Record<string, Cni>> = { routed, overlay, bridge };

export function openWorld(scenario: Scenario): OpenedWorld {
  const net = new Network(scenario.kernel, Math.floor(scenario.startMs / 1000));
  net.conntrackRace = scenario.conntrackRace;
  const underlay = buildUnderlay(net, scenario);
  const nodes = cniNodes(scenario, underlay);
  const config: CniConfig = {
    podCIDR: scenario.kubernetes.podCIDRs[0]!,
    natOutgoing: scenario.kubernetes.natOutgoing,
    mtu: scenario.links.mtuBytes,
    link: { delayNs: VETH_DELAY_NS, rateBitsPerSecond: VETH_BITS_PER_SECOND, queuePackets: 1000, lossRatio: 0 },
  };
  const cni = KINDS[scenario.kubernetes.cni]!;
  cni.setUp(net, nodes, config);
  serveOutside(scenario, underlay);
  if (underlay.nodes[0] !== undefined) openApiPort(underlay.nodes[0].host);
  setUpNodeCaches(net, scenario, underlay);
  for (const { host, source } of scenario.ipsets) restoreSets(net.hostNamed(host)!, source.text);
  for (const { host, source } of scenario.rules) restoreRules(net.addresses, net.hostNamed(host)!, source.text, true);
  for (const row of scenario.traffic) {
    // Decisions name addresses by handle and make none: who may be asked or bound is known from the start.
    if (row.to.destination.type === 'address') net.addresses.intern(row.to.destination.address);
    if (row.source !== undefined) net.addresses.intern(row.source);
  }
  const agent = new ContainerNetwork(cni, config, nodes, imageAnswers(scenario));
  const cluster = clusterState(clusterConfig(scenario, underlay));
  const names = serveNames(net, scenario, underlay);
  net.dns.nameServer = new WorldNameServer(net, cluster, scenario, names.machine.nameservers[0] ?? '');
  return { world: { net, cluster, traffic: traffics(scenario), names }, agent };
}

/** The machines' gateway answers for the outside world, where anybody asks. */
function serveNames(net: Network, scenario: Scenario, { nameServer }: Underlay): NameSettings {
  const { host, address } = nameServer;
  if (looksNamesUp(scenario) || hasClusterDns(scenario)) {
    for (const protocol of [17, 6]) {
      const more = { status: 200, delayNs: OUTSIDE_DNS_NS, name: host.name, body: '' };
      listen(host, { protocol, port: 53, address: 0, answers: Answer.Dns, ...more });
    }
    net.addresses.intern(clusterDnsAddress(scenario));
    for (const { type, data } of outsideZone(scenario).records) if (type === 1) net.addresses.intern(data);
  }
  return {
    clusterDns: hasNodeCaches(scenario) ? NODE_CACHE_ADDRESS : clusterDnsAddress(scenario),
    clusterDomain: scenario.kubernetes.clusterDomain,
    machine: { nameservers: [address], search: [], options: [] },
    libraries: Object.fromEntries(
      Object.entries(scenario.images).flatMap(([name, { libc }]) => (libc === undefined ? [] : [[name, libc]])),
    ),
  };
}

function cniNodes(scenario: Scenario, underlay: Underlay): CniNode[] {
  return underlay.nodes.map(({ host, device, address }, index) => ({
    host,
    device,
    address,
    podCIDR: nodePodCIDR(scenario, index),
  }));
}

/** The network of a node's pods: its own word, or the next free part of the cluster's. */
export function nodePodCIDR({ nodes, kubernetes }: Scenario, index: number): string {
  const given = nodes[index]!.podCIDRs[0];
  if (given !== undefined) return given;
  const whole = parsePrefix(kubernetes.podCIDRs[0]!)!;
  const length = Math.max(whole.length, kubernetes.profile.nodePodPrefixLength);
  return formatPrefix({
    family: whole.family,
    length,
    words: [(whole.words[0] + index * 2 ** (32 - length)) | 0, 0, 0, 0],
  });
}

function serveOutside(scenario: Scenario, underlay: Underlay): void {
  for (const [index, { serves }] of scenario.hosts.entries()) {
    const { host } = underlay.hosts[index]!;
    for (const { port, protocol, answers } of serves) {
      listen(host, {
        protocol: protocol === 'UDP' ? 17 : 6,
        port,
        address: 0,
        answers: ANSWER_NAMES.indexOf(answers),
        status: 200,
        delayNs: 0,
        name: host.name,
        body: '',
      });
    }
  }
}

function imageAnswers(scenario: Scenario): Readonly<Record<string, ImageAnswers>> {
  const given = Object.fromEntries(
    Object.entries(scenario.images).map(
      ([name, { answers, status, delayNs, exponential, concurrency, queue, ports }]) => [
        name,
        {
          answers: ANSWER_NAMES.indexOf(answers),
          status,
          delayNs,
          ...(concurrency === undefined && !exponential
            ? {}
            : { crew: { workers: concurrency ?? Number.POSITIVE_INFINITY, places: queue, exponential } }),
          ports: ports.map(({ port, answer }) => ({
            port,
            protocol: answer === 'udp-echo' || answer === 'dns' ? 17 : 6,
            answers: answer === 'http' ? ANSWER_NAMES.indexOf(answers) : answer === 'dns' ? Answer.Dns : Answer.Echo,
          })),
        },
      ],
    ),
  );
  return { nginx: nginxAnswers(scenario.kubernetes.profile.nginxVersion), ...given };
}

function clusterConfig(scenario: Scenario, underlay: Underlay): ClusterConfig {
  const { profile } = scenario.kubernetes;
  const pins = pinsOf(scenario.pins);
  const staticPods = controlPlaneManifests(scenario);
  return {
    standing: standingObjects(scenario, staticPods, keyedDraw(scenario.seed), pins),
    staticPods: staticPods.map((manifest) => ({
      path: `${MANIFEST_FOLDER}/${String(objectAt(manifest, 'metadata')['name'])}.yaml`,
      text: yamlText(manifest),
      manifest,
    })),
    startSeconds: Math.floor(scenario.startMs / 1000),
    minor: profile.minor,
    nodes: underlay.nodes.map(({ host, address }, index) => ({
      name: host.name,
      host: host.id,
      ips: [address],
      podCIDRs: [nodePodCIDR(scenario, index)],
    })),
    dns: hasClusterDns(scenario),
    budgets: hasBudgets(scenario),
    podCIDRs: scenario.kubernetes.podCIDRs,
    serviceCIDRs: scenario.kubernetes.serviceCIDRs,
    nodePortRange: scenario.kubernetes.nodePortRange,
    ipam: profile.podIpam,
    images: Object.fromEntries(Object.entries(scenario.images).map(([name, image]) => [name, behaviour(image)])),
    pins,
    proxy: {
      ...DEFAULT_PROXY_CONFIG,
      profile: proxyProfile(profile.minor),
      detector: detectorOf(scenario.kubernetes),
      masqueradeAll: scenario.kubernetes.masqueradeAll,
    },
    syncTiming: {
      minSyncNs: scenario.kubernetes.minSyncPeriodNs,
      syncNs: scenario.kubernetes.syncPeriodNs,
      burst: profile.minor < 34 ? 2 : 1,
      upkeep: profile.minor < 18 ? 'resync' : 'canary',
    },
  };
}

function pinsOf({ pods, services, nodePorts, objects }: Scenario['pins']): ClusterConfig['pins'] {
  const created = (when: { readonly atNs: number } | { readonly wallMs: number }): string =>
    'atNs' in when ? formatDuration(when.atNs) : new Date(when.wallMs).toISOString();
  return {
    pods: pods as NonNullable<ClusterConfig['pins']['pods']>,
    services,
    nodePorts,
    objects: Object.fromEntries(
      Object.entries(objects).map(([key, { created: when, ...rest }]) => [
        key,
        { ...rest, ...(when === undefined ? {} : { created: created(when) }) } as ObjectPin,
      ]),
    ),
  };
}

function behaviour(image: Scenario['images'][string]): ImageBehaviour {
  return {
    startDelayNs: image.startDelayNs,
    readyDelayNs: image.readyAfterNs ?? -1,
    onTerm: image.onTerm,
    exitAfterNs: image.exitAfterNs ?? -1,
    exitCode: image.exitCode ?? 0,
    ports: image.ports.map(({ port, answer }) => ({
      port,
      protocol: answer === 'udp-echo' || answer === 'dns' ? 17 : 6,
    })),
  };
}

function detectorOf({ localDetector, podCIDRs }: Scenario['kubernetes']): LocalDetector {
  switch (localDetector) {
    case 'none':
      return { mode: 'none' };
    case 'BridgeInterface':
      return { mode: 'BridgeInterface', interface: 'cni0' };
    case 'InterfaceNamePrefix':
      return { mode: 'InterfaceNamePrefix', prefix: 'cali' };
    default:
      return { mode: localDetector, cidrs: podCIDRs };
  }
}
