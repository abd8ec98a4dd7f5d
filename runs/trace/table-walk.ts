/**
 * A passage's path through the rule set, taken apart: one walk a table and hook, with the rules that were taken and how
 * many the kernel looked at.
 */
import type { Hook, TableId } from '../../net/netfilter/hook.ts';
import { examined } from '../../net/netfilter/path.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import { TargetKind } from '../../net/netfilter/target.ts';

export interface TakenRule {
  readonly index: number;
  /** false: a rule that counted its nth packet without matching, or whose match the model doesn't know. */
  readonly matched: boolean;
  /** Rules looked at since the last one taken, itself included. */
  readonly examined: number;
  /** Jumps between the builtin chain and this one. */
  readonly jumps: number;
  /** The rule that led into its chain, by its place in `rules`; -1 in a builtin chain. */
  readonly parent: number;
}

export interface TableWalk {
  readonly table: TableId;
  readonly hook: Hook;
  /** Rules and policies looked at. */
  readonly examined: number;
  readonly rules: readonly TakenRule[];
}

interface Frame {
  readonly chain: string;
  readonly parent: number;
}

/** The walks that a path consists of, in order. @param codes as a `PathTable` holds them */
export function tableWalks(ruleset: Ruleset, codes: ArrayLike<number>): TableWalk[] {
  const taken = new Set<number>();
  for (let i = 0; i < codes.length; i++) taken.add(codes[i]!);
  const walks: { table: TableId; hook: Hook; examined: number; rules: TakenRule[] }[] = [];
  let stack: Frame[] = [];
  let passedOver = 0;
  examined(ruleset, codes, codes.length, (index, matched) => {
    const table = ruleset.tableAt(index);
    // A builtin chain can't be jumped into: its first place is looked at once a walk, and first.
    const hook = table.entries.indexOf(index - ruleset.base(table.id));
    const chain = ruleset.chainAt(index).name;
    if (hook >= 0) {
      walks.push({ table: table.id, hook: hook as Hook, examined: 0, rules: [] });
      stack = [{ chain, parent: -1 }];
      passedOver = 0;
    }
    const walk = walks.at(-1)!;
    walk.examined++;
    passedOver++;
    if (!matched && !taken.has((index << 1) | 1)) return;
    while (stack.length > 1 && stack.at(-1)!.chain !== chain) stack.pop();
    const frame = stack.at(-1)!;
    walk.rules.push({ index, matched, examined: passedOver, jumps: stack.length - 1, parent: frame.parent });
    passedOver = 0;
    const target = ruleset.rule(index)?.target;
    if (matched && target !== undefined && (target.kind === TargetKind.Jump || target.kind === TargetKind.Goto))
      stack.push({ chain: target.name, parent: walk.rules.length - 1 });
  });
  return walks;
}
