/**
 * A host's routing tables: the local table of its own addresses, and the main table with longest-prefix match.
 */
import { type Address, type AddressTable, formatPrefix, maskOf, type Prefix } from './address.ts';

export const RouteType = {
  Unicast: 1,
  Local: 2,
  Broadcast: 3,
  Multicast: 5,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
} as const;

export interface Route {
  readonly prefix: Prefix;
  readonly type: number;
  /** Next hop, or 0 for a destination on the link itself. */
  readonly via: Address;
  /** Interface, or 0 for the types that have none. */
  readonly device: number;
  /** Preferred source, or 0. */
  readonly source: Address;
  readonly scope: number;
  readonly metric: number;
  readonly onlink: boolean;
  /** `kernel` for those that come with an address, else as `ip route` prints it. */
  readonly protocol: string;
}

/**
 * Longest-prefix match by one hash per prefix length, longest first. Within one prefix the lowest metric wins.
 * @see net/ipv4/fib_trie.c fib_table_lookup
 */
export class RouteTable {
  /** Lengths in use, longest first, for each family. */
  readonly #lengths: { readonly 4: number[]; readonly 6: number[] } = { 4: [], 6: [] };
  readonly #byPrefix = new Map<number, Map<number | string, Route[]>>();

  add(route: Route): void {
    const bucket = this.#bucket(route.prefix.family, route.prefix.length, true)!;
    const key = keyOf(route.prefix.family, route.prefix.words);
    const routes = bucket.get(key) ?? [];
    routes.push(route);
    routes.sort((a, b) => a.metric - b.metric);
    bucket.set(key, routes);
  }

  /** Removes the routes that `matches` names. @returns how many */
  remove(matches: (route: Route) => boolean): number {
    let removed = 0;
    for (const bucket of this.#byPrefix.values()) {
      for (const [key, routes] of bucket) {
        const kept = routes.filter((route) => !matches(route));
        removed += routes.length - kept.length;
        if (kept.length === 0) bucket.delete(key);
        else bucket.set(key, kept);
      }
    }
    return removed;
  }

  /** The best route to an address, or `undefined`. */
  lookup(addresses: AddressTable, address: Address): Route | undefined {
    const family = addresses.family(address);
    for (const length of this.#lengths[family]) {
      const bucket = this.#bucket(family, length, false)!;
      if (bucket.size === 0) continue;
      const key = family === 4 ? addresses.word(address) & maskOf(length) : keyOfMasked(addresses, address, length);
      const routes = bucket.get(key);
      if (routes !== undefined) return routes[0];
    }
    return undefined;
  }

  /** All routes, shortest text order that `ip route` uses: default first, then by address and length. */
  list(): Route[] {
    const all: Route[] = [];
    for (const bucket of this.#byPrefix.values()) for (const routes of bucket.values()) all.push(...routes);
    return all.sort(
      (a, b) =>
        a.prefix.family - b.prefix.family ||
        (a.prefix.words[0] >>> 0) - (b.prefix.words[0] >>> 0) ||
        (a.prefix.words[1] >>> 0) - (b.prefix.words[1] >>> 0) ||
        a.prefix.length - b.prefix.length ||
        a.metric - b.metric ||
        (formatPrefix(a.prefix) < formatPrefix(b.prefix) ? -1 : 0),
    );
  }

  #bucket(family: 4 | 6, length: number, make: boolean): Map<number | string, Route[]> | undefined {
    const id = family * 256 + length;
    let bucket = this.#byPrefix.get(id);
    if (bucket === undefined && make) {
      bucket = new Map();
      this.#byPrefix.set(id, bucket);
      this.#lengths[family].push(length);
      this.#lengths[family].sort((a, b) => b - a);
    }
    return bucket;
  }
}

function keyOf(family: 4 | 6, words: readonly number[]): number | string {
  return family === 4 ? words[0]! : words.join(',');
}

function keyOfMasked(addresses: AddressTable, address: Address, length: number): string {
  return [0, 1, 2, 3]
    .map((i) => addresses.word(address, i) & maskOf(Math.min(32, Math.max(0, length - 32 * i))))
    .join(',');
}
