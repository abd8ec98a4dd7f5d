/**
 * Prints rules as iptables-save does: canonical, so that a kernel that loads the text prints the same text again.
 * @see iptables/iptables-save.c, iptables/iptables.c print_rule4
 */
import { printAddress } from './address-match.ts';
import type { Chain } from './chain.ts';
import type { RuleCounters } from './counters.ts';
import { matchExtensionOf } from './extension/match-list.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { TABLE_NAMES, type TableId } from './hook.ts';
import type { Match } from './match.ts';
import { protocolName } from './protocol.ts';
import type { InterfaceMatch, Rule } from './rule.ts';
import type { Ruleset } from './ruleset.ts';
import type { Table } from './table.ts';
import { type Target, TargetKind } from './target.ts';

export interface PrintOptions {
  /** `[packets:bytes]` before each rule, as `iptables-save -c` */
  readonly withCounters?: boolean;
  /** Only this table, as `iptables-save -t` */
  readonly table?: TableId;
}

/**
 * The whole rule set, without the comment lines around each table. The table that was loaded last comes first, as the
 * kernel lists them.
 */
export function printRuleset(ruleset: Ruleset, counters?: RuleCounters, options: PrintOptions = {}): string {
  return ruleset.tables
    .filter((table) => options.table === undefined || table.id === options.table)
    .reverse()
    .map((table) => printTable(table, ruleset.base(table.id), counters, options.withCounters ?? false))
    .join('');
}

function printTable(table: Table, base: number, counters: RuleCounters | undefined, withCounters: boolean): string {
  const counted = (index: number) => `[${counters?.packets[index] ?? 0}:${counters?.bytes[index] ?? 0}]`;
  const lines = [`*${TABLE_NAMES[table.id]}`];
  table.chains.forEach(({ name, policy, rules }, ordinal) => {
    const end = policy === undefined ? '- [0:0]' : `${policy} ${counted(base + table.starts[ordinal]! + rules.length)}`;
    lines.push(`:${name} ${end}`);
  });
  table.chains.forEach((chain, ordinal) => {
    const first = base + table.starts[ordinal]!;
    chain.rules.forEach((rule, i) => {
      lines.push((withCounters ? `${counted(first + i)} ` : '') + appendLine(chain, rule));
    });
  });
  lines.push('COMMIT', '');
  return lines.join('\n');
}

/** The line that names a rule (`-A CHAIN ...`) or a policy (`-P CHAIN ACCEPT`). */
export function printRule(ruleset: Ruleset, ruleIndex: number): string {
  const rule = ruleset.rule(ruleIndex);
  const chain = ruleset.chainAt(ruleIndex);
  return rule === undefined ? `-P ${chain.name} ${chain.policy}` : appendLine(chain, rule);
}

function appendLine(chain: Chain, rule: Rule): string {
  return `-A ${chain.name}${printBody(rule)}`;
}

/**
 * A rule without its chain: two rules of one table are the same rule when their bodies are.
 * @param counted what stands between matches and target, such as ` -c 5 300`
 */
export function printBody(rule: Rule, counted = ''): string {
  const { source, destination, inInterface, outInterface, protocol, fragment } = rule;
  let text = '';
  if (source !== undefined) text += `${source.inverted ? ' !' : ''} -s ${printAddress(source)}`;
  if (destination !== undefined) text += `${destination.inverted ? ' !' : ''} -d ${printAddress(destination)}`;
  text += printInterface(inInterface, '-i') + printInterface(outInterface, '-o');
  if (protocol !== 0) text += `${rule.protocolInverted ? ' !' : ''} -p ${protocolName(protocol)}`;
  if (fragment !== undefined) text += fragment ? ' -f' : ' ! -f';
  for (const match of rule.matches) text += ` -m ${match.name}${printMatch(match)}`;
  return text + counted + printTarget(rule.target);
}

function printInterface(match: InterfaceMatch | undefined, option: string): string {
  // `! -i +` matches nothing, but the tool shows no name without a mask.
  if (match === undefined || match.name === '+') return '';
  return `${match.inverted ? ' !' : ''} ${option} ${match.name}`;
}

/** The options of a match: each starts with a blank. */
export function printMatch(match: Match): string {
  const extension = matchExtensionOf(match.name);
  return extension === undefined ? (match as Match & { text: string }).text : extension.print(match);
}

function printTarget(target: Target): string {
  if (target.kind === TargetKind.None) return '';
  if (target.kind === TargetKind.Goto) return ` -g ${target.name}`;
  return ` -j ${target.name}${printTargetOptions(target)}`;
}

/** The options of a target: each starts with a blank. */
export function printTargetOptions(target: Target): string {
  if (target.kind <= TargetKind.Goto) return '';
  const extension = targetExtensionOf(target.name);
  return extension === undefined ? (target as Target & { text: string }).text : extension.print(target);
}
