/**
 * What a NAT rule allows a connection to become: addresses, ports, and how to choose among them.
 * @see include/uapi/linux/netfilter/nf_nat.h struct nf_nat_range2
 */
import type { Address, AddressTable } from '../address.ts';

export interface NatRange {
  /** In order and without gaps; empty: the address stays. */
  readonly addresses: readonly Address[];
  /** Ports, or ICMP identifiers. Both 0: the rule names none. */
  readonly minPort: number;
  readonly maxPort: number;
  /** `--random` and `--random-fully`: never keep the port for being free. */
  readonly random: boolean;
  /** `--persistent`: one client has one address, wherever it goes. */
  readonly persistent: boolean;
  /** Port shift (`--to-destination :5000-5010/30000`): the port that becomes the first of the range; 0: none. */
  readonly basePort: number;
}

/** A range of one address and any port: SNAT and DNAT to an address, MASQUERADE, and the binding without a rule. */
export function toAddress(address: Address): NatRange {
  return { addresses: [address], minPort: 0, maxPort: 0, random: false, persistent: false, basePort: 0 };
}

/**
 * Interns `count` addresses from `first` upward. For `evolve`, when a rule is loaded: the choice among them must not
 * make new ones.
 */
export function addressPool(addresses: AddressTable, first: Address, count: number): Address[] {
  const family = addresses.family(first);
  const words = [0, 1, 2, 3].map((i) => addresses.word(first, i));
  const last = family === 4 ? 0 : 3;
  const start = words[last]!;
  return Array.from({ length: count }, (_, i) => {
    words[last] = (start + i) | 0;
    return addresses.internWords(family, words);
  });
}
