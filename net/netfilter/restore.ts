/**
 * Loads rules as iptables-restore does: table by table, each whole or not at all.
 * @see iptables/iptables-restore.c
 */
import type { Family } from '../address.ts';
import type { RestoreProgram, TableBlock } from './command.ts';
import { emptyCounters, type RuleCounters } from './counters.ts';
import { Draft } from './draft.ts';
import { initialNth } from './extension/statistic.ts';
import type { TableId } from './hook.ts';
import { stateAfterCommit } from './load-state.ts';
import { readRules } from './parse.ts';
import { emptyRuleset, Ruleset } from './ruleset.ts';
import { RulesetError } from './ruleset-error.ts';
import { emptyTable, type Table } from './table.ts';

export interface RestoreOptions {
  /** `--noflush`: only chains that are declared are emptied; all others stay. */
  readonly noflush?: boolean;
  /** `--counters`: take over the counters that stand in the text. */
  readonly counters?: boolean;
}

/** Rules, and the counters that go with them. */
export interface RuleState {
  readonly ruleset: Ruleset;
  readonly counters: RuleCounters;
}

export interface Restored extends RuleState {
  /** Why it stopped; tables committed before stay, as with the real tool. */
  readonly error: RulesetError | undefined;
}

/**
 * Carries out a restore text or a program built without text. Rules that no command touches keep packets and bytes;
 * every nth statistic of a table that is committed starts anew, since the kernel gets the table as a whole.
 * @param file the text's name in errors
 */
export function restore(
  state: RuleState,
  input: string | RestoreProgram,
  options: RestoreOptions = {},
  file = 'stdin',
): Restored {
  const { family } = state.ruleset;
  const { program, error } =
    typeof input === 'string' ? readRules(input, file, { family }) : { program: input, error: undefined };
  let current = state;
  for (const block of program.blocks) {
    const next = commitBlock(current, block, options, program.file);
    // Opening a table loads it, even if nothing comes of the rest.
    if (next instanceof RulesetError) return { ...loaded(current, block.table), error: next };
    current = next;
  }
  return { ...current, error };
}

/**
 * Loads a text on a host that has no rules yet.
 * @throws {RulesetError}
 */
export function loadRules(text: string, file: string, options: RestoreOptions & { family?: Family } = {}): RuleState {
  const ruleset = emptyRuleset(options.family ?? 4);
  const { error, ...state } = restore({ ruleset, counters: emptyCounters(ruleset) }, text, options, file);
  if (error !== undefined) throw error;
  return state;
}

function commitBlock(
  state: RuleState,
  block: TableBlock,
  { noflush = false, counters = false }: RestoreOptions,
  file: string,
): RuleState | RulesetError {
  const draft = new Draft(state.ruleset, state.counters, state.ruleset.table(block.table) ?? emptyTable(block.table));
  if (!noflush) draft.clear();
  for (const command of block.commands) {
    const failure = draft.apply(command, counters, noflush);
    if (failure !== undefined) return new RulesetError(file, command.line, command.column, failure);
  }
  const refused = draft.refused();
  if (refused !== undefined) {
    const at = block.commands.find((command) => 'rules' in command && command.rules.includes(refused.rule));
    return new RulesetError(file, at?.line ?? block.line, at?.column ?? 1, refused.reason, true);
  }
  return commit(state, draft, block.table);
}

/** The state in which a table is there, even if nobody has put anything into it. */
export function loaded(state: RuleState, id: TableId): RuleState {
  if (state.ruleset.hasTable(id)) return state;
  return commit(state, new Draft(state.ruleset, state.counters, emptyTable(id)), id);
}

/**
 * The state with a changed table in it; counters of all others are carried over. Without a change nothing reaches the
 * kernel; with one, the counters of the table's policies start from 0 unless the text sets them.
 */
export function commit(state: RuleState, draft: Draft, id: TableId): RuleState {
  const { ruleset, counters } = state;
  if (!draft.changed && ruleset.hasTable(id)) return state;
  const table = draft.table();
  const known = ruleset.hasTable(id);
  const tables = known ? ruleset.tables.map((other) => (other.id === id ? table : other)) : [...ruleset.tables, table];
  const next = table === ruleset.table(id) ? ruleset : new Ruleset(ruleset.family, tables);
  const packets = new Float64Array(next.size);
  const bytes = new Float64Array(next.size);
  const nth = new Int32Array(next.size);
  for (const other of next.tables) {
    const to = next.base(other.id);
    if (other.id === id) {
      draft.writeCounters(table, to, packets, bytes);
      startNth(table, to, nth);
    } else {
      const from = ruleset.base(other.id);
      packets.set(counters.packets.subarray(from, from + other.size), to);
      bytes.set(counters.bytes.subarray(from, from + other.size), to);
      nth.set(counters.nth.subarray(from, from + other.size), to);
    }
  }
  return { ruleset: next, counters: { packets, bytes, nth, matches: stateAfterCommit(state, next, id) } };
}

function startNth(table: Table, base: number, nth: Int32Array): void {
  for (const [place, match] of table.nthRules) nth[base + place] = initialNth(match);
}
