/**
 * One packet through one table: the kernel's own loop over rules, with jumps, gotos and returns, and short cuts through
 * long chains past rules that cannot hold. Pure but for the
 * packet's marks, which MARK, CONNMARK and NOTRACK change in place, and the path, which tells what was met.
 * @see net/ipv4/netfilter/ip_tables.c ipt_do_table
 */
import { advanceNth, isNth, nthHolds, type StatisticMatch } from './extension/statistic.ts';
import type { Hook, TableId } from './hook.ts';
import { Holds, type WalkEnvironment } from './match.ts';
import { type Path, reachedSlots } from './path.ts';
import { RuleFlag, type TableProgram } from './program.ts';
import { type AddressMatch, interfaceFits, type Rule } from './rule.ts';
import type { Ruleset } from './ruleset.ts';
import { CtState, type Skb } from './skb.ts';
import { type ConnmarkTarget, type Target, TargetKind } from './target.ts';
import { Verdict } from './verdict.ts';

export type { WalkEnvironment } from './match.ts';

/** Verdicts of the kinds that end a walk, by kind. */
const VERDICTS = new Int32Array(32);
VERDICTS[TargetKind.Accept] = Verdict.Accept;
VERDICTS[TargetKind.Drop] = Verdict.Drop;
VERDICTS[TargetKind.Reject] = Verdict.Reject;
VERDICTS[TargetKind.Dnat] = Verdict.Dnat;
VERDICTS[TargetKind.Snat] = Verdict.Snat;
VERDICTS[TargetKind.Masquerade] = Verdict.Masquerade;
VERDICTS[TargetKind.Redirect] = Verdict.Redirect;
VERDICTS[TargetKind.Unknown] = Verdict.Unknown;

/**
 * Walks a packet through the builtin chain of a hook in one table. Codes are appended to `path`: the rule or policy
 * that decided is the last of them.
 * @returns Accept, with nothing appended, where the table isn't loaded or has no chain on that hook
 */
export function walk(
  ruleset: Ruleset,
  tableId: TableId,
  hook: Hook,
  skb: Skb,
  environment: WalkEnvironment,
  path: Path,
): Verdict {
  const table = ruleset.table(tableId);
  if (table === undefined) return Verdict.Accept;
  const entry = table.entries[hook]!;
  if (entry < 0) return Verdict.Accept;
  const policy = table.policies[hook]!;
  const base = ruleset.base(tableId);
  const { program } = table;
  if (entry === policy) {
    path.push((base + policy) << 1);
    return VERDICTS[program.kind[policy]!] as Verdict;
  }
  const { flags, sourceWord, sourceMask, destinationWord, destinationMask, protocol, firstPort, lastPort, kind, jump } =
    program;
  const { index, indexes } = program;
  const source = environment.addresses.word(skb.source);
  const destination = environment.addresses.word(skb.destination);
  const port = skb.fragmentOffset === 0 ? skb.destinationPort : -1;
  let top = 0;
  let at = entry;
  for (;;) {
    const short = index[at]!;
    if (short !== 0) {
      const chain = indexes[short - 1]!;
      const next = chain.next(at, chain.byPort ? port : destination);
      if (next < 0) {
        at = top === 0 ? policy : path.stack[--top]!;
        continue;
      }
      at = next;
    }
    const bits = flags[at]!;
    let holds: Holds = Holds.No;
    if (
      ((source & sourceMask[at]!) === sourceWord[at]) === ((bits & RuleFlag.SourceInverted) === 0) &&
      ((destination & destinationMask[at]!) === destinationWord[at]) ===
        ((bits & RuleFlag.DestinationInverted) === 0) &&
      (protocol[at] === 0 || (protocol[at] === skb.protocol) === ((bits & RuleFlag.ProtocolInverted) === 0)) &&
      port >= firstPort[at]! &&
      port <= lastPort[at]! &&
      ((bits & RuleFlag.Header) === 0 || headerFits(program.rules[at]!, skb, environment))
    ) {
      holds = (bits & RuleFlag.Matches) === 0 ? Holds.Yes : evaluate(program, at, base, skb, environment, path);
    }
    const last = (bits & RuleFlag.Last) !== 0;
    if (holds === Holds.Yes) {
      path.push((base + at) << 1);
      const target = kind[at]!;
      const verdict = VERDICTS[target]!;
      if (verdict !== 0) return verdict as Verdict;
      const chain = jump[at]!;
      if (target === TargetKind.Return) {
        at = top === 0 ? policy : path.stack[--top]!;
        continue;
      }
      if ((target === TargetKind.Jump || target === TargetKind.Goto) && chain >= 0) {
        // A jump from the last rule of a user chain returns straight to that chain's own caller.
        if (target === TargetKind.Jump && !last) {
          if (top === path.stack.length) path.growStack();
          path.stack[top++] = at + 1;
        }
        at = chain;
        continue;
      }
      if (target === TargetKind.Goto) {
        at = top === 0 ? policy : path.stack[--top]!;
        continue;
      }
      if (target !== TargetKind.Jump) changeMarks(program.rules[at]!.target, skb, environment);
    } else if (holds === Holds.Unknown) {
      path.push(((base + at) << 1) | 1);
      return Verdict.Unknown;
    }
    at = !last ? at + 1 : top === 0 ? policy : path.stack[--top]!;
  }
}

