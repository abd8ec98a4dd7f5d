/**
 * A host's rules as the rest of the host sees them: loaded, edited or restored, with all that follows from it: the ranges
 * of NAT rules, whether connections are tracked, and the paths known so far.
 */
import type { AddressTable } from './address.ts';
import type { Host } from './host.ts';
import type { NatRange } from './nat/range.ts';
import { carriedCounters, emptyCounters } from './netfilter/counters.ts';
import { TableId } from './netfilter/hook.ts';
import { readSets } from './netfilter/ipset/set-text.ts';
import { type RuleState, restore } from './netfilter/restore.ts';
import type { Ruleset } from './netfilter/ruleset.ts';
import { RulesetError } from './netfilter/ruleset-error.ts';
import { type NatTarget, NO_PORT, TargetKind } from './netfilter/target.ts';

/** Matches and targets that need connection tracking. */
const TRACKING_MATCHES = new Set(['conntrack', 'state', 'connmark', 'connbytes', 'connlimit', 'helper', 'cluster']);

/** A range wider than this takes its addresses from its first part only. */
const MOST_ADDRESSES = 256;

/** Puts rules into force. */
export function installRules(addresses: AddressTable, host: Host, state: RuleState): void {
  host.ruleset = state.ruleset;
  host.counters = state.counters;
  host.tracking = needsTracking(state.ruleset);
  host.natRanges = natRanges(addresses, state.ruleset);
  host.paths.clear();
}

/** What a text makes of a rule set. */
interface Load {
  readonly ruleset: Ruleset;
  readonly refused: string;
}

/** By the rule set before and the text: thousands of nodes load the same, and share what comes of it. */
const loads = new WeakMap<Ruleset, Map<string, Load>>();
/** Texts that are kept for one rule set. */
const KEPT_LOADS = 8;
/** Counters other than zero stand in the text, or it sets some to zero. */
const COUNTS = /\[(?!0:0\])\d+:\d+\]|^-Z|^-{1,2}\S.* (-c|--set-counters) /m;

/** An iptables-restore text. @returns why it was refused, or '' */
export function restoreRules(addresses: AddressTable, host: Host, text: string, noflush: boolean): string {
  const before = { ruleset: host.ruleset, counters: host.counters };
  // What matches remember, and counts that a text brings, belong to one host.
  const isShared = noflush && before.counters.matches.size === 0;
  const known = isShared ? loads.get(before.ruleset)?.get(text) : undefined;
  if (known !== undefined) {
    const counters = carriedCounters(before.ruleset, before.counters, known.ruleset);
    installRules(addresses, host, { ruleset: known.ruleset, counters });
    return known.refused;
  }
  if (!isShared || COUNTS.test(text)) {
    const { error, ...state } = restore(before, text, { noflush, counters: true });
    installRules(addresses, host, state);
    return error?.message ?? '';
  }
  // Loaded without the host's own counts, which are carried over as they are to every other host with these rules.
  const fresh = { ruleset: before.ruleset, counters: emptyCounters(before.ruleset) };
  const { error, ...state } = restore(fresh, text, { noflush, counters: true });
  const refused = error?.message ?? '';
  const texts = loads.get(before.ruleset) ?? new Map<string, Load>();
  loads.set(before.ruleset, texts);
  if (texts.size === KEPT_LOADS) texts.delete(texts.keys().next().value!);
  texts.set(text, { ruleset: state.ruleset, refused });
  const counters = carriedCounters(before.ruleset, before.counters, state.ruleset);
  installRules(addresses, host, { ruleset: state.ruleset, counters });
  return refused;
}

/**
 * An `ipset restore` text: what stands before its first wrong line is done.
 * @param nowNs virtual time, from which time-outs count
 * @returns why it was refused, or ''
 */
export function restoreSets(host: Host, text: string, nowNs = 0): string {
  try {
    readSets(host.ipsets, text, 'stdin', nowNs);
    return '';
  } catch (error) {
    if (error instanceof RulesetError) return error.message;
    throw error;
  }
}

/** Connections are tracked as soon as a nat table exists or a rule asks for a connection's state. */
function needsTracking(ruleset: Ruleset): boolean {
  if (ruleset.hasTable(TableId.Nat)) return true;
  for (const table of ruleset.tables) {
    for (const chain of table.chains) {
      for (const rule of chain.rules) {
        const { kind, name } = rule.target;
        const tracks = kind === TargetKind.Connmark || (name === 'CT' && kind !== TargetKind.Notrack);
        if (tracks || rule.matches.some(({ name }) => TRACKING_MATCHES.has(name))) return true;
      }
    }
  }
  return false;
}

const ranges = new WeakMap<AddressTable, WeakMap<Ruleset, ReadonlyMap<number, NatRange>>>();
const rangesOfTargets = new WeakMap<AddressTable, WeakMap<NatTarget, NatRange>>();

/** One list for all hosts of a network with the same rules. */
function natRanges(addresses: AddressTable, ruleset: Ruleset): ReadonlyMap<number, NatRange> {
  let known = ranges.get(addresses);
  if (known === undefined) {
    known = new WeakMap();
    ranges.set(addresses, known);
    rangesOfTargets.set(addresses, new WeakMap());
  }
  let found = known.get(ruleset);
  if (found === undefined) {
    found = readRanges(addresses, ruleset, rangesOfTargets.get(addresses)!);
    known.set(ruleset, found);
  }
  return found;
}

function readRanges(
  addresses: AddressTable,
  ruleset: Ruleset,
  known: WeakMap<NatTarget, NatRange>,
): ReadonlyMap<number, NatRange> {
  const ranges = new Map<number, NatRange>();
  const table = ruleset.table(TableId.Nat);
  if (table === undefined) return ranges;
  let index = ruleset.base(TableId.Nat);
  for (const chain of table.chains) {
    for (const { target } of chain.rules) {
      if (target.kind >= TargetKind.Dnat && target.kind <= TargetKind.Redirect) {
        let range = known.get(target as NatTarget);
        if (range === undefined) {
          range = rangeOf(addresses, target as NatTarget);
          known.set(target as NatTarget, range);
        }
        ranges.set(index, range);
      }
      index++;
    }
    if (chain.policy !== undefined) index++;
  }
  return ranges;
}

function rangeOf(addresses: AddressTable, target: NatTarget): NatRange {
  const ports = target.minPort !== NO_PORT;
  return {
    addresses: poolOf(addresses, target),
    minPort: ports ? target.minPort : 0,
    maxPort: ports ? target.maxPort : 0,
    random: target.random || target.randomFully,
    persistent: target.persistent,
    basePort: target.basePort,
  };
}

function poolOf(addresses: AddressTable, { family, minAddress, maxAddress }: NatTarget): number[] {
  if (minAddress === undefined || maxAddress === undefined) return [];
  const last = family === 4 ? 0 : 3;
  const size = Math.min(MOST_ADDRESSES, (maxAddress[last]! >>> 0) - (minAddress[last]! >>> 0) + 1);
  return Array.from({ length: size }, (_, i) =>
    addresses.internWords(
      family,
      minAddress.map((word, at) => (at === last ? (word + i) | 0 : word)),
    ),
  );
}
