/**
 * A rule's text for a person: its comment, which says what it is for, and the rest of it.
 */

const COMMENT = /-m comment --comment ("(?:[^"\\]|\\.)*"|\S+) ?/;

/** What a rule's comment says, without its quotes; '' for none. @param rule as `iptables-save` prints it */
export function ruleComment(rule: string): string {
  const quoted = COMMENT.exec(rule)?.[1] ?? '';
  return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('\\"', '"') : quoted;
}

/** A rule without its chain and its comment. */
export function ruleBody(rule: string): string {
  return rule
    .replace(/^-[AP] \S+ ?/, '')
    .replace(COMMENT, '')
    .trim();
}
