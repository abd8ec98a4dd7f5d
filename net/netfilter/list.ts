/**
 * What `iptables -S` and `iptables -L` print. Without `-n` the tool looks names up; here addresses and ports stay
 * numbers, and only protocols and "anywhere" are named.
 * @see iptables/iptables.c print_firewall, iptables/xshared.c print_header
 */
import { formatWords } from '../address.ts';
import { maskLength, printAddress } from './address-match.ts';
import type { Chain } from './chain.ts';
import type { ChainCommand } from './command.ts';
import { matchExtensionOf } from './extension/match-list.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import type { TableId } from './hook.ts';
import { printBody, printMatch, printTargetOptions } from './print.ts';
import { protocolName } from './protocol.ts';
import type { RuleState } from './restore.ts';
import type { AddressMatch, InterfaceMatch, Rule } from './rule.ts';
import type { Table } from './table.ts';
import { TargetKind } from './target.ts';

export interface ListOptions {
  readonly numeric: boolean;
  readonly verbose: boolean;
  /** Counters in full. */
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}

/** `iptables -S [CHAIN [N]]` */
export function listRules(state: RuleState, id: TableId, { chain, position }: ChainCommand, verbose: boolean): string {
  const table = state.ruleset.table(id)!;
  const base = state.ruleset.base(id);
  const chains = table.chains.filter((other) => chain === '' || other.name === chain);
  const counted = (index: number) =>
    verbose ? ` -c ${state.counters.packets[index]} ${state.counters.bytes[index]}` : '';
  const lines: string[] = [];
  if (position === 0) {
    for (const { name, policy, rules } of chains) {
      const at = base + firstPlace(table, name) + rules.length;
      lines.push(policy === undefined ? `-N ${name}` : `-P ${name} ${policy}${counted(at)}`);
    }
  }
  for (const { name, rules } of chains) {
    const first = base + firstPlace(table, name);
    rules.forEach((rule, i) => {
      if (position === 0 || position === i + 1) lines.push(`-A ${name}${printBody(rule, counted(first + i))}`);
    });
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** `iptables -L [CHAIN [N]]` */
export function listTable(
  state: RuleState,
  id: TableId,
  { chain: wanted, position }: ChainCommand,
  options: ListOptions,
): string {
  const table = state.ruleset.table(id)!;
  const base = state.ruleset.base(id);
  const references = referencesOf(table);
  const texts: string[] = [];
  for (const chain of table.chains) {
    if (wanted !== '' && chain.name !== wanted) continue;
    const first = base + firstPlace(table, chain.name);
    const lines = position === 0 ? header(state, chain, first, references.get(chain.name) ?? 0, options) : [];
    chain.rules.forEach((rule, i) => {
      if (position === 0 || position === i + 1) lines.push(ruleLine(state, rule, first + i, i + 1, options));
    });
    texts.push(lines.map((line) => `${line}\n`).join(''));
  }
  return texts.join('\n');
}

function firstPlace(table: Table, chain: string): number {
  return table.starts[table.ordinals.get(chain)!]!;
}

function referencesOf(table: Table): Map<string, number> {
  const references = new Map<string, number>();
  for (const { rules } of table.chains) {
    for (const { target } of rules) {
      if (target.kind !== TargetKind.Jump && target.kind !== TargetKind.Goto) continue;
      references.set(target.name, (references.get(target.name) ?? 0) + 1);
    }
  }
  return references;
}

function header(
  { counters }: RuleState,
  chain: Chain,
  first: number,
  references: number,
  options: ListOptions,
): string[] {
  const { verbose, exact, lineNumbers } = options;
  const at = first + chain.rules.length;
  const passed = verbose
    ? ` ${amount(counters.packets[at]!, exact)} packets, ${amount(counters.bytes[at]!, exact)} bytes`
    : '';
  const about = chain.policy === undefined ? `${references} references` : `policy ${chain.policy}${passed}`;
  const number = lineNumbers ? 'num  ' : '';
  const counts = !verbose ? '' : exact ? '    pkts      bytes ' : ' pkts bytes ';
  const interfaces = verbose ? ' in     out    ' : '';
  return [
    `Chain ${chain.name} (${about})`,
    `${number}${counts}target     prot opt${interfaces} source               destination         `,
  ];
}

function ruleLine({ counters }: RuleState, rule: Rule, index: number, number: number, options: ListOptions): string {
  const { numeric, verbose, exact, lineNumbers } = options;
  const count = (value: number) => `${amount(value, exact).padStart(exact ? 8 : 5)} `;
  let text = lineNumbers ? `${`${number}`.padEnd(4)} ` : '';
  if (verbose) text += count(counters.packets[index]!) + count(counters.bytes[index]!);
  text += `${rule.target.name.padEnd(9)} ${rule.protocolInverted ? '!' : ' '}`;
  text += `${(numeric ? `${rule.protocol}` : protocolName(rule.protocol)).padEnd(4)} `;
  text += `${rule.fragment === undefined ? '--' : rule.fragment ? '-f' : '!f'} `;
  if (verbose) text += ` ${interfaceText(rule.inInterface, numeric)} ${interfaceText(rule.outInterface, numeric)} `;
  text += `${addressText(rule.source, numeric).padEnd(20)} ${addressText(rule.destination, numeric).padEnd(20)} `;
  if (rule.target.kind === TargetKind.Goto) text += '[goto] ';
  return text + details(rule, numeric);
}

function details(rule: Rule, numeric: boolean): string {
  let text = '';
  for (const match of rule.matches) {
    const extension = matchExtensionOf(match.name);
    const said = extension?.list === undefined ? `${match.name}${printMatch(match)}` : extension.list(match, numeric);
    if (said !== '') text += ` ${said}`;
  }
  const { target } = rule;
  if (target.kind <= TargetKind.Goto) return text;
  const extension = targetExtensionOf(target.name);
  const said =
    extension?.list === undefined ? `${target.name}${printTargetOptions(target)}` : extension.list(target, numeric);
  return said === '' ? text : `${text} ${said}`;
}

function interfaceText(match: InterfaceMatch | undefined, numeric: boolean): string {
  return (match === undefined ? (numeric ? '*' : 'any') : `${match.inverted ? '!' : ''}${match.name}`).padEnd(6);
}

/** With its sign, which stands in a column of its own. */
function addressText(match: AddressMatch | undefined, numeric: boolean): string {
  if (match === undefined) return numeric ? ' 0.0.0.0/0' : ' anywhere';
  const most = match.family === 4 ? 32 : 128;
  const whole = maskLength(match.masks, match.family) === most;
  const text = whole ? formatWords(match.family, match.words) : printAddress(match);
  return `${match.inverted ? '!' : ' '}${text}`;
}

/** A count in at most five places. @see libxtables/xtables.c xtables_print_num */
function amount(value: number, exact: boolean): string {
  if (exact || value <= 99_999) return `${value}`;
  let scaled = value;
  for (const unit of ['K', 'M', 'G']) {
    scaled = Math.floor((scaled + 500) / 1000);
    if (scaled <= 9999) return `${scaled}${unit}`;
  }
  return `${Math.floor((scaled + 500) / 1000)}T`;
}
