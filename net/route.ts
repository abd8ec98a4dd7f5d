/**
 * A host's routing tables: the local table of its own addresses, and the main table with longest-prefix match.
 */
import { invariant } from '../core/error.ts';
import { type Address, type AddressTable, formatPrefix, type Prefix } from './address.ts';
import type { Fib } from './fib/fib.ts';
import { HashPerLength } from './fib/hash-per-length.ts';
import { Scope } from './interface.ts';
import type { MeshMember, MeshPlace } from './route-mesh.ts';

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
  /** Routes to the others of a group, besides: shared with them. */
  #place: MeshPlace | undefined;
  /** Those of the mesh that were looked at, and those that are removed. */
  readonly #meshRoutes = new Map<number, Route>();
  readonly #unmeshed = new Set<number>();
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

  /** Takes routes to the other members of a group. They stand before routes of the same prefix that come later. */
  join(place: MeshPlace): void {
    invariant(this.#place === undefined, 'A host is in one mesh at most');
    this.#found.clear();
    this.#place = place;
  }

  /** Removes the routes that `matches` names. @returns how many */
  remove(matches: (route: Route) => boolean): number {
    let removed = 0;
    this.#found.clear();
    for (const [index, route] of this.#meshed()) {
      if (!matches(route)) continue;
      this.#unmeshed.add(index);
      removed++;
    }
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
    const first = addresses.word(address);
    const rest = (place: number) => (family === 4 ? 0 : addresses.word(address, place));
    const [second, third, fourth] = [rest(1), rest(2), rest(3)];
    const number = this.#fibs[family]?.lookup(first, second, third, fourth) ?? 0;
    const own = number === 0 ? undefined : this.#routes[number]![0];
    if (this.#place === undefined) return own;
    const index = this.#place.mesh.find(family, first, second, third, fourth);
    if (index < 0 || index === this.#place.own || this.#unmeshed.has(index)) return own;
    const meshed = this.#meshRoute(this.#place, index);
    return own === undefined || own.prefix.length <= meshed.prefix.length ? meshed : own;
  }

  #meshRoute({ mesh, device }: MeshPlace, index: number): Route {
    let route = this.#meshRoutes.get(index);
    if (route === undefined) {
      route = routeOf(mesh.members[index]!, device);
      this.#meshRoutes.set(index, route);
    }
    return route;
  }

  /** The routes of the mesh that are still there, by their places. */
  *#meshed(): Generator<readonly [number, Route]> {
    if (this.#place === undefined) return;
    const { mesh, own, device } = this.#place;
    for (const [index, member] of mesh.members.entries()) {
      if (index !== own && !this.#unmeshed.has(index))
        yield [index, this.#meshRoutes.get(index) ?? routeOf(member, device)];
    }
  }

  /** All routes, shortest text order that `ip route` uses: default first, then by address and length. */
  list(): Route[] {
    const meshed = Array.from(this.#meshed(), ([, route]) => route);
    return [...meshed, ...this.#routes.flat()].sort(
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

function routeOf({ prefix, via }: MeshMember, device: number): Route {
  const { Unicast: type } = RouteType;
  return { prefix, type, via, device, source: 0, scope: Scope.Universe, metric: 0, onlink: false, protocol: '' };
}
