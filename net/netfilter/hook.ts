/**
 * The five places where netfilter looks at a packet, and the tables that sit on each, in the order of their priority.
 */

/** Hook numbers. @see include/uapi/linux/netfilter.h enum nf_inet_hooks */
export const Hook = { Prerouting: 0, Input: 1, Forward: 2, Output: 3, Postrouting: 4 } as const;
export type Hook = (typeof Hook)[keyof typeof Hook];

/** Names of the builtin chains, by hook number. */
export const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;

/** Tables as small integers. */
export const TableId = { Raw: 0, Mangle: 1, Nat: 2, Filter: 3, Security: 4 } as const;
export type TableId = (typeof TableId)[keyof typeof TableId];

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';

/** Names of the tables, by table number. */
export const TABLE_NAMES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

/**
 * Tables on each hook, first to last. Conntrack stands behind raw on PREROUTING and OUTPUT; nat comes last where it
 * rewrites the source.
 * @see include/uapi/linux/netfilter_ipv4.h enum nf_ip_hook_priorities
 */
export const HOOK_TABLES: readonly (readonly TableId[])[] = [
  [TableId.Raw, TableId.Mangle, TableId.Nat],
  [TableId.Mangle, TableId.Filter, TableId.Security, TableId.Nat],
  [TableId.Mangle, TableId.Filter, TableId.Security],
  [TableId.Raw, TableId.Mangle, TableId.Nat, TableId.Filter, TableId.Security],
  [TableId.Mangle, TableId.Nat],
];

/** Hooks of each table, by table number: its builtin chains in the order in which they are printed. */
export const TABLE_HOOKS: readonly (readonly Hook[])[] = [
  [Hook.Prerouting, Hook.Output],
  [Hook.Prerouting, Hook.Input, Hook.Forward, Hook.Output, Hook.Postrouting],
  [Hook.Prerouting, Hook.Input, Hook.Output, Hook.Postrouting],
  [Hook.Input, Hook.Forward, Hook.Output],
  [Hook.Input, Hook.Forward, Hook.Output],
];

/** @returns the table's number, or `undefined` when there is no such table */
export function tableIdOf(name: string): TableId | undefined {
  const at = (TABLE_NAMES as readonly string[]).indexOf(name);
  return at < 0 ? undefined : (at as TableId);
}
