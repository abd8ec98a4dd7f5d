/**
 * Who answers to names in a world: CoreDNS in its pods, out of what the API server has told it, and the outside world's
 * resolver on the machines' gateway, out of the scenario's zone.
 */
import { PROXY_SLICES_MINOR } from '../../controllers/component.ts';
import { clusterAnswer } from '../../controllers/service-dns/cluster-answer.ts';
import { DnsRecords } from '../../controllers/service-dns/dns-records.ts';
import { NodeCache, nodeCacheZones } from '../../controllers/service-dns/node-cache.ts';
import { clusterSettings, type ServerSettings } from '../../controllers/service-dns/server-settings.ts';
import { type ClusterState, componentNamed, viewOf } from '../../controllers/state.ts';
import { AnswerCache, CLUSTER_CACHE } from '../../net/dns/cache.ts';
import type { AnswerKeeper, NameServer, Upstream } from '../../net/dns/dns-state.ts';
import { type Message, type Question, reply } from '../../net/dns/message.ts';
import { fqdn, isWithin } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord, soaData, typeNamed } from '../../net/dns/record.ts';
import { answerFrom, type Zone } from '../../net/dns/zone.ts';
import type { Network } from '../../net/network.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { DNS_NAMESPACE } from './cluster-dns.ts';
import { hasNodeCaches, UPSTREAM_SERVICE } from './node-cache.ts';

/** TTL of a record that gives none, in seconds. */
const TTL_SECONDS = 300;
/** The release whose kubeadm tells CoreDNS not to cache what it knows itself. */
const UNCACHED_MINOR = 32;

/** How long a denial from outside may be kept: as the root says it. */
const ROOT_SOA: ResourceRecord = {
  name: '.',
  type: RecordType.SOA,
  ttl: 900,
  data: soaData({
    primary: 'a.root-servers.net.',
    mailbox: 'nstld.verisign-grs.com.',
    serial: 2024010100,
    refresh: 1800,
    retry: 900,
    expire: 604800,
    minimum: 86400,
  }),
};

/** The scenario's `dns`, and its hosts by their names. */
export function outsideZone({ dns }: Pick<Scenario, 'dns'>): Zone {
  const records = dns.map(({ name, type, address, data, ttl = TTL_SECONDS }): ResourceRecord => {
    const kind = type ?? (address?.includes(':') ? 'AAAA' : 'A');
    const text = address ?? data ?? '';
    const named = kind === 'CNAME' || kind === 'NS' || kind === 'PTR';
    return { name: fqdn(name), type: typeNamed(kind)!, ttl, data: named ? fqdn(text) : text };
  });
  return { records, failing: new Map(), soa: ROOT_SOA };
}

export class WorldNameServer implements NameServer {
  readonly #net: Network;
  readonly #cluster: ClusterState;
  readonly #zone: Zone;
  readonly #settings: ServerSettings;
  readonly #outside: string;
  readonly #cachesOwn: boolean;
  readonly #hasNodeCaches: boolean;
  readonly #nodeZones: ReturnType<typeof nodeCacheZones>;
  /** Tells which zone a name belongs to; what is kept stands with each server. */
  readonly #zones: NodeCache;

  /** @param outside address of the outside world's resolver; '' where there is none */
  constructor(net: Network, cluster: ClusterState, scenario: Scenario, outside: string) {
    this.#net = net;
    this.#cluster = cluster;
    this.#zone = outsideZone(scenario);
    this.#settings = clusterSettings(scenario.kubernetes.clusterDomain);
    this.#outside = outside;
    this.#hasNodeCaches = hasNodeCaches(scenario);
    this.#nodeZones = nodeCacheZones(scenario.kubernetes.clusterDomain);
    this.#zones = new NodeCache(this.#nodeZones);
    this.#cachesOwn = scenario.kubernetes.profile.minor < UNCACHED_MINOR;
  }

  answer(host: number, asked: Message, outside: (question: Question) => Message): Message | undefined {
    if (this.#isNodeCache(host)) return relayed(asked, outside(asked.question));
    if (!this.#isCluster(host)) return answerFrom(this.#zone, asked);
    const { config } = this.#cluster;
    const component = componentNamed(this.#cluster, 'coredns');
    // Stopped by a fault: its pods are there and say nothing.
    if (component?.running === false) return undefined;
    const view = component === undefined ? this.#cluster.store.view() : viewOf(this.#cluster, component);
    const records = new DnsRecords(view, config.minor < PROXY_SLICES_MINOR ? 'Endpoints' : 'EndpointSlice');
    const settings = { ...this.#settings, ownIPs: this.#addressesOf(host), serial: config.startSeconds };
    return clusterAnswer(records, settings, asked, outside);
  }

  upstream(host: number, { name }: Question): Upstream | undefined {
    if (this.#isNodeCache(host) && this.#zones.placeOf(name).upstream.to === 'cluster') {
      const service = this.#cluster.store.get('Service', DNS_NAMESPACE, UPSTREAM_SERVICE);
      return service === undefined ? undefined : { address: service.spec.clusterIP ?? '', tcp: true };
    }
    return this.#isNodeCache(host) || this.#isCluster(host) ? { address: this.#outside, tcp: false } : undefined;
  }

  remembers(host: number, name: string): boolean {
    if (this.#isNodeCache(host)) return true;
    return this.#isCluster(host) && (this.#cachesOwn || !isWithin(fqdn(name), this.#settings.zones[0]!));
  }

  shuffles(host: number): boolean {
    return this.#isCluster(host);
  }

  newCache(host: number): AnswerKeeper {
    return this.#isNodeCache(host) ? new NodeCache(this.#nodeZones) : new AnswerCache(CLUSTER_CACHE);
  }

  #isNodeCache(host: number): boolean {
    return this.#hasNodeCaches && this.#net.host(host).role === 'node';
  }

  #isCluster(host: number): boolean {
    return this.#net.host(host).role === 'pod';
  }

  #addressesOf(host: number): readonly string[] {
    const { net } = { net: this.#net };
    return net
      .host(host)
      .interfaces.map((id) => net.interface(id))
      .filter(({ name }) => name !== 'lo')
      .flatMap(({ addresses }) => addresses.map(({ address }) => net.addresses.text(address)));
  }
}

/** What somebody else said, passed on to whoever asks now. */
function relayed(asked: Message, told: Message): Message {
  const { rcode, authoritative, recursionAvailable, answer, authority, additional } = told;
  return reply(asked, { rcode, authoritative, recursionAvailable, answer, authority, additional });
}
