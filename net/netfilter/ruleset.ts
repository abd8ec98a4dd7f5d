/**
 * The rules of one host and one address family, as an immutable value that hosts may share. All rules and policies
 * of its tables are numbered 0..size-1 in one flat numbering: table by table in the order of their first load, chain
 * by chain, a policy right behind the last rule of its chain. What changes while packets pass stands in `RuleCounters`.
 */
import type { Family } from '../address.ts';
import type { Chain } from './chain.ts';
import { HOOK_TABLES, type Hook, TABLE_NAMES, TableId } from './hook.ts';
import type { Rule } from './rule.ts';
import { isSteady } from './steady.ts';
import type { Table } from './table.ts';

export class Ruleset {
  readonly family: Family;
  /** In the order of their first load; a table that was never used isn't there. */
  readonly tables: readonly Table[];
  /** Number of the first rule of each table, by its position in `tables`. */
  readonly bases: readonly number[];
  /** Rules and policies. */
  readonly size: number;
  readonly #byId: (Table | undefined)[] = new Array(TABLE_NAMES.length).fill(undefined);
  readonly #baseById = new Int32Array(TABLE_NAMES.length);

  readonly #onHook: readonly (readonly TableId[])[];

  #countsNth: boolean | undefined;
  #remembers: boolean | undefined;
  #isSteady: boolean | undefined;

  constructor(family: Family, tables: readonly Table[]) {
    this.family = family;
    this.tables = tables;
    const bases: number[] = [];
    let size = 0;
    for (const table of tables) {
      bases.push(size);
      this.#byId[table.id] = table;
      this.#baseById[table.id] = size;
      size += table.size;
    }
    this.bases = bases;
    this.size = size;
    this.#onHook = HOOK_TABLES.map((ids) => ids.filter((id) => this.#byId[id] !== undefined));
  }

  /** Whether any rule has an nth statistic. */
  get countsNth(): boolean {
    this.#countsNth ??= this.tables.some((table) => table.nthRules.size > 0);
    return this.#countsNth;
  }

  /** Whether a packet may leave more behind than counts: matches that remember it, a mark on its connection, another MSS. */
  get remembers(): boolean {
    this.#remembers ??= this.tables.some(
      (table) => table.statefulRules.size > table.nthRules.size || table.leavesMarks,
    );
    return this.#remembers;
  }

  /** Whether segments of one open connection meet the same rules and ends, each like the one before. */
  get isSteady(): boolean {
    this.#isSteady ??= this.tables.every((table) => table.id === TableId.Nat || isSteady(table));
    return this.#isSteady;
  }

  /** Tables on a hook that were ever loaded, in their order. */
  tablesOn(hook: Hook): readonly TableId[] {
    return this.#onHook[hook]!;
  }

  hasTable(id: TableId): boolean {
    return this.#byId[id] !== undefined;
  }

  table(id: TableId): Table | undefined {
    return this.#byId[id];
  }

  /** Number of a table's first rule; 0 for a table that isn't there. */
  base(id: TableId): number {
    return this.#baseById[id]!;
  }

  /** The table that holds a rule index. */
  tableAt(index: number): Table {
    let at = this.tables.length - 1;
    while (this.bases[at]! > index) at--;
    return this.tables[at]!;
  }

  /** The chain that holds a rule index, rule or policy. */
  chainAt(index: number): Chain {
    const table = this.tableAt(index);
    return table.chains[table.ordinalAt(index - this.base(table.id))]!;
  }

  /** The rule of an index; undefined where the index is a policy's. */
  rule(index: number): Rule | undefined {
    const table = this.tableAt(index);
    const place = index - this.base(table.id);
    const ordinal = table.ordinalAt(place);
    return table.chains[ordinal]!.rules[place - table.starts[ordinal]!];
  }

  /** Indices of a chain's rules, and of its policy, if it has one: [first, behind the last). */
  span(id: TableId, chain: string): readonly [number, number] | undefined {
    const table = this.#byId[id];
    const ordinal = table?.ordinals.get(chain);
    if (table === undefined || ordinal === undefined) return undefined;
    const base = this.base(id);
    return [base + table.starts[ordinal]!, base + table.starts[ordinal + 1]!];
  }
}

const EMPTY: Readonly<Record<Family, Ruleset>> = { 4: new Ruleset(4, []), 6: new Ruleset(6, []) };

/** The rules of a host on which nobody has loaded any: one record for all of them. */
export function emptyRuleset(family: Family = 4): Ruleset {
  return EMPTY[family];
}
