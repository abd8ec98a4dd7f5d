/**
 * Events after which packets may go other ways than before. Whatever is not known to leave routes, rules, addresses,
 * neighbours, links and settings alone counts as one: what hosts remember of ways is void behind it.
 */
import type { Evolve } from '../core/decider.ts';
import type { NetState } from './network.ts';

/** Handlers that do as those given and let `Network.generation` move on, before and behind. */
export function unsettling<S extends NetState, T = Readonly<Record<number, Evolve<S, never>>>>(
  evolve: T & Readonly<Record<number, Evolve<S, never>>>,
): T {
  const moved = Object.entries(evolve).map(([kind, handle]) => [
    kind,
    (state: S, event: never): void => {
      state.net.generation++;
      handle(state, event);
      state.net.generation++;
    },
  ]);
  return Object.fromEntries(moved) as T;
}
