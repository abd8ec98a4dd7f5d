/**
 * What changes while packets pass: packets and bytes of each rule and policy, where each nth statistic stands, and what
 * other matches remember. It belongs to one host and goes with one rule set; its arrays are indexed by rule index.
 */
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

/** Counters of a rule set that was just loaded. */
export function emptyCounters(ruleset: Ruleset): RuleCounters {
  const counters = {
    packets: new Float64Array(ruleset.size),
    bytes: new Float64Array(ruleset.size),
    nth: new Int32Array(ruleset.size),
    matches: stateAfterLoad(ruleset),
  };
  resetNth(ruleset, counters.nth);
  return counters;
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
