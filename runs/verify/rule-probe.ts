/**
 * Probes that count how often a rule is looked at: a rule without conditions and without a target before each one. A
 * rule's own counter tells only how often it matched.
 */
import type { RuleCounter } from './rule-counters.ts';

const MARK = '-m comment --comment kubehop-reached';

/** Puts a probe before each rule of an iptables-save text. */
export function withProbes(text: string): string {
  return text.replace(/^-A (\S+)(?: .*)?$/gm, (rule, chain) => `-A ${chain} ${MARK}\n${rule}`);
}

/** The text as it was before. */
export function withoutProbes(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.endsWith(` ${MARK}`))
    .join('\n');
}

/** Takes the probes out of what was counted. @returns the rules at their own places, and how often each was reached */
export function splitProbes(counters: readonly RuleCounter[]): {
  readonly rules: RuleCounter[];
  readonly reached: RuleCounter[];
} {
  const rules: RuleCounter[] = [];
  const reached: RuleCounter[] = [];
  let probe: RuleCounter | undefined;
  for (const counter of counters) {
    if (counter.rule.endsWith(` ${MARK}`)) {
      probe = counter;
      continue;
    }
    // A probe stands at the odd places, its rule at the even ones.
    const rule = probe === undefined ? counter : { ...counter, number: counter.number / 2 };
    rules.push(rule);
    if (probe !== undefined) reached.push({ ...rule, packets: probe.packets, bytes: probe.bytes });
    probe = undefined;
  }
  return { rules, reached };
}
