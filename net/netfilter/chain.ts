/**
 * A chain: rules in order, and a policy where it is one of the kernel's own.
 */
import type { Rule } from './rule.ts';

export type Policy = 'ACCEPT' | 'DROP';

export interface Chain {
  readonly name: string;
  /** undefined: a user chain, which returns at its end. */
  readonly policy: Policy | undefined;
  readonly rules: readonly Rule[];
}

/** Places that a chain takes in the numbering of rules: one per rule, and one for the policy. */
export function chainSize(chain: Chain): number {
  return chain.rules.length + (chain.policy === undefined ? 0 : 1);
}
