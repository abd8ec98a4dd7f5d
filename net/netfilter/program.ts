/**
 * A table made ready for walking: integer columns over all its rules, one place per rule and per policy, in the order
 * of their numbering. What fits integers (addresses, protocol, jump) is tested in the walk's loop itself; the rest of
 * a rule is a list of match functions.
 */
import { type Chain, chainSize } from './chain.ts';
import { matchExtensionOf } from './extension/match-list.ts';
import { isNth, type StatisticMatch } from './extension/statistic.ts';
import { type Evaluate, Holds, type Match } from './match.ts';
import type { AddressMatch, Rule } from './rule.ts';
import { type Target, TargetKind } from './target.ts';

/** Bits of `flags`. */
export const RuleFlag = {
  SourceInverted: 1,
  DestinationInverted: 2,
  ProtocolInverted: 4,
  /** Interfaces, fragment or IPv6 addresses are asked for. */
  Header: 8,
  /** Has matches. */
  Matches: 16,
  /** Last rule of a user chain. */
  Last: 32,
} as const;

export interface TableProgram {
  readonly flags: Int32Array;
  readonly sourceWord: Int32Array;
  readonly sourceMask: Int32Array;
  readonly destinationWord: Int32Array;
  readonly destinationMask: Int32Array;
  readonly protocol: Int32Array;
  /** `TargetKind`; a policy is Accept or Drop. */
  readonly kind: Int32Array;
  /** First place of the chain that a jump or goto leads to, or -1 where that chain is empty. */
  readonly jump: Int32Array;
  /** undefined at a policy. */
  readonly rules: readonly (Rule | undefined)[];
  readonly matches: readonly (readonly Match[])[];
  readonly evaluate: readonly (readonly Evaluate[])[];
  /** The first nth statistic of each rule that has one. */
  readonly nth: ReadonlyMap<number, StatisticMatch>;
}

const NO_MATCHES: readonly Match[] = [];
const NO_EVALUATION: readonly Evaluate[] = [];
const unknown: Evaluate = () => Holds.Unknown;

/** @param starts first place of each chain, by its position in `chains` */
export function compile(
  chains: readonly Chain[],
  starts: ArrayLike<number>,
  ordinals: ReadonlyMap<string, number>,
  size: number,
  nth: ReadonlyMap<number, StatisticMatch>,
): TableProgram {
  const columns = Array.from({ length: 8 }, () => new Int32Array(size));
  const [flags, sourceWord, sourceMask, destinationWord, destinationMask, protocol, kind, jump] = columns as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const rules: (Rule | undefined)[] = new Array(size).fill(undefined);
  const matches: (readonly Match[])[] = new Array(size).fill(NO_MATCHES);
  const evaluate: (readonly Evaluate[])[] = new Array(size).fill(NO_EVALUATION);
  const firstPlace = (target: Target) => {
    const ordinal = ordinals.get(target.name)!;
    return chainSize(chains[ordinal]!) === 0 ? -1 : starts[ordinal]!;
  };
  chains.forEach((chain, ordinal) => {
    let at = starts[ordinal]!;
    for (const rule of chain.rules) {
      const { target } = rule;
      rules[at] = rule;
      flags[at] = flagsOf(rule);
      setAddress(rule.source, at, sourceWord, sourceMask);
      setAddress(rule.destination, at, destinationWord, destinationMask);
      protocol[at] = rule.protocol;
      kind[at] = target.kind;
      jump[at] = target.kind === TargetKind.Jump || target.kind === TargetKind.Goto ? firstPlace(target) : 0;
      if (rule.matches.length > 0) {
        matches[at] = rule.matches;
        evaluate[at] = evaluationOf(rule);
      }
      at++;
    }
    if (chain.policy !== undefined) kind[at] = chain.policy === 'DROP' ? TargetKind.Drop : TargetKind.Accept;
    else if (chain.rules.length > 0) flags[at - 1]! |= RuleFlag.Last;
  });
  return {
    flags,
    sourceWord,
    sourceMask,
    destinationWord,
    destinationMask,
    protocol,
    kind,
    jump,
    rules,
    matches,
    evaluate,
    nth,
  };
}

function flagsOf(rule: Rule): number {
  const header =
    rule.inInterface !== undefined ||
    rule.outInterface !== undefined ||
    rule.fragment !== undefined ||
    rule.source?.family === 6 ||
    rule.destination?.family === 6;
  return (
    (rule.source?.inverted ? RuleFlag.SourceInverted : 0) |
    (rule.destination?.inverted ? RuleFlag.DestinationInverted : 0) |
    (rule.protocolInverted ? RuleFlag.ProtocolInverted : 0) |
    (header ? RuleFlag.Header : 0) |
    (rule.matches.length > 0 ? RuleFlag.Matches : 0)
  );
}

/** An IPv4 address is a word and a mask; an IPv6 one is left to `headerFits`, whose mask here asks for nothing. */
function setAddress(match: AddressMatch | undefined, at: number, words: Int32Array, masks: Int32Array): void {
  if (match === undefined || match.family === 6) return;
  words[at] = match.words[0]!;
  masks[at] = match.masks[0]!;
}

/** A second nth statistic in one rule has no counter of its own here. */
function evaluationOf(rule: Rule): Evaluate[] {
  const first = rule.matches.find(isNth);
  return rule.matches.map((match) =>
    isNth(match) && match !== first ? unknown : (matchExtensionOf(match.name)?.evaluate ?? unknown),
  );
}
