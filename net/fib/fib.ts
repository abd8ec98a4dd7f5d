/**
 * What every table for longest-prefix match is: prefixes of one address family, each with a number. Look-ups are integer
 * work on typed arrays and allocate nothing; there is one file for each way to do it.
 */
import type { Family, Prefix } from '../address.ts';

/** The largest number that a prefix may have; 0 says that no prefix holds the address. */
export const LARGEST_VALUE = 2 ** 24 - 1;

export interface Fib {
  /** Number of prefixes. */
  readonly size: number;
  /** Bytes of the arrays that a look-up may read. */
  readonly lookupBytes: number;
  /** Bytes of what is kept beside them for inserts and removals alone. */
  readonly updateBytes: number;
  /** Puts a prefix in, or changes its number. @param value 1 to `LARGEST_VALUE` */
  insert(prefix: Prefix, value: number): void;
  /** The number of exactly this prefix, or 0. */
  find(prefix: Prefix): number;
  /** @returns whether the prefix was there */
  remove(prefix: Prefix): boolean;
  /** The number of the longest prefix that holds an address, or 0. @param word0 an IPv4 address has this one alone */
  lookup(word0: number, word1: number, word2: number, word3: number): number;
}

/** One way to do it. */
export interface FibKind {
  readonly name: string;
  /** Why a family is not served. */
  readonly without: { readonly [F in Family]?: string };
  /** A table that holds these prefixes, `values[i]` being the number of `prefixes[i]`. */
  build(family: Family, prefixes: readonly Prefix[], values: ArrayLike<number>): Fib;
}

/** Puts prefixes into a table one by one. */
export function inserted<F extends Fib>(fib: F, prefixes: readonly Prefix[], values: ArrayLike<number>): F {
  for (let i = 0; i < prefixes.length; i++) fib.insert(prefixes[i]!, values[i]!);
  return fib;
}
