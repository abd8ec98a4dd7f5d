/**
 * A table made ready for walking: integer columns over all its rules, one place per rule and per policy, in the order
 * of their numbering. What fits integers (addresses, protocol, jump) is tested in the walk's loop itself; the rest of
 * a rule is a list of match functions.
 */
import { type Chain, chainSize } from './chain.ts';
import { type ChainIndex, indexOf } from './chain-index.ts';
import { isStateful, matchExtensionOf } from './extension/match-list.ts';
import { isNth, type StatisticMatch } from './extension/statistic.ts';
import type { TcpMatch, UdpMatch } from './extension/tcp.ts';
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
  /** Range of the destination port; a later fragment, whose port counts as -1, fits only where nobody asks. */
  readonly firstPort: Int32Array;
  readonly lastPort: Int32Array;
  /** `TargetKind`; a policy is Accept or Drop. */
  readonly kind: Int32Array;
  /** First place of the chain that a jump or goto leads to, or -1 where that chain is empty. */
  readonly jump: Int32Array;
  /** Where its chain has a short cut: its number in `indexes`, plus one; else 0. */
  readonly index: Int32Array;
  readonly indexes: readonly ChainIndex[];
  /** undefined at a policy. */
  readonly rules: readonly (Rule | undefined)[];
  /** Those that the columns don't tell already; comments left out. */
  readonly matches: readonly (readonly Match[])[];
  readonly evaluate: readonly (readonly Evaluate[])[];
  /** The first nth statistic of each rule that has one. */
  readonly nth: ReadonlyMap<number, StatisticMatch>;
  /** The matches of each rule that remember something, in their order: the index of one here is its slot. */
  readonly stateful: ReadonlyMap<number, readonly Match[]>;
}

const NO_MATCHES: readonly Match[] = [];
const NO_EVALUATION: readonly Evaluate[] = [];
/** What `firstPort` and `lastPort` hold where nobody asks. */
const NO_PORTS = -1;
const LAST_PORT = 65535;
const unknown: Evaluate = () => Holds.Unknown;

/** @param starts first place of each chain, by its position in `chains` */
export function compile(
  chains: readonly Chain[],
  starts: ArrayLike<number>,
  ordinals: ReadonlyMap<string, number>,
  size: number,
  nth: ReadonlyMap<number, StatisticMatch>,
  stateful: ReadonlyMap<number, readonly Match[]>,
): TableProgram {
  const column = () => new Int32Array(size);
  const flags = column();
  const [sourceWord, sourceMask, destinationWord, destinationMask] = [column(), column(), column(), column()];
  const [protocol, firstPort, lastPort, kind, jump] = [column(), column().fill(NO_PORTS), column(), column(), column()];
  lastPort.fill(LAST_PORT);
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
      const ports = stateful.has(at) ? undefined : rule.matches.find(onlyPorts);
      const rest = rule.matches.filter((match) => match !== ports && match.name !== 'comment');
      flags[at] = flagsOf(rule, rest.length);
      setAddress(rule.source, at, sourceWord, sourceMask);
      setAddress(rule.destination, at, destinationWord, destinationMask);
      protocol[at] = rule.protocol;
      if (ports !== undefined) {
        firstPort[at] = ports.dport?.min ?? 0;
        lastPort[at] = ports.dport?.max ?? LAST_PORT;
      }
      kind[at] = target.kind;
      jump[at] = target.kind === TargetKind.Jump || target.kind === TargetKind.Goto ? firstPlace(target) : 0;
      if (rest.length > 0) {
        matches[at] = rest;
        evaluate[at] = evaluationOf(rest, stateful.get(at));
      }
      at++;
    }
    if (chain.policy !== undefined) kind[at] = chain.policy === 'DROP' ? TargetKind.Drop : TargetKind.Accept;
    else if (chain.rules.length > 0) flags[at - 1]! |= RuleFlag.Last;
  });
  const index = column();
  const indexes: ChainIndex[] = [];
  const columns = { flags, destinationWord, destinationMask, firstPort, lastPort };
  chains.forEach((chain, ordinal) => {
    const found = indexOf(columns, starts[ordinal]!, chain, RuleFlag.DestinationInverted);
    if (found === undefined) return;
    indexes.push(found);
    index.fill(indexes.length, starts[ordinal]!, starts[ordinal]! + chainSize(chain));
  });
  return {
    flags,
    sourceWord,
    sourceMask,
    destinationWord,
    destinationMask,
    protocol,
    firstPort,
    lastPort,
    kind,
    jump,
    index,
    indexes,
    rules,
    matches,
    evaluate,
    nth,
    stateful,
  };
}

function flagsOf(rule: Rule, matches: number): number {
  const header =
    rule.inInterface !== undefined ||
    rule.outInterface !== undefined ||
    rule.fragment !== undefined ||
    rule.source?.family === 6 ||
    rule.destination?.family === 6;
  return (
    (rule.source?.family === 4 && rule.source.inverted ? RuleFlag.SourceInverted : 0) |
    (rule.destination?.family === 4 && rule.destination.inverted ? RuleFlag.DestinationInverted : 0) |
    (rule.protocolInverted ? RuleFlag.ProtocolInverted : 0) |
    (header ? RuleFlag.Header : 0) |
    (matches > 0 ? RuleFlag.Matches : 0)
  );
}

/** An IPv4 address is a word and a mask; an IPv6 one is left to `headerFits`, whose mask here asks for nothing. */
function setAddress(match: AddressMatch | undefined, at: number, words: Int32Array, masks: Int32Array): void {
  if (match === undefined || match.family === 6) return;
  words[at] = match.words[0]!;
  masks[at] = match.masks[0]!;
}

/** A tcp or udp match that asks for nothing, or for the destination port alone. Not beside a stateful one, whose place counts. */
function onlyPorts(match: Match): match is UdpMatch | TcpMatch {
  if (match.name !== 'tcp' && match.name !== 'udp') return false;
  const { sport, dport, option, flags } = match as TcpMatch;
  return sport === undefined && dport?.inverted !== true && option === undefined && flags === undefined;
}

/** A second nth statistic in one rule has no counter of its own here, and so with more stateful matches than slots. */
function evaluationOf(matches: readonly Match[], stateful: readonly Match[] | undefined): Evaluate[] {
  return matches.map((match) => {
    const remembers = isNth(match) || isStateful(match);
    if (remembers && stateful?.includes(match) !== true) return unknown;
    return matchExtensionOf(match.name)?.evaluate ?? unknown;
  });
}
