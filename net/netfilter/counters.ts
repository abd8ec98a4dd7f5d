/**
 * What changes while packets pass: packets and bytes of each rule and policy, where each nth statistic stands, and what
 * other matches remember. It belongs to one host and goes with one rule set; its arrays are indexed by rule index.
 */
import type { Chain } from './chain.ts';
import { advanceNth, initialNth } from './extension/statistic.ts';
import { stateAfterLoad } from './load-state.ts';
import type { MatchState } from './match-state.ts';
import { reachedSlots } from './path.ts';
import type { Ruleset } from './ruleset.ts';

export interface RuleCounters {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** The kernel's own counter of a rule's nth statistic; 0 for other rules. */
  readonly nth: Int32Array;
  /** What other stateful matches remember. */
  readonly matches: MatchState;
}

/**
 * Counters of a rule set that was just loaded. Their arrays are made when the first packet is counted: of thousands of
 * hosts with the same rules most never see one.
 */
export function emptyCounters(ruleset: Ruleset): RuleCounters {
  return new FreshCounters(ruleset);
}

class FreshCounters implements RuleCounters {
  readonly #ruleset: Ruleset;
  #arrays: Omit<RuleCounters, 'matches'> | undefined;
  #matches: MatchState | undefined;

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset;
  }

  get packets(): Float64Array {
    return this.#made().packets;
  }

  get bytes(): Float64Array {
    return this.#made().bytes;
  }

  get nth(): Int32Array {
    return this.#made().nth;
  }

  get matches(): MatchState {
    this.#matches ??= stateAfterLoad(this.#ruleset);
    return this.#matches;
  }

  get isMade(): boolean {
    return this.#arrays !== undefined;
  }

  #made(): Omit<RuleCounters, 'matches'> {
    if (this.#arrays !== undefined) return this.#arrays;
    const { size } = this.#ruleset;
    const nth = new Int32Array(size);
    resetNth(this.#ruleset, nth);
    this.#arrays = { packets: new Float64Array(size), bytes: new Float64Array(size), nth };
    return this.#arrays;
  }
}

/** Whether nobody has counted anything, or asked for counts, since the load. */
export function isFresh(counters: RuleCounters): boolean {
  return counters instanceof FreshCounters && !counters.isMade;
}

/**
 * Counters after a load that counted nothing itself: rules that are still there keep theirs, policies of a table that
 * changed start from 0, and every nth statistic of such a table starts anew.
 * @param counters of `before`, whose matches remember nothing
 */
export function carriedCounters(before: Ruleset, counters: RuleCounters, after: Ruleset): RuleCounters {
  if (before === after) return counters;
  const next = emptyCounters(after);
  if (isFresh(counters)) return next;
  for (const table of after.tables) {
    const old = before.table(table.id);
    if (old === undefined) continue;
    const [from, to] = [before.base(table.id), after.base(table.id)];
    if (old === table) {
      next.packets.set(counters.packets.subarray(from, from + table.size), to);
      next.bytes.set(counters.bytes.subarray(from, from + table.size), to);
      next.nth.set(counters.nth.subarray(from, from + table.size), to);
      continue;
    }
    table.chains.forEach((chain, ordinal) => {
      const known = old.ordinals.get(chain.name);
      if (known === undefined) return;
      carryChain(old.chains[known]!, from + old.starts[known]!, counters, chain, to + table.starts[ordinal]!, next);
    });
  }
  return next;
}

/** Rules that a chain had before keep their order in it. */
function carryChain(
  old: Chain,
  from: number,
  { packets, bytes }: RuleCounters,
  chain: Chain,
  to: number,
  next: RuleCounters,
): void {
  let at = 0;
  for (let i = 0; i < chain.rules.length && at < old.rules.length; i++) {
    const found = old === chain ? i : old.rules.indexOf(chain.rules[i]!, at);
    if (found < 0) continue;
    next.packets[to + i] = packets[from + found]!;
    next.bytes[to + i] = bytes[from + found]!;
    at = found + 1;
  }
}

/** Puts every nth statistic of the rule set to where it stands after a load. */
export function resetNth(ruleset: Ruleset, nth: Int32Array): void {
  for (const table of ruleset.tables) {
    const base = ruleset.base(table.id);
    for (const [place, match] of table.nthRules) nth[base + place] = initialNth(match);
  }
}

/** Puts everything that belongs to single rules to where it stands after a load; lists shared by name stay. */
export function restart(ruleset: Ruleset, { nth, matches }: RuleCounters): void {
  resetNth(ruleset, nth);
  for (const key of matches.keys()) if (typeof key === 'number') matches.delete(key);
}

/** Zeroes packets and bytes, of all rules or of those from `first` to before `behind`. */
export function zero(counters: RuleCounters, first = 0, behind = counters.packets.length): void {
  counters.packets.fill(0, first, behind);
  counters.bytes.fill(0, first, behind);
}

/**
 * Counts one packet along the path that it took, as the kernel does: each rule that matched, the policy that decided,
 * and each nth statistic that was evaluated, whether its rule matched or not. Changes `counters` in place.
 * @param codes as `Path` holds them
 * @param sizeBytes total length of the IP packet
 * @see net/ipv4/netfilter/ip_tables.c ipt_do_table, net/netfilter/xt_statistic.c statistic_mt
 */
export function count(
  ruleset: Ruleset,
  counters: RuleCounters,
  codes: ArrayLike<number>,
  sizeBytes: number,
  length: number = codes.length,
): void {
  const { packets, bytes, nth } = counters;
  for (let at = 0; at < length; at++) {
    const code = codes[at]!;
    const index = code >> 1;
    if ((code & 1) === 0) {
      packets[index]! += 1;
      bytes[index]! += sizeBytes;
    }
  }
  if (!ruleset.countsNth) return;
  for (let at = 0; at < length; at++) {
    const index = codes[at]! >> 1;
    const table = ruleset.tableAt(index);
    const place = index - ruleset.base(table.id);
    const match = table.nthRules.get(place);
    if (match === undefined) continue;
    const reached = reachedSlots(codes, length, at);
    if (reached === 0 || reached > table.statefulRules.get(place)!.indexOf(match))
      nth[index] = advanceNth(match, nth[index]!);
    at += Math.max(0, reached - 1);
  }
}
