/**
 * The rule that a packet ended at, in the words of iptables-save. It is looked up when the event passes: the rule set
 * may be another one later, and the host gone.
 */

import { DropReason } from '../../net/drop-reason.ts';
import { NetEventKind, type NetEventOf, type PassageEvent } from '../../net/event.ts';
import { TABLE_NAMES } from '../../net/netfilter/hook.ts';
import { printRule } from '../../net/netfilter/print.ts';
import type { Network } from '../../net/network.ts';

/** Reasons that stand in a rule. */
const BY_RULE: ReadonlySet<number> = new Set([
  DropReason.NetfilterDrop,
  DropReason.NetfilterReject,
  DropReason.SnatPortsExhausted,
  DropReason.NoAddress,
]);

/** Whether a rule, and not the host itself, ended the packet. */
export function endsAtRule(event: PassageEvent | NetEventOf<'PacketUnknown'>): boolean {
  return event.kind === NetEventKind.PacketUnknown || (event.path !== 0 && BY_RULE.has(event.state >>> 16));
}

/** `filter -A INPUT -p tcp -j DROP`, or `undefined` where no rule ended the packet. */
export function endingRule(net: Network, event: PassageEvent | NetEventOf<'PacketUnknown'>): string | undefined {
  if (event.kind === NetEventKind.PacketUnknown) return event.text;
  return endsAtRule(event) ? pathRules(net, event.host, event.path).at(-1)?.text : undefined;
}

export interface PathRule {
  readonly text: string;
  /** False for a rule that was only counted on: its nth statistic, or an unknown match. */
  readonly matched: boolean;
}

/** The rules of a path, in order; empty where the host or its rule set has gone. */
export function pathRules(net: Network, hostId: number, path: number): PathRule[] {
  const host = net.hosts[hostId];
  const codes = host?.paths.codes(path);
  if (host === undefined || codes === undefined) return [];
  const { ruleset } = host;
  return Array.from(codes, (code) => ({
    text: `${TABLE_NAMES[ruleset.tableAt(code >> 1).id]} ${printRule(ruleset, code >> 1)}`,
    matched: (code & 1) === 0,
  }));
}
