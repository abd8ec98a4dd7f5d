/**
 * A table under change, between the first command of a block and its COMMIT: what libiptc holds in memory. Chains that
 * no command touches are carried over by reference, with their counters.
 * @see libiptc/libiptc.c
 */
import type { Chain, Policy } from './chain.ts';
import type { Command, Count, RuleCommand } from './command.ts';
import type { RuleCounters } from './counters.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { Failure } from './failure.ts';
import { printBody } from './print.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import type { Rule } from './rule.ts';
import type { Ruleset } from './ruleset.ts';
import { builtinHook, Table } from './table.ts';
import { TargetKind } from './target.ts';

interface DraftChain {
  /** As it stands in `rules`; undefined for a chain that the table has not had. */
  readonly original: Chain | undefined;
  name: string;
  policy: Policy | undefined;
  /** Own copies once the chain was touched; until then those of the original. */
  rules: Rule[] | undefined;
  packets: number[];
  bytes: number[];
  /** What a declaration set; else a commit puts the policy's counters to 0. */
  policyCount: Count;
  /** First index of the original in the counters. */
  readonly first: number;
}

export class Draft {
  readonly #table: Table;
  readonly #counters: RuleCounters;
  readonly #chains = new Map<string, DraftChain>();
  /** Whether there is anything to hand to the kernel. */
  changed = false;
  /** How many rules jump to each chain; counted when first asked. */
  #references: Map<string, number> | undefined;

  constructor(ruleset: Ruleset, counters: RuleCounters, table: Table) {
    this.#table = table;
    this.#counters = counters;
    const base = ruleset.hasTable(table.id) ? ruleset.base(table.id) : -1;
    table.chains.forEach((chain, ordinal) => {
      const first = base < 0 ? -1 : base + table.starts[ordinal]!;
      const { name, policy } = chain;
      const draft = {
        original: chain,
        name,
        policy,
        rules: undefined,
        packets: NO_COUNTS,
        bytes: NO_COUNTS,
        policyCount: NONE,
        first,
      };
      this.#chains.set(name, draft);
    });
  }

  /** Empties every chain and removes the user chains; policies stay. */
  clear(): void {
    for (const [name, chain] of this.#chains) {
      if (chain.policy === undefined) this.#chains.delete(name);
      else this.#flush(chain);
    }
    this.#references = undefined;
    this.changed = true;
  }

  has(chain: string): boolean {
    return this.#chains.has(chain);
  }

