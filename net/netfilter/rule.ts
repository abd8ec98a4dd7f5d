/**
 * One rule: conditions on the IP header, further matches in the order in which they were loaded, and a target. Rules
 * are immutable and may be shared by any number of rule sets.
 */
import type { Family } from '../address.ts';
import type { Match } from './match.ts';
import type { Target } from './target.ts';

/** `[!] -s ADDRESS/MASK`. The mask need not be contiguous. */
export interface AddressMatch {
  readonly inverted: boolean;
  readonly family: Family;
  /** Four int32 words, masked; IPv4 uses the first. */
  readonly words: readonly number[];
  readonly masks: readonly number[];
}

/** `[!] -i NAME`; a name that ends in `+` stands for all that start so. */
export interface InterfaceMatch {
  readonly inverted: boolean;
  readonly name: string;
}

export interface Rule {
  readonly source: AddressMatch | undefined;
  readonly destination: AddressMatch | undefined;
  readonly inInterface: InterfaceMatch | undefined;
  readonly outInterface: InterfaceMatch | undefined;
  /** IP protocol number; 0 stands for every protocol. */
  readonly protocol: number;
  readonly protocolInverted: boolean;
  /** `-f`: true for second and further fragments, false for `! -f`. */
  readonly fragment: boolean | undefined;
  readonly matches: readonly Match[];
  readonly target: Target;
}

/** Whether an interface name fits a pattern such as `eth0` or `cali+`. @see include/linux/netfilter/x_tables.h ifname_compare_aligned */
export function interfaceFits(pattern: string, name: string): boolean {
  const last = pattern.length - 1;
  return pattern.charCodeAt(last) === 43 ? name.startsWith(pattern.slice(0, last)) : name === pattern;
}