/**
 * The matches of a rule in their order. Once one is unknown, the others still may say no; none of those behind it is
 * counted on or drawn for, since nobody knows whether the kernel would.
 */
function evaluate(
  program: TableProgram,
  at: number,
  base: number,
  skb: Skb,
  environment: WalkEnvironment,
  path: Path,
): Holds {
  const functions = program.evaluate[at]!;
  const matches = program.matches[at]!;
  const stateful = program.stateful.get(at);
  let all: Holds = Holds.Yes;
  let slot = 0;
  for (let i = 0; i < functions.length; i++) {
    const match = matches[i]!;
    let holds: Holds;
    if (all === Holds.Unknown && stateful?.includes(match) === true) continue;
    if (stateful !== undefined && match === stateful[slot]) {
      holds = isNth(match)
        ? nthEvaluated(match, base + at, slot, environment, path)
        : functions[i]!(match, skb, environment, base + at, slot);
      slot++;
    } else if (all === Holds.Unknown && match.name === 'statistic') {
      continue;
    } else {
      holds = functions[i]!(match, skb, environment, base + at, 0);
    }
    if (holds === Holds.No) {
      for (; slot > 0; slot--) path.push(((base + at) << 1) | 1);
      return Holds.No;
    }
    if (holds === Holds.Unknown) all = Holds.Unknown;
  }
  // The walk itself tells one of them.
  if (all === Holds.Unknown) for (; slot > 1; slot--) path.push(((base + at) << 1) | 1);
  return all;
}

/** The host's counter stands where it stood before this decision: passes through the rule on this path come on top. */
function nthEvaluated(
  match: StatisticMatch,
  ruleIndex: number,
  slot: number,
  environment: WalkEnvironment,
  { codes, length }: Path,
): Holds {
  let counter = environment.nth(ruleIndex);
  for (let i = 0; i < length; i++) {
    if (codes[i]! >> 1 !== ruleIndex) continue;
    const reached = reachedSlots(codes, length, i);
    if (reached === 0 || reached > slot) counter = advanceNth(match, counter);
    i += Math.max(0, reached - 1);
  }
  return nthHolds(match, advanceNth(match, counter)) ? Holds.Yes : Holds.No;
}

/** What a rule asks of the IP header beyond the columns. @see net/ipv4/netfilter/ip_tables.c ip_packet_match */
function headerFits(rule: Rule, skb: Skb, environment: WalkEnvironment): boolean {
  const { inInterface, outInterface, fragment, source, destination } = rule;
  if (inInterface !== undefined && interfaceFits(inInterface.name, skb.inInterface) === inInterface.inverted)
    return false;
  if (outInterface !== undefined && interfaceFits(outInterface.name, skb.outInterface) === outInterface.inverted) {
    return false;
  }
  if (fragment !== undefined && (skb.fragmentOffset !== 0) !== fragment) return false;
  return addressFits(source, skb.source, environment) && addressFits(destination, skb.destination, environment);
}

function addressFits(match: AddressMatch | undefined, address: number, { addresses }: WalkEnvironment): boolean {
  if (match === undefined || match.family === 4) return true;
  for (let i = 0; i < 4; i++) {
    if ((addresses.word(address, i) & match.masks[i]!) !== match.words[i]) return match.inverted;
  }
  return !match.inverted;
}

/** The targets that change what the kernel knows of the packet, and go on. */
export function changeMarks(target: Target, skb: Skb, environment: WalkEnvironment): void {
  if (target.kind === TargetKind.Mark) skb.mark = (skb.mark & ~target.mask) ^ target.value;
  else if (target.kind === TargetKind.Connmark) changeConnectionMark(target, skb);
  // Only a packet that conntrack has not looked at yet can be kept from it.
  else if (target.kind === TargetKind.Notrack && skb.ctState === 0) skb.ctState = CtState.Untracked;
  else if (target.kind === TargetKind.ClampMss && skb.mss > 0)
    skb.mss = Math.min(skb.mss, target.mss === 0 ? environment.pathMss() : target.mss);
}

/** @see net/netfilter/xt_connmark.c connmark_tg_shift */
function changeConnectionMark({ mode, value, ctmask, nfmask }: ConnmarkTarget, skb: Skb): void {
  // No connection, no mark.
  if (skb.ctState === 0 || (skb.ctState & (CtState.Invalid | CtState.Untracked)) !== 0) return;
  if (mode === 'set') skb.connectionMark = (skb.connectionMark & ~ctmask) ^ value;
  else if (mode === 'save') skb.connectionMark = (skb.connectionMark & ~ctmask) ^ (skb.mark & nfmask);
  else skb.mark = (skb.mark & ~nfmask) ^ (skb.connectionMark & ctmask);
}
