/**
 * Whether the rules that a host has are the rules that were meant: what `iptables-save` prints against the text that
 * was loaded, chain by chain. Catches a rule lost, changed or added behind our back.
 */
import { parseRuleCounters } from './rule-counters.ts';

/** The rules of each chain, keyed `TABLE CHAIN`, the policy of a built-in chain first. */
function rulesByChain(text: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const chain = /^:(\S+)/.exec(line)?.[1];
    if (chain !== undefined) chains.set(`${table} ${chain}`, []);
  }
  for (const { table, chain, rule } of parseRuleCounters(text)) {
    const key = `${table} ${chain}`;
    chains.set(key, [...(chains.get(key) ?? []), rule]);
  }
  return chains;
}

/** A built-in chain that nobody touched: backends print more or fewer of these. */
function isUntouched(rules: readonly string[]): boolean {
  return rules.every((rule) => /^:\S+ ACCEPT$/.test(rule)) && rules.length === 1;
}

/**
 * Compares two rule sets as text; `meant` is in the form that `iptables-save` prints.
 * @returns one line per chain that differs, empty when they agree
 */
export function ruleDifferences(host: string, meant: string, loaded: string): string[] {
  const wanted = rulesByChain(meant);
  const got = rulesByChain(loaded);
  const differences: string[] = [];
  for (const chain of new Set([...wanted.keys(), ...got.keys()])) {
    const want = wanted.get(chain);
    const have = got.get(chain);
    if (want === undefined || have === undefined) {
      const rules = want ?? have ?? [];
      if (isUntouched(rules)) continue;
      differences.push(`${host}: chain ${chain} is ${want === undefined ? 'loaded but not meant' : 'not loaded'}`);
      continue;
    }
    // A text that leaves a policy out means whatever it was.
    if (have[0]?.startsWith(':') && !want[0]?.startsWith(':')) have.shift();
    const place = want.findIndex((rule, index) => rule !== have[index]);
    const at = place >= 0 ? place : want.length;
    if (place < 0 && have.length === want.length) continue;
    differences.push(`${host}: chain ${chain}: meant ${want[at] ?? 'no further rule'}, loaded ${have[at] ?? 'none'}`);
  }
  return differences;
}
