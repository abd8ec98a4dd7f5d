/**
 * Pod addresses as the CNI plugin host-local gives them out: from the node's own network, one after the other, going
 * round, so that an address just freed is not given out again at once. The first address is the bridge's.
 * @see containernetworking/plugins plugins/ipam/host-local/backend/allocator/allocator.go
 */
import type { Prefix } from '../../net/address.ts';
import { formatWords } from '../../net/address.ts';

/** Offset of the bridge's address in the node's network. */
export const GATEWAY_OFFSET = 1;

/** The address at an offset (below 2^31) from the start of a network. */
export function addressAt(prefix: Prefix, offset: number): string {
  const words = [...prefix.words];
  const last = prefix.family === 4 ? 0 : 3;
  words[last] = (words[last]! + offset) | 0;
  return formatWords(prefix.family, words);
}

/** Offsets that pods may have: 1 to this, less the gateway's. */
function lastOffset(prefix: Prefix): number {
  const bits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  // The plugin leaves out the broadcast address, for IPv6 as well.
  return 2 ** Math.min(bits, 31) - 2;
}

/**
 * @param lastReserved offset given out last, 0 when none was
 * @param isUsed by offset
 * @returns the next free offset, or -1 when the network is full
 */
export function nextPodOffset(prefix: Prefix, lastReserved: number, isUsed: (offset: number) => boolean): number {
  const last = lastOffset(prefix);
  for (let step = 1; step <= last; step++) {
    const offset = ((lastReserved - 1 + step + last) % last) + 1;
    if (offset !== GATEWAY_OFFSET && !isUsed(offset)) return offset;
  }
  return -1;
}
