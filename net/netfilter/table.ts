/**
 * A table: its chains in the order of printing, and where each stands in the numbering of the table's rules. Tables
 * are immutable; a rule set that changes one of them shares the others.
 */
import { invariant } from '../../core/error.ts';
import { type Chain, chainSize, type Policy } from './chain.ts';
import { isStateful } from './extension/match-list.ts';
import { isNth, type StatisticMatch } from './extension/statistic.ts';
import { HOOK_NAMES, type Hook, TABLE_HOOKS, TABLE_NAMES, type TableId, type TableName } from './hook.ts';
import type { Match } from './match.ts';
import { SLOTS } from './match-state.ts';
import { compile, type TableProgram } from './program.ts';
import { TargetKind } from './target.ts';

export class Table {
  readonly id: TableId;
  /** Builtin chains in the order of their hooks, then user chains by name. */
  readonly chains: readonly Chain[];
  /** Position of each chain in `chains`. */
  readonly ordinals: ReadonlyMap<string, number>;
  /** First place of each chain in the numbering of this table, and the number of places behind the last. */
  readonly starts: Int32Array;
  /** First place of the builtin chain of each hook, or -1. */
  readonly entries: Int32Array;
  /** Place of the policy of each hook, or -1. */
  readonly policies: Int32Array;
  #program: TableProgram | undefined;
  #nthRules: ReadonlyMap<number, StatisticMatch> | undefined;
  #statefulRules: ReadonlyMap<number, readonly Match[]> | undefined;
  #leavesMarks: boolean | undefined;

  /** @param chains the builtin chains of the table and any user chains, in any order; names must differ */
  constructor(id: TableId, chains: Iterable<Chain>) {
    this.id = id;
    this.chains = sorted(id, chains);
    this.ordinals = new Map(this.chains.map((chain, ordinal) => [chain.name, ordinal]));
    this.starts = new Int32Array(this.chains.length + 1);
    this.entries = new Int32Array(HOOK_NAMES.length).fill(-1);
    this.policies = new Int32Array(HOOK_NAMES.length).fill(-1);
    this.chains.forEach((chain, ordinal) => {
      this.starts[ordinal + 1] = this.starts[ordinal]! + chainSize(chain);
      const hook = chain.policy === undefined ? -1 : HOOK_NAMES.indexOf(chain.name as (typeof HOOK_NAMES)[number]);
      if (hook < 0) return;
      this.entries[hook] = this.starts[ordinal]!;
      this.policies[hook] = this.starts[ordinal + 1]! - 1;
    });
  }

  get name(): TableName {
    return TABLE_NAMES[this.id]!;
  }

  /** Rules and policies. */
  get size(): number {
    return this.starts[this.chains.length]!;
  }

  chain(name: string): Chain | undefined {
    const ordinal = this.ordinals.get(name);
    return ordinal === undefined ? undefined : this.chains[ordinal];
  }

  /** The places of rules with an nth statistic, and the first such match of each. */
  get nthRules(): ReadonlyMap<number, StatisticMatch> {
    this.#nthRules ??= nthRulesOf(this.chains, this.starts);
    return this.#nthRules;
  }

  /** The places of rules with matches that remember something, the first nth statistic included, and those matches. */
  get statefulRules(): ReadonlyMap<number, readonly Match[]> {
    this.#statefulRules ??= statefulRulesOf(this.chains, this.starts);
    return this.#statefulRules;
  }

  /** Whether a rule changes something that outlasts the packet's way through the host: a connection's mark, an MSS. */
  get leavesMarks(): boolean {
    this.#leavesMarks ??= this.chains.some(({ rules }) =>
      rules.some(({ target }) => target.kind === TargetKind.ClampMss || target.kind === TargetKind.Connmark),
    );
    return this.#leavesMarks;
  }

  /** Made when the first packet asks. */
  get program(): TableProgram {
    this.#program ??= compile(this.chains, this.starts, this.ordinals, this.size, this.nthRules, this.statefulRules);
    return this.#program;
  }

  /** Position of the chain that holds a place of this table's numbering. */
  ordinalAt(place: number): number {
    let low = 0;
    let high = this.chains.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** A table as the kernel makes it when it is first used. */
export function emptyTable(id: TableId, policy: Policy = 'ACCEPT'): Table {
  return new Table(
    id,
    TABLE_HOOKS[id]!.map((hook) => ({ name: HOOK_NAMES[hook], policy, rules: [] })),
  );
}

/** The hook whose builtin chain of this table has the name, or undefined for a user chain's name. */
export function builtinHook(id: TableId, name: string): Hook | undefined {
  return TABLE_HOOKS[id]!.find((hook) => HOOK_NAMES[hook] === name);
}

function nthRulesOf(chains: readonly Chain[], starts: ArrayLike<number>): Map<number, StatisticMatch> {
  const found = new Map<number, StatisticMatch>();
  chains.forEach(({ rules }, ordinal) => {
    for (let i = 0; i < rules.length; i++) {
      const match = rules[i]!.matches.find(isNth);
      if (match !== undefined) found.set(starts[ordinal]! + i, match);
    }
  });
  return found;
}

function statefulRulesOf(chains: readonly Chain[], starts: ArrayLike<number>): Map<number, readonly Match[]> {
  const found = new Map<number, readonly Match[]>();
  chains.forEach(({ rules }, ordinal) => {
    for (let i = 0; i < rules.length; i++) {
      const { matches } = rules[i]!;
      if (!matches.some((match) => match.name === 'statistic' || isStateful(match))) continue;
      const nth = matches.find(isNth);
      const stateful = matches.filter((match) => match === nth || isStateful(match)).slice(0, SLOTS);
      if (stateful.length > 0) found.set(starts[ordinal]! + i, stateful);
    }
  });
  return found;
}

function sorted(id: TableId, chains: Iterable<Chain>): Chain[] {
  const builtin: Chain[] = [];
  const user: Chain[] = [];
  for (const chain of chains) (chain.policy === undefined ? user : builtin).push(chain);
  const hooks = TABLE_HOOKS[id]!;
  invariant(builtin.length === hooks.length, 'A table has one chain with a policy on each of its hooks');
  const rank = (chain: Chain) => hooks.findIndex((hook) => HOOK_NAMES[hook] === chain.name);
  builtin.sort((a, b) => rank(a) - rank(b));
  user.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [...builtin, ...user];
}
