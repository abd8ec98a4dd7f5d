/**
 * What a packet met on its way through the tables of a host: a list of integers in a buffer that is used again and
 * again. A rule that matched (jumps and rules without a target included) and a policy that decided stand there as
 * `index << 1`; `index << 1 | 1` is a rule that did not match although matches that remember something were evaluated,
 * once for each of them, or whose unknown match ended the walk.
 */
import type { Ruleset } from './ruleset.ts';
import { TargetKind } from './target.ts';

export class Path {
  codes: Int32Array = new Int32Array(64);
  /** How many codes count; set it to 0 to use the buffer again. */
  length = 0;
  /** Places to return to; the walk's own. */
  stack: Int32Array = new Int32Array(16);

  push(code: number): void {
    if (this.length === this.codes.length) this.codes = doubled(this.codes);
    this.codes[this.length++] = code;
  }

  growStack(): void {
    this.stack = doubled(this.stack);
  }

  /** A copy of what counts. */
  toArray(): Int32Array {
    return this.codes.slice(0, this.length);
  }
}

function doubled(from: Int32Array): Int32Array {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

/** Whether a rule of this kind, once it matched, ends the walk through its table. */
export function ends(kind: number): boolean {
  return (
    kind === TargetKind.Accept ||
    kind === TargetKind.Drop ||
    kind === TargetKind.Reject ||
    kind === TargetKind.Unknown ||
    (kind >= TargetKind.Dnat && kind <= TargetKind.Redirect)
  );
}

/**
 * How many stateful matches of a rule were evaluated where it did not match: its code stands there so often.
 * @returns 0 for a rule that matched, where all of them were
 */
export function reachedSlots(codes: ArrayLike<number>, length: number, at: number): number {
  const code = codes[at]!;
  if ((code & 1) === 0) return 0;
  let end = at + 1;
  while (end < length && codes[end] === code) end++;
  return end - at;
}

/**
 * Follows a path again and tells which rules the kernel looked at: those that matched and those passed over between
 * them. A policy counts as one, as it does in the kernel, where it is a rule without conditions.
 * @param codes as `Path` holds them, of any number of walks one after the other
 * @param visit called for each rule in order
 * @returns how many rules were looked at
 */
export function examined(
  ruleset: Ruleset,
  codes: ArrayLike<number>,
  length: number = codes.length,
  visit?: (ruleIndex: number, matched: boolean) => void,
): number {
  let total = 0;
  let at = 0;
  while (at < length) {
    const table = ruleset.tableAt(codes[at]! >> 1);
    const base = ruleset.base(table.id);
    const { program, starts } = table;
    // Every walk begins in a builtin chain, so its first code lies there.
    let ordinal = table.ordinalAt((codes[at]! >> 1) - base);
    let place = starts[ordinal]!;
    const back: number[] = [];
    for (let done = false; !done && at < length; ) {
      const next = (codes[at]! >> 1) - base;
      const end = starts[ordinal + 1]!;
      const here = next >= place && next < end;
      for (const last = here ? next : end; place < last; place++) {
        total++;
        visit?.(base + place, false);
      }
      if (!here) {
        // Off the end of a chain: back behind the jump that led here, or to the policy.
        const jump = back.pop();
        place = jump === undefined ? next : jump + 1;
        ordinal = table.ordinalAt(jump ?? next);
        continue;
      }
      const matched = (codes[at++]! & 1) === 0;
      while (!matched && at < length && codes[at] === codes[at - 1]) at++;
      total++;
      visit?.(base + next, matched);
      place = next + 1;
      if (!matched) {
        done = !program.stateful.has(next);
        continue;
      }
      const kind = program.kind[next]!;
      if (ends(kind)) done = true;
      else if (kind === TargetKind.Return || (kind === TargetKind.Goto && program.jump[next]! < 0)) place = end;
      else if (kind === TargetKind.Goto || (kind === TargetKind.Jump && program.jump[next]! >= 0)) {
        if (kind === TargetKind.Jump) back.push(next);
        place = program.jump[next]!;
        ordinal = table.ordinalAt(place);
      }
    }
  }
  return total;
}
