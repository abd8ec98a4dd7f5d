/**
 * What matches remember from packet to packet: token buckets of single rules, and lists that rules share by name. It
 * belongs to one host. A decision reads it through a layer of its own, so that a rule sees what an earlier one did to
 * the same packet; `evolve` follows the path again and writes. Values are never changed in place.
 */

/** A token bucket of one rule. @see net/netfilter/xt_limit.c */
export interface TokenBucket {
  readonly owner: '';
  readonly credit: number;
  /** Tick of the last look. */
  readonly seenAt: number;
}

/** @see net/netfilter/xt_recent.c struct recent_entry */
export interface RecentEntry {
  readonly ttl: number;
  /** Ticks, at most `RecentList.stamps`; a ring whose next place is `index`. */
  readonly stamps: readonly number[];
  readonly index: number;
}

/** A list of `-m recent --name`. */
export interface RecentList {
  /** Key of the list in the store. */
  readonly owner: string;
  /** Four int32 words: the part of an address that counts, as the rule says that made the list. */
  readonly masks: readonly number[];
  /** How many stamps an address has, a power of two. */
  readonly stamps: number;
  /** By address, the one longest untouched first. */
  readonly entries: ReadonlyMap<number | string, RecentEntry>;
}

/** A table of `-m hashlimit --hashlimit-name`: the settings of the rule that made it hold for all that share it. */
export interface HashTable {
  readonly owner: string;
  readonly settings: object;
}

/** One bucket of a hashlimit table. @see net/netfilter/xt_hashlimit.c struct dsthash_ent */
export interface HashBucket {
  /** Key of its table. */
  readonly owner: string;
  readonly credit: bigint;
  readonly seenAt: number;
  /** Tick from which it may be forgotten. */
  readonly expiresAt: number;
}

export type Memory = TokenBucket | RecentList | HashTable | HashBucket;

/** Numbers name what belongs to one match of one rule (`ownKey`), texts what is shared by name. */
export interface MatchStore {
  get(key: number | string): Memory | undefined;
  set(key: number | string, value: Memory): unknown;
}

export type MatchState = Map<number | string, Memory>;

/** Stateful matches that one rule may have. */
export const SLOTS = 8;

/** Key of the state that belongs to one rule alone. @param slot which of its stateful matches, 0 to `SLOTS` - 1 */
export function ownKey(ruleIndex: number, slot: number): number {
  return ruleIndex * SLOTS + slot;
}

/** What a decision would change, over what is there. */
export class PendingMatches implements MatchStore {
  #base: MatchStore = new Map();
  readonly #changes: MatchState = new Map();

  /** Sets out anew, over the state of a host. */
  begin(base: MatchStore): void {
    this.#base = base;
    if (this.#changes.size > 0) this.#changes.clear();
  }

  get(key: number | string): Memory | undefined {
    return (this.#changes.size === 0 ? undefined : this.#changes.get(key)) ?? this.#base.get(key);
  }

  set(key: number | string, value: Memory): void {
    this.#changes.set(key, value);
  }
}
