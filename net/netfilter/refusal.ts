/**
 * What the kernel checks when a table is handed over: no loop within reach of a hook, and no match or target on a hook
 * where it doesn't work. Chains that no hook reaches may hold anything.
 * @see net/ipv4/netfilter/ip_tables.c mark_source_chains, net/netfilter/x_tables.c xt_check_target
 */
import { matchExtensionOf } from './extension/match-list.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { Failure } from './failure.ts';
import { HOOK_NAMES, type Hook, TABLE_HOOKS, type TableId } from './hook.ts';
import type { Rule } from './rule.ts';
import { TargetKind } from './target.ts';

/** The rule that the kernel refuses, and why. */
export interface Refusal {
  readonly rule: Rule;
  /** One of `Failure`, as iptables says it. */
  readonly failure: string;
  readonly reason: string;
}

/** @param rulesOf the rules of a chain of the table, by name */
export function refusalOf(table: TableId, rulesOf: (chain: string) => readonly Rule[]): Refusal | undefined {
  for (const hook of TABLE_HOOKS[table]!) {
    const refusal = visit(HOOK_NAMES[hook]!, hook, rulesOf, new Set(), new Set());
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** @param above chains that led here; @param seen chains that were looked at already */
function visit(
  chain: string,
  hook: Hook,
  rulesOf: (chain: string) => readonly Rule[],
  above: Set<string>,
  seen: Set<string>,
): Refusal | undefined {
  seen.add(chain);
  above.add(chain);
  for (const rule of rulesOf(chain)) {
    const wrong = unusable(rule, hook);
    if (wrong !== undefined) {
      return { rule, failure: Failure.Invalid, reason: `${wrong} can't be used from ${HOOK_NAMES[hook]}` };
    }
    const { kind, name } = rule.target;
    if (kind !== TargetKind.Jump && kind !== TargetKind.Goto) continue;
    if (above.has(name)) return { rule, failure: Failure.Loop, reason: `chain \`${name}' leads back to itself` };
    const refusal = seen.has(name) ? undefined : visit(name, hook, rulesOf, above, seen);
    if (refusal !== undefined) return refusal;
  }
  above.delete(chain);
  return undefined;
}

/** What of a rule doesn't work on a hook that it is reached from. */
function unusable({ matches, target }: Rule, hook: Hook): string | undefined {
  for (const match of matches) {
    if (((matchExtensionOf(match.name)?.hooks ?? -1) & (1 << hook)) === 0) return `match \`${match.name}'`;
  }
  if (target.kind <= TargetKind.Goto) return undefined;
  return ((targetExtensionOf(target.name)?.hooks ?? -1) & (1 << hook)) === 0 ? `target \`${target.name}'` : undefined;
}
