/**
 * The mark that rules leave on a packet, read from its path again.
 */
import type { Host } from '../host.ts';
import { emptySkb } from '../netfilter/skb.ts';
import { changeMarks } from '../netfilter/walk.ts';

const skb = emptySkb();

/** @param path number of the path that the packet took through the host's rules, 0: none */
export function markAfter(host: Host, mark: number, path: number): number {
  if (path === 0) return mark;
  skb.mark = mark;
  for (const code of host.paths.codes(path)!) {
    const target = (code & 1) === 0 ? host.ruleset.rule(code >> 1)?.target : undefined;
    if (target !== undefined) changeMarks(target, skb);
  }
  return skb.mark;
}
