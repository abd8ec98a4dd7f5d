/**
 * Pod addresses in use, node by node, and which comes next: by the node's own network as host-local does, or by Calico's
 * blocks.
 */
import type { Prefix } from '../net/address.ts';
import { parsePrefix } from '../net/address.ts';
import type { CalicoBlock } from './allocate/calico-block.ts';
import {
  blockAt,
  blockCount,
  claimBlock,
  freeAddress,
  freshBlock,
  nextBlockAddress,
  ordinalOf,
  takeAddress,
} from './allocate/calico-block.ts';
import { addressAt, nextPodOffset } from './allocate/pod-ip.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';

/** One pool and what nodes have taken from it. Changed by `evolve` alone. */
interface PodIpam {
  /** @returns `undefined` when none is left */
  next(node: NodeConfig): string | undefined;
  take(node: NodeConfig, ip: string): void;
  release(node: NodeConfig, ip: string): void;
}

export class PodAddresses {
  readonly #used = new Set<string>();
  readonly #ipams: readonly { readonly family: 4 | 6; readonly ipam: PodIpam }[];

  constructor(config: ClusterConfig) {
    this.#ipams = config.podCIDRs.flatMap((cidr, i) => {
      const pool = parsePrefix(cidr);
      if (pool === undefined) return [];
      const ipam = config.ipam === 'calico' ? new CalicoIpam(pool) : new HostLocalIpam(i);
      return [{ family: pool.family, ipam }];
    });
  }

  /** One address a family for the node's next pod; `wanted` first, if it is free. Empty: none is left. */
  next(node: NodeConfig, wanted: string | undefined): readonly string[] {
    const ips = this.#ipams.map(({ family, ipam }) => {
      const pinned = wanted !== undefined && wanted.includes(':') === (family === 6) && !this.#used.has(wanted);
      return pinned ? wanted : ipam.next(node);
    });
    return ips.every((ip): ip is string => ip !== undefined) ? ips : [];
  }

  take(node: NodeConfig, ips: readonly string[]): void {
    for (const ip of ips) {
      this.#used.add(ip);
      this.#ipamOf(ip)?.take(node, ip);
    }
  }

  release(node: NodeConfig, ips: readonly string[]): void {
    for (const ip of ips) {
      this.#used.delete(ip);
      this.#ipamOf(ip)?.release(node, ip);
    }
  }

  #ipamOf(ip: string): PodIpam | undefined {
    return this.#ipams.find(({ family }) => (family === 6) === ip.includes(':'))?.ipam;
  }
}

/** Each node hands out its own network. */
class HostLocalIpam implements PodIpam {
  readonly #place: number;
  readonly #last = new Map<string, number>();
  readonly #used = new Set<string>();

  /** @param place of the network among a node's */
  constructor(place: number) {
    this.#place = place;
  }

  next(node: NodeConfig): string | undefined {
    const network = this.#network(node);
    if (network === undefined) return undefined;
    const isUsed = (offset: number): boolean => this.#used.has(addressAt(network, offset));
    const offset = nextPodOffset(network, this.#last.get(node.name) ?? 0, isUsed);
    return offset < 0 ? undefined : addressAt(network, offset);
  }

  take(node: NodeConfig, ip: string): void {
    this.#used.add(ip);
    const network = this.#network(node);
    const words = parsePrefix(ip)?.words;
    if (network === undefined || words === undefined) return;
    const last = network.family === 4 ? 0 : 3;
    const offset = (words[last] - network.words[last]) >>> 0;
    if (addressAt(network, offset) === ip) this.#last.set(node.name, offset);
  }

  release(_node: NodeConfig, ip: string): void {
    this.#used.delete(ip);
  }

  #network(node: NodeConfig): Prefix | undefined {
    return parsePrefix(node.podCIDRs[this.#place] ?? '');
  }
}

/** Nodes claim blocks of the cluster's network. */
class CalicoIpam implements PodIpam {
  readonly #pool: Prefix;
  /** Blocks by index, with the node that claimed each; in order of the claims. */
  readonly #blocks = new Map<number, { readonly node: string; block: CalicoBlock }>();

  constructor(pool: Prefix) {
    this.#pool = pool;
  }

  next(node: NodeConfig): string | undefined {
    for (const { node: owner, block } of this.#blocks.values()) {
      const ip = owner === node.name ? nextBlockAddress(block) : undefined;
      if (ip !== undefined) return ip;
    }
    const index = claimBlock(this.#pool, node.name, (i) => this.#blocks.has(i));
    return index < 0 ? undefined : nextBlockAddress(freshBlock(blockAt(this.#pool, index)));
  }

  take(node: NodeConfig, ip: string): void {
    const index = this.#indexOf(ip);
    if (index < 0) return;
    const claimed = this.#blocks.get(index) ?? { node: node.name, block: freshBlock(blockAt(this.#pool, index)) };
    claimed.block = takeAddress(claimed.block, ip);
    this.#blocks.set(index, claimed);
  }

  release(_node: NodeConfig, ip: string): void {
    const claimed = this.#blocks.get(this.#indexOf(ip));
    if (claimed !== undefined) claimed.block = freeAddress(claimed.block, ip);
  }

  /** Number of the block that holds an address, or -1 outside the pool. */
  #indexOf(ip: string): number {
    const offset = ordinalOf({ prefix: this.#pool, queue: [] }, ip);
    const index = offset < 0 ? -1 : Math.floor(offset / 64);
    return index < blockCount(this.#pool) ? index : -1;
  }
}
