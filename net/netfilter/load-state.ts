/**
 * What becomes of the memory of matches when a table is loaded: the kernel gets the table as a whole, so what belongs to
 * one of its rules starts anew; what is shared by name lives on as long as one rule of the host names it.
 */
import { type HashlimitMatch, hashTableWith } from './extension/hashlimit.ts';
import { type RecentMatch, recentListWith } from './extension/recent.ts';
import type { TableId } from './hook.ts';
import { type HashTable, type MatchState, type RecentList, SLOTS } from './match-state.ts';
import type { RuleState } from './restore.ts';
import type { Ruleset } from './ruleset.ts';
import type { Table } from './table.ts';

/** What the matches of a rule set remember that was just loaded. */
export function stateAfterLoad(ruleset: Ruleset): MatchState {
  const state: MatchState = new Map();
  for (const table of ruleset.tables) announce(table, state);
  return state;
}

/** @param next the rule set in which the table `id` has been replaced */
export function stateAfterCommit({ ruleset, counters }: RuleState, next: Ruleset, id: TableId): MatchState {
  const state: MatchState = new Map();
  if (counters.matches.size > 0) {
    const names = namesIn(next);
    for (const [key, value] of counters.matches) {
      if (typeof key === 'string') {
        if (names.has(value.owner)) state.set(key, value);
        continue;
      }
      const index = Math.floor(key / SLOTS);
      const table = ruleset.tableAt(index);
      if (table.id !== id) state.set(key + (next.base(table.id) - ruleset.base(table.id)) * SLOTS, value);
    }
  }
  const table = next.table(id);
  if (table !== undefined) announce(table, state);
  return state;
}

function namesIn(ruleset: Ruleset): Set<string> {
  const names = new Set<string>();
  for (const table of ruleset.tables) {
    for (const matches of table.statefulRules.values()) {
      for (const match of matches) {
        if (match.name === 'recent') names.add((match as RecentMatch).list);
        else if (match.name === 'hashlimit') names.add((match as HashlimitMatch).table);
      }
    }
  }
  return names;
}

/** Each rule of a table makes the lists that it names, or has its say in them, in order. */
function announce(table: Table, state: MatchState): void {
  for (const matches of table.statefulRules.values()) {
    for (const match of matches) {
      if (match.name === 'recent') {
        const one = match as RecentMatch;
        state.set(one.list, recentListWith(one, state.get(one.list) as RecentList | undefined));
      } else if (match.name === 'hashlimit') {
        const one = match as HashlimitMatch;
        state.set(one.table, hashTableWith(one, state.get(one.table) as HashTable | undefined));
      }
    }
  }
}
