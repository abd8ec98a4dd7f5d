/**
 * Chains of services and endpoints that nothing needs any more: a chain line empties each, `-X` deletes it.
 */
import { isServiceChain } from './chain.ts';
import type { TableText } from './table-text.ts';
import { chainLine } from './table-text.ts';

/** Retires what exists and is not `active`, in the order of the names. */
export function retireChains(nat: TableText, existing: Iterable<string>, active: ReadonlySet<string>): void {
  const stale: string[] = [];
  for (const chain of existing) if (isServiceChain(chain) && !active.has(chain)) stale.push(chain);
  stale.sort();
  for (const chain of stale) nat.chains.push(chainLine(chain));
  for (const chain of stale) nat.rules.push(`-X ${chain}`);
}
