/**
 * A host's routing tables: the local table of its own addresses, and the main table with longest-prefix match.
 */
import { type Address, type AddressTable, formatPrefix, type Prefix } from './address.ts';
import type { Fib } from './fib/fib.ts';
import { HashPerLength } from './fib/hash-per-length.ts';

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

/** Answers that are kept at most. */
const MOST_FOUND = 4_096;

/**
 * Longest-prefix match; within one prefix the lowest metric wins.
 * @see net/ipv4/fib_trie.c fib_table_lookup
 */
export class RouteTable {
  /** Most tables are small and change: a hash is right as soon as it has changed, and small. Made with the first route. */
  readonly #fibs: { 4?: Fib; 6?: Fib } = {};
  /** The routes of one prefix, lowest metric first, by the number that the prefix has in its table. None has 0. */
  readonly #routes: Route[][] = [[]];
  readonly #free: number[] = [];
  /** What was found since the table changed last: a host talks to few. */
  readonly #found = new Map<Address, Route | undefined>();

  add(route: Route): void {
    const { prefix } = route;
    this.#found.clear();
    this.#fibs[prefix.family] ??= new HashPerLength(prefix.family);
    const fib = this.#fibs[prefix.family]!;
    let number = fib.find(prefix);
    if (number === 0) {
      number = this.#free.pop() ?? this.#routes.length;
      this.#routes[number] = [];
      fib.insert(prefix, number);
    }
    const routes = this.#routes[number]!;
    routes.push(route);
    routes.sort((a, b) => a.metric - b.metric);
  }

  /** Removes the routes that `matches` names. @returns how many */
  remove(matches: (route: Route) => boolean): number {
    let removed = 0;
    this.#found.clear();
    this.#routes.forEach((routes, number) => {
      const kept = routes.filter((route) => !matches(route));
      if (kept.length === routes.length) return;
      removed += routes.length - kept.length;
      this.#routes[number] = kept;
      if (kept.length > 0) return;
      const { prefix } = routes[0]!;
      this.#fibs[prefix.family]!.remove(prefix);
      this.#free.push(number);
    });
    return removed;
  }

  /** The best route to an address, or `undefined`. */
  lookup(addresses: AddressTable, address: Address): Route | undefined {
    const known = this.#found.get(address);
    if (known !== undefined) return known;
    const found = this.#lookup(addresses, address);
    if (this.#found.size >= MOST_FOUND) this.#found.clear();
    this.#found.set(address, found);
    return found;
  }

  #lookup(addresses: AddressTable, address: Address): Route | undefined {
    const family = addresses.family(address);
    const fib = this.#fibs[family];
    if (fib === undefined) return undefined;
    const first = addresses.word(address);
    const number =
      family === 4
        ? fib.lookup(first, 0, 0, 0)
        : fib.lookup(first, addresses.word(address, 1), addresses.word(address, 2), addresses.word(address, 3));
    return number === 0 ? undefined : this.#routes[number]![0];
  }

  /** All routes, shortest text order that `ip route` uses: default first, then by address and length. */
  list(): Route[] {
    return this.#routes
      .flat()
      .sort(
        (a, b) =>
          a.prefix.family - b.prefix.family ||
          (a.prefix.words[0] >>> 0) - (b.prefix.words[0] >>> 0) ||
          (a.prefix.words[1] >>> 0) - (b.prefix.words[1] >>> 0) ||
          a.prefix.length - b.prefix.length ||
          a.metric - b.metric ||
          (formatPrefix(a.prefix) < formatPrefix(b.prefix) ? -1 : 0),
      );
  }
}
