/**
 * A path followed again by `evolve`: what matches remember of the packet, and what marks it and its connection end up
 * with. All of it follows from the path and from the packet's fields on both sides of its translation.
 */
import { matchExtensionOf } from './extension/match-list.ts';
import { isNth } from './extension/statistic.ts';
import { HOOK_NAMES, type Hook, type TableId } from './hook.ts';
import type { WalkEnvironment } from './match.ts';
import { ends, reachedSlots } from './path.ts';
import type { Ruleset } from './ruleset.ts';
import type { Skb } from './skb.ts';
import { changeMarks } from './walk.ts';

/**
 * @param codes as `Path` holds them, of any number of walks one after the other
 * @param skb the packet; its marks are left as the last rule left them
 * @param enter makes `skb` what it is in a table on a hook; called before each walk
 */
export function retrace(
  ruleset: Ruleset,
  codes: ArrayLike<number>,
  skb: Skb,
  environment: WalkEnvironment,
  enter: (table: TableId, hook: Hook) => void,
): void {
  let walking = false;
  for (let at = 0; at < codes.length; at++) {
    const index = codes[at]! >> 1;
    const table = ruleset.tableAt(index);
    const place = index - ruleset.base(table.id);
    if (!walking) {
      // Every walk begins in a builtin chain, so its first code lies there.
      const { name } = table.chains[table.ordinalAt(place)]!;
      enter(table.id, HOOK_NAMES.indexOf(name as (typeof HOOK_NAMES)[number]) as Hook);
      walking = true;
    }
    const stateful = table.statefulRules.get(place);
    const reached = reachedSlots(codes, codes.length, at);
    if (stateful !== undefined) {
      const slots = reached === 0 ? stateful.length : reached;
      for (let slot = 0; slot < slots; slot++) {
        const match = stateful[slot]!;
        if (!isNth(match)) matchExtensionOf(match.name)!.evaluate(match, skb, environment, index, slot);
      }
    }
    if (reached > 0) {
      at += reached - 1;
      walking = stateful !== undefined;
      continue;
    }
    const rule = table.program.rules[place];
    if (rule === undefined || ends(rule.target.kind)) walking = false;
    else changeMarks(rule.target, skb, environment);
  }
}
