/**
 * Pod addresses as Calico's IPAM gives them out: each node takes blocks of 64 addresses from the pool and hands them out
 * from the front of a queue; what is freed goes to the queue's end, so numbers wander through the block and come round.
 * @see projectcalico/libcalico-go lib/ipam/ipam_block.go, ipam_block_reader_writer.go
 */
import type { Prefix } from '../../net/address.ts';
import { parsePrefix } from '../../net/address.ts';
import { fnv32a } from './fnv.ts';
import { addressAt } from './pod-ip.ts';

/** Prefix length of a block of the pool's family. */
export const BLOCK_LENGTH = { 4: 26, 6: 122 } as const;
/** Addresses of a block. */
export const BLOCK_SIZE = 64;

export interface CalicoBlock {
  readonly prefix: Prefix;
  /** Ordinals (0-63) not in use, in the order in which they are given out. All addresses of a block can be used. */
  readonly queue: readonly number[];
}

/** A block that nobody used yet. */
export function freshBlock(prefix: Prefix): CalicoBlock {
  return { prefix, queue: Array.from({ length: BLOCK_SIZE }, (_, ordinal) => ordinal) };
}

/** The address that the block gives out next, or `undefined` when it is full. */
export function nextBlockAddress(block: CalicoBlock): string | undefined {
  const ordinal = block.queue[0];
  return ordinal === undefined ? undefined : addressAt(block.prefix, ordinal);
}

/** Ordinal of an address in the block, or -1. */
export function ordinalOf({ prefix }: CalicoBlock, address: string): number {
  const inside = parsePrefix(`${address}/${prefix.length}`);
  if (inside === undefined || inside.family !== prefix.family) return -1;
  if (!prefix.words.every((word, i) => word === inside.words[i])) return -1;
  const words = parsePrefix(address)!.words;
  const last = prefix.family === 4 ? 0 : 3;
  return (words[last]! - prefix.words[last]!) >>> 0;
}

/** The block after an address was given out: the next one, or any that was asked for by name. */
export function takeAddress(block: CalicoBlock, address: string): CalicoBlock {
  const ordinal = ordinalOf(block, address);
  return { ...block, queue: block.queue.filter((other) => other !== ordinal) };
}

/** The block after an address was freed. */
export function freeAddress(block: CalicoBlock, address: string): CalicoBlock {
  const ordinal = ordinalOf(block, address);
  if (ordinal < 0 || ordinal >= BLOCK_SIZE || block.queue.includes(ordinal)) return block;
  return { ...block, queue: [...block.queue, ordinal] };
}

/** Number of blocks in a pool. */
export function blockCount(pool: Prefix): number {
  const bits = BLOCK_LENGTH[pool.family] - pool.length;
  return bits < 0 ? 0 : 2 ** Math.min(bits, 30);
}

/** The `index`-th block of a pool. */
export function blockAt(pool: Prefix, index: number): Prefix {
  const words: [number, number, number, number] = [...pool.words];
  const last = pool.family === 4 ? 0 : 3;
  words[last] = (words[last] + index * BLOCK_SIZE) | 0;
  return { family: pool.family, length: BLOCK_LENGTH[pool.family], words };
}

/**
 * The block that a node claims: the first free one from a place that follows from the node's name, so that nodes don't
 * race for the same. Calico seeds Go's generator with the FNV hash of the name; the hash itself serves here, so which
 * place it is differs from a real cluster.
 * @param isClaimed by index
 * @returns its index, or -1 when the pool is full
 */
export function claimBlock(pool: Prefix, nodeName: string, isClaimed: (index: number) => boolean): number {
  const count = blockCount(pool);
  const start = count === 0 ? 0 : fnv32a(nodeName) % count;
  for (let step = 0; step < count; step++) {
    const index = (start + step) % count;
    if (!isClaimed(index)) return index;
  }
  return -1;
}
