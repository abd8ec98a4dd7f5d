/**
 * Routes from each member of a group to the networks of all the others, as nodes have them to each other's pods. They
 * are held once for the whole group: 5,000 nodes would have 25 million of them. The networks don't overlap.
 */
import type { Address, Prefix } from './address.ts';
import type { Fib } from './fib/fib.ts';
import { HashPerLength } from './fib/hash-per-length.ts';

export interface MeshMember {
  readonly prefix: Prefix;
  /** By which the others reach its network. */
  readonly via: Address;
}

export class RouteMesh {
  readonly members: readonly MeshMember[];
  readonly #fibs: { 4?: Fib; 6?: Fib } = {};

  constructor(members: readonly MeshMember[]) {
    this.members = members;
    for (const [index, { prefix }] of members.entries()) {
      this.#fibs[prefix.family] ??= new HashPerLength(prefix.family);
      this.#fibs[prefix.family]!.insert(prefix, index + 1);
    }
  }

  /** Place of the member whose network an address is in, or -1. */
  find(family: 4 | 6, first: number, second: number, third: number, fourth: number): number {
    return (this.#fibs[family]?.lookup(first, second, third, fourth) ?? 0) - 1;
  }
}

/** One host's part in a mesh. */
export interface MeshPlace {
  readonly mesh: RouteMesh;
  /** Its own place among the members: there it has no route to. */
  readonly own: number;
  /** Interface to the others. */
  readonly device: number;
}
