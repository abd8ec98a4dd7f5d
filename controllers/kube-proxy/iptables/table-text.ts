/**
 * One table of an iptables-restore program under construction: chain lines first, then rules.
 */

export interface TableText {
  readonly name: 'filter' | 'nat';
  readonly chains: string[];
  readonly rules: string[];
}

export function tableText(name: TableText['name'], chains: readonly string[]): TableText {
  return { name, chains: chains.map(chainLine), rules: [] };
}

/** A chain line creates the chain, or flushes it where it exists. */
export function chainLine(chain: string): string {
  return `:${chain} - [0:0]`;
}

/** `-m comment --comment …`; a comment that holds a blank is quoted. */
export function commentMatch(text: string): string {
  return text.includes(' ') ? `-m comment --comment "${text}"` : `-m comment --comment ${text}`;
}

/** The whole program, for `iptables-restore --noflush --counters`. */
export function restoreText(tables: readonly TableText[]): string {
  const lines: string[] = [];
  for (const { name, chains, rules } of tables) {
    lines.push(`*${name}`);
    for (const chain of chains) lines.push(chain);
    for (const rule of rules) lines.push(rule);
    lines.push('COMMIT');
  }
  lines.push('');
  return lines.join('\n');
}
