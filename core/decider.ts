/**
 * The spine: what a simulated world must say of itself. Commands are what should happen at an instant, events are
 * facts; `decide` turns one into the other, `evolve` folds facts into state, `plan` says what follows from them.
 *
 * Commands and events are flat literals with a numeric `kind`; handlers stand in one table per kind, because reading
 * `kind` once and going through a table stays fast with any number of shapes.
 */

/** A flat record of one kind, at an instant in nanoseconds. */
export interface Kinded {
  readonly kind: number;
  readonly at: number;
}

/** The member of a union that has kind `K`. */
export type Of<T, K> = Extract<T, { readonly kind: K }>;

/**
 * A random number that depends on nothing but the seed and these three words, so no feature shifts another's luck.
 * @returns an integer in [0, 2^32)
 */
export type Draw = (purpose: number, subject: number, index?: number) => number;

/** The streams that commands go out on, each with exactly one responder. */
export type Plane = 'packet' | 'dns' | 'reconcile' | 'workload';

export const PLANES: readonly Plane[] = ['packet', 'dns', 'reconcile', 'workload'];

export type Decide<S, C, E> = (state: S, command: C, draw: Draw, emit: (event: E) => void) => void;
export type Evolve<S, E> = (state: S, event: E) => void;
export type Plan<S, C, E> = (state: S, event: E, schedule: (command: C) => void) => void;

/** Tables indexed by kind. A kind left out of `decide` or `evolve` does not compile; `plan` is for kinds with a sequel. */
export interface Decider<S, C extends Kinded, E extends Kinded> {
  readonly decide: { readonly [K in C['kind']]: Decide<S, Of<C, K>, E> };
  readonly evolve: { readonly [K in E['kind']]: Evolve<S, Of<E, K>> };
  readonly plan: { readonly [K in E['kind']]?: Plan<S, C, Of<E, K>> };
  /** Order of commands that fall due at the same instant, lowest first; equal ranks go in order of scheduling. */
  readonly rank: { readonly [K in C['kind']]: number };
  readonly plane: { readonly [K in C['kind']]: Plane };
}

/** A table by kind as an array: what every step reads must not be looked up in a dictionary. */
export function byKind<T>(table: Readonly<Record<number, T>>): readonly T[] {
  const kinds = Object.keys(table).map(Number);
  return Array.from({ length: Math.max(0, ...kinds) + 1 }, (_, kind) => table[kind]!);
}
