/**
 * The mark that MARK rules leave on a packet, read from its path again; where CONNMARK may change it, see `remember`.
 */
import type { Host } from '../host.ts';
import { TargetKind } from '../netfilter/target.ts';

/** @param path number of the path that the packet took through the host's rules, 0: none */
export function markAfter(host: Host, mark: number, path: number): number {
  if (path === 0) return mark;
  let left = mark;
  for (const code of host.paths.codes(path)!) {
    const target = (code & 1) === 0 ? host.ruleset.rule(code >> 1)?.target : undefined;
    if (target?.kind === TargetKind.Mark) left = (left & ~target.mask) ^ target.value;
  }
  return left;
}
