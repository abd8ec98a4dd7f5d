/**
 * Rules with their counters, read from `iptables-save -c` text, and what changed between two readings.
 */

export interface RuleCounter {
  readonly table: string;
  readonly chain: string;
  /** The rule's place in its chain, from 1; 0: the chain's policy. */
  readonly number: number;
  /** The rule as `-A CHAIN …` without its counters; the policy as `:CHAIN ACCEPT`. */
  readonly rule: string;
  readonly packets: number;
  readonly bytes: number;
}

/** What a flow added to one rule's counters. */
export interface RuleHit {
  readonly host: string;
  readonly table: string;
  readonly chain: string;
  readonly number: number;
  readonly rule: string;
  readonly packets: number;
  readonly bytes: number;
}

/** Reads rules with or without counters; comment lines are passed over. Policies of chains made by users have none. */
export function parseRuleCounters(text: string): RuleCounter[] {
  const counters: RuleCounter[] = [];
  const numbers = new Map<string, number>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      table = line.slice(1).trim();
      numbers.clear();
      continue;
    }
    const policy = /^:(\S+) (\S+)(?: \[(\d+):(\d+)\])?/.exec(line);
    if (policy !== null) {
      const [, chain = '', target = '', packets = '0', bytes = '0'] = policy;
      if (target === '-') continue;
      const rule = `:${chain} ${target}`;
      counters.push({ table, chain, number: 0, rule, packets: Number(packets), bytes: Number(bytes) });
      continue;
    }
    const parts = /^(?:\[(\d+):(\d+)\] )?(-A (\S+).*?)\s*$/.exec(line);
    if (parts === null) continue;
    const [, packets = '0', bytes = '0', rule = '', chain = ''] = parts;
    const number = (numbers.get(chain) ?? 0) + 1;
    numbers.set(chain, number);
    counters.push({ table, chain, number, rule, packets: Number(packets), bytes: Number(bytes) });
  }
  return counters;
}

function identity({ table, chain, number, rule }: RuleCounter): string {
  return `${table} ${chain} ${number} ${rule}`;
}

/** The rules that counted something between two readings of one host, in the order of the later reading. */
export function ruleHits(host: string, before: readonly RuleCounter[], after: readonly RuleCounter[]): RuleHit[] {
  const earlier = new Map(before.map((counter) => [identity(counter), counter]));
  return after.flatMap((counter) => {
    const was = earlier.get(identity(counter));
    const packets = counter.packets - (was?.packets ?? 0);
    const bytes = counter.bytes - (was?.bytes ?? 0);
    if (packets === 0 && bytes === 0) return [];
    const { table, chain, number, rule } = counter;
    return [{ host, table, chain, number, rule, packets, bytes }];
  });
}
