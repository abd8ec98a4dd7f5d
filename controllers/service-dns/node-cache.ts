/**
 * The cache that may run on each node: which zone it asks whom for, by which transport, and how long it keeps what it
 * was told. Names of the cluster are asked of CoreDNS over TCP, all others of the machine's own name server.
 * @see kubernetes cluster/addons/dns/nodelocaldns/nodelocaldns.yaml
 */
import { AnswerCache, type CacheBounds } from '../../net/dns/cache.ts';
import type { AnswerKeeper } from '../../net/dns/dns-state.ts';
import type { Message } from '../../net/dns/message.ts';
import { zoneOf } from '../../net/dns/name.ts';

export interface NodeCacheZone extends CacheBounds {
  /** Fully qualified. */
  readonly zone: string;
}

/** Whom a question that is not in the cache goes to. */
export type NodeCacheUpstream =
  | { readonly to: 'cluster'; readonly tcp: true }
  | { readonly to: 'node'; readonly tcp: false };

/** The zones of the manifest. */
export function nodeCacheZones(clusterDomain: string): readonly NodeCacheZone[] {
  return [
    { zone: `${clusterDomain}.`, successSeconds: 30, denialSeconds: 5 },
    { zone: 'in-addr.arpa.', successSeconds: 30, denialSeconds: 30 },
    { zone: 'ip6.arpa.', successSeconds: 30, denialSeconds: 30 },
    { zone: '.', successSeconds: 30, denialSeconds: 30 },
  ];
}

/** One cache a zone. */
export class NodeCache implements AnswerKeeper {
  readonly #caches: ReadonlyMap<string, AnswerCache>;

  constructor(zones: readonly NodeCacheZone[]) {
    this.#caches = new Map(zones.map((zone) => [zone.zone, new AnswerCache(zone)]));
  }

  /** The cache that a name belongs to, and whom to ask for what is not in it. */
  placeOf(name: string): { readonly cache: AnswerCache; readonly upstream: NodeCacheUpstream } {
    const zone = zoneOf(name, [...this.#caches.keys()]) ?? '.';
    const cache = this.#caches.get(zone) ?? new AnswerCache({ successSeconds: 30, denialSeconds: 30 });
    return { cache, upstream: zone === '.' ? { to: 'node', tcp: false } : { to: 'cluster', tcp: true } };
  }

  find(asked: Message, nowNs: number): Message | undefined {
    return this.placeOf(asked.question.name).cache.find(asked, nowNs);
  }

  capped(message: Message): Message {
    return this.placeOf(message.question.name).cache.capped(message);
  }

  store(message: Message, nowNs: number): void {
    this.placeOf(message.question.name).cache.store(message, nowNs);
  }
}
