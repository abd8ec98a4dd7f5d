/**
 * The choice of an address from a rule's pool: a hash of client and destination, so that a client keeps its address
 * towards a server.
 * @see net/netfilter/nf_nat_core.c find_best_ips_proto
 */
import type { Address, AddressTable } from '../address.ts';
import type { FiveTuple } from '../five-tuple.ts';
import { hashFourWords } from './jenkins-hash.ts';
import type { NatRange } from './range.ts';

/** The kernel hashes words as they lie in memory, in network order on a little-endian machine. */
function swapped(word: number): number {
  return ((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/**
 * @param unchanged the address that stays when the range names none
 */
export function chooseAddress(addresses: AddressTable, tuple: FiveTuple, range: NatRange, unchanged: Address): Address {
  const pool = range.addresses;
  if (pool.length <= 1) return pool[0] ?? unchanged;
  const last = addresses.family(tuple.source) === 4 ? 0 : 3;
  const word = (i: number): number => (i <= last ? swapped(addresses.word(tuple.source, i)) : 0);
  const seed = range.persistent ? 0 : swapped(addresses.word(tuple.destination, last));
  let hash = hashFourWords(word(0), word(1), word(2), word(3), seed);
  if (!range.persistent) for (let i = 0; i < last; i++) hash ^= swapped(addresses.word(tuple.destination, i));
  return pool[Math.floor(((hash >>> 0) * pool.length) / 2 ** 32)]!;
}