  /**
   * Carries out one command.
   * @param withCounts whether counters that stand in the text are taken over
   * @returns why it failed, one of `Failure` or a sentence; undefined when it is done
   */
  apply(command: Command, withCounts: boolean, noflush: boolean): string | undefined {
    const reads = command.kind === 'list' || command.kind === 'list-rules' || command.kind === 'check';
    if (!reads) this.changed = true;
    switch (command.kind) {
      case 'declare':
        return this.#declare(command.chain, command.policy, withCounts ? command.count : undefined, noflush);
      case 'create':
        if (this.#chains.has(command.chain)) return Failure.ChainExists;
        this.#create(command.chain);
        return undefined;
      case 'policy':
        return this.#setPolicy(command.chain, command.policy, undefined);
      case 'rename':
        return this.#rename(command.chain, command.to);
      case 'flush':
        return this.#each(command.chain, (chain) => this.#flush(chain));
      case 'zero':
        return this.#zero(command.chain, command.position);
      case 'delete-chain':
        return this.#delete(command.chain);
      case 'delete-position':
        return this.#deleteAt(command.chain, command.position);
      case 'list':
      case 'list-rules':
        return command.chain === '' || this.#chains.has(command.chain) ? undefined : Failure.NoChain;
      default:
        return this.#change(command, withCounts);
    }
  }

  #declare(name: string, policy: string, count: Count | undefined, noflush: boolean): string | undefined {
    if (builtinHook(this.#table.id, name) === undefined) {
      const known = this.#chains.get(name);
      if (known === undefined) this.#create(name);
      else if (noflush) this.#flush(known);
      else return `error creating chain '${name}':File exists`;
    }
    if (policy === '-') return undefined;
    const failure = this.#setPolicy(name, policy, count ?? NONE);
    return failure === undefined ? undefined : `Can't set policy \`${policy}' on \`${name}': ${failure}`;
  }

  #create(name: string): void {
    this.#chains.set(name, {
      original: undefined,
      name,
      policy: undefined,
      rules: [],
      packets: [],
      bytes: [],
      policyCount: NONE,
      first: -1,
    });
  }

  #setPolicy(name: string, policy: string, count: Count | undefined): string | undefined {
    const chain = this.#chains.get(name);
    if (chain?.policy === undefined) return Failure.NotBuiltin;
    if (policy !== 'ACCEPT' && policy !== 'DROP') return Failure.BadPolicy;
    this.#own(chain);
    chain.policy = policy;
    chain.policyCount = count ?? NONE;
    return undefined;
  }

  #rename(name: string, to: string): string | undefined {
    const chain = this.#chains.get(name);
    if (chain?.policy !== undefined || chain === undefined) return Failure.NoChain;
    if (this.#chains.has(to)) return Failure.FileExists;
    this.#own(chain);
    this.#chains.delete(name);
    chain.name = to;
    this.#chains.set(to, chain);
    for (const other of this.#chains.values()) {
      if (!this.#rulesOf(other).some((rule) => jumpsTo(rule, name))) continue;
      const rules = this.#own(other);
      rules.forEach((rule, i) => {
        if (jumpsTo(rule, name)) rules[i] = { ...rule, target: { ...rule.target, name: to } as Rule['target'] };
      });
    }
    this.#references = undefined;
    return undefined;
  }

  #each(name: string, change: (chain: DraftChain) => void): string | undefined {
    if (name === '') {
      for (const chain of this.#chains.values()) change(chain);
      return undefined;
    }
    const chain = this.#chains.get(name);
    if (chain === undefined) return Failure.NoChain;
    change(chain);
    return undefined;
  }

  #zero(name: string, position: number): string | undefined {
    if (position === 0) {
      return this.#each(name, (chain) => {
        this.#own(chain);
        chain.packets.fill(0);
        chain.bytes.fill(0);
        chain.policyCount = NONE;
      });
    }
    const chain = this.#chains.get(name);
    if (chain === undefined) return Failure.NoChain;
    if (position > this.#own(chain).length) return Failure.CounterTooBig;
    chain.packets[position - 1] = chain.bytes[position - 1] = 0;
    return undefined;
  }

  #delete(name: string): string | undefined {
    if (name !== '') {
      const chain = this.#chains.get(name);
      if (chain === undefined) return Failure.NoChain;
      return this.#deleteOne(chain);
    }
    for (const chain of [...this.#chains.values()]) {
      const failure = chain.policy === undefined ? this.#deleteOne(chain) : undefined;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #deleteOne(chain: DraftChain): string | undefined {
    if (chain.policy !== undefined) return Failure.Invalid;
    if ((this.#counted().get(chain.name) ?? 0) > 0) return Failure.Referenced;
    if (this.#rulesOf(chain).length > 0) return Failure.NotEmpty;
    this.#chains.delete(chain.name);
    return undefined;
  }

  #deleteAt(name: string, position: number): string | undefined {
    const chain = this.#chains.get(name);
    if (chain === undefined) return Failure.NoChain;
    if (position > this.#rulesOf(chain).length) return Failure.DeleteTooBig;
    this.#remove(chain, position - 1);
    return undefined;
  }

  #change(command: RuleCommand, withCounts: boolean): string | undefined {
    const chain = this.#chains.get(command.chain);
    if (chain === undefined) {
      return command.kind === 'delete' || command.kind === 'check' ? Failure.NoRule : Failure.NoChain;
    }
    const count = (withCounts ? command.count : undefined) ?? NONE;
    for (const rule of command.rules) {
      const failure = this.#targetFailure(rule) ?? this.#changeOne(chain, command, rule, count);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #targetFailure({ target }: Rule): string | undefined {
    if (
      target.kind === TargetKind.Unknown &&
      this.#chains.has(target.name) &&
      targetExtensionOf(target.name) === undefined
    ) {
      return `unknown option "${target.text.trim().split(' ')[0]}"`;
    }
    if (target.kind !== TargetKind.Jump && target.kind !== TargetKind.Goto) return undefined;
    const chain = this.#chains.get(target.name);
    if (chain?.policy !== undefined) return Failure.Invalid;
    if (chain !== undefined) return undefined;
    return target.kind === TargetKind.Goto
      ? `goto '${target.name}' is not a chain`
      : `Couldn't load target \`${target.name}':No such file or directory`;
  }

  #changeOne(chain: DraftChain, command: RuleCommand, rule: Rule, count: Count): string | undefined {
    const { kind, position } = command;
    if (kind === 'delete' || kind === 'check') {
      const body = printBody(rule);
      const at = this.#rulesOf(chain).findIndex((other) => printBody(other) === body);
      if (at < 0) return Failure.NoRule;
      if (kind === 'delete') this.#remove(chain, at);
      return undefined;
    }
    const rules = this.#own(chain);
    if (kind === 'insert' && position > rules.length + 1) return Failure.InsertTooBig;
    if (kind === 'replace' && position > rules.length) return Failure.ReplaceTooBig;
    const at = kind === 'append' ? rules.length : position - 1;
    const replaced = kind === 'replace' ? 1 : 0;
    if (replaced === 1) this.#refer(rules[at]!, -1);
    rules.splice(at, replaced, rule);
    chain.packets.splice(at, replaced, count.packets);
    chain.bytes.splice(at, replaced, count.bytes);
    this.#refer(rule, 1);
    return undefined;
  }

  #remove(chain: DraftChain, at: number): void {
    const rules = this.#own(chain);
    this.#refer(rules[at]!, -1);
    rules.splice(at, 1);
    chain.packets.splice(at, 1);
    chain.bytes.splice(at, 1);
  }

  #flush(chain: DraftChain): void {
    if (this.#references !== undefined) for (const rule of this.#rulesOf(chain)) this.#refer(rule, -1);
    if (chain.rules === undefined && this.#rulesOf(chain).length === 0) return;
    chain.rules = [];
    chain.packets = [];
    chain.bytes = [];
  }

  #rulesOf(chain: DraftChain): readonly Rule[] {
    return chain.rules ?? chain.original!.rules;
  }

  /** The chain's rules to change, with their counters. */
  #own(chain: DraftChain): Rule[] {
    if (chain.rules !== undefined) return chain.rules;
    const { original, first } = chain;
    chain.rules = [...original!.rules];
    const { length } = chain.rules;
    const copy = (from: Float64Array) => (first < 0 ? [] : [...from.subarray(first, first + length)]);
    chain.packets = copy(this.#counters.packets);
    chain.bytes = copy(this.#counters.bytes);
    return chain.rules;
  }

  #counted(): Map<string, number> {
    if (this.#references === undefined) {
      this.#references = new Map();
      for (const chain of this.#chains.values()) for (const rule of this.#rulesOf(chain)) this.#refer(rule, 1);
    }
    return this.#references;
  }

  #refer({ target }: Rule, by: number): void {
    if (this.#references === undefined || (target.kind !== TargetKind.Jump && target.kind !== TargetKind.Goto)) return;
    this.#references.set(target.name, (this.#references.get(target.name) ?? 0) + by);
  }

  /** What the kernel would object to, or undefined. */
  refused(): Refusal | undefined {
    return refusalOf(this.#table.id, (name) => this.#rulesOf(this.#chains.get(name)!));
  }

  /** The table as it is now; the same object when nothing was changed. */
  table(): Table {
    const chains: Chain[] = [];
    let same = this.#chains.size === this.#table.chains.length;
    for (const chain of this.#chains.values()) {
      const { original, name, policy, rules } = chain;
      const kept = rules === undefined ? original : undefined;
      if (kept === undefined) same = false;
      chains.push(kept ?? { name, policy, rules: rules! });
    }
    return same ? this.#table : new Table(this.#table.id, chains);
  }

  /** Puts the counters of every rule where they belong in the numbering of `table()`. */
  writeCounters(table: Table, base: number, packets: Float64Array, bytes: Float64Array): void {
    table.chains.forEach(({ name, policy, rules }, ordinal) => {
      const chain = this.#chains.get(name)!;
      const at = base + table.starts[ordinal]!;
      if (chain.rules !== undefined) {
        packets.set(chain.packets, at);
        bytes.set(chain.bytes, at);
      } else if (chain.first >= 0) {
        packets.set(this.#counters.packets.subarray(chain.first, chain.first + rules.length), at);
        bytes.set(this.#counters.bytes.subarray(chain.first, chain.first + rules.length), at);
      }
      if (policy === undefined) return;
      packets[at + rules.length] = chain.policyCount.packets;
      bytes[at + rules.length] = chain.policyCount.bytes;
    });
  }
}

/** Stands in a chain that was not touched; never written to. */
const NO_COUNTS: number[] = [];
const NONE: Count = { packets: 0, bytes: 0 };

function jumpsTo({ target }: Rule, name: string): boolean {
  return (target.kind === TargetKind.Jump || target.kind === TargetKind.Goto) && target.name === name;
}
