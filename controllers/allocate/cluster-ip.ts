/**
 * Cluster IPs: from the service network, by wish or by draw.
 * @see kubernetes pkg/registry/core/service/ipallocator/ipallocator.go
 */
import type { Prefix } from '../../net/address.ts';
import { formatPrefix, formatWords, parsePrefix } from '../../net/address.ts';
import { canonicalAddress } from '../object/address-text.ts';
import type { DrawBelow } from './band.ts';
import { drawFree, staticBand } from './band.ts';

export interface ClusterIpRange {
  readonly prefix: Prefix;
  /** Usable addresses: all but the first, and for IPv4 the last. Of a network larger than 2^32, the first 2^32. */
  readonly size: number;
  /** How many of them, from the first on, are drawn last. */
  readonly staticBand: number;
}

/** What allocation says when nothing is left. */
export const CLUSTER_IPS_FULL = 'Internal error occurred: failed to allocate a serviceIP: range is full';

/**
 * @param cidr such as `10.96.0.0/12`
 * @param minor release of the API server: bands came with 1.24
 * @returns `undefined` when the text is not a network, or one without a usable address
 */
export function clusterIpRange(cidr: string, minor: number): ClusterIpRange | undefined {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) return undefined;
  const bits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  const total = 2 ** Math.min(bits, 32);
  const size = total - (prefix.family === 4 ? 2 : 1);
  return size < 1 ? undefined : { prefix, size, staticBand: minor >= 24 ? staticBand(total, 16, 16, 256) : 0 };
}

/** The `number`-th usable address, from 0. The one of number 0 belongs to the service `kubernetes`. */
export function clusterIpAt({ prefix }: ClusterIpRange, number: number): string {
  const words = [...prefix.words];
  let carry = number + 1;
  for (let i = prefix.family === 4 ? 0 : 3; i >= 0 && carry > 0; i--) {
    const sum = (words[i]! >>> 0) + (carry % 2 ** 32);
    words[i] = sum | 0;
    carry = Math.floor(carry / 2 ** 32) + (sum >= 2 ** 32 ? 1 : 0);
  }
  return formatWords(prefix.family, words);
}

/** @returns a free cluster IP, or `undefined` when the range is full (`CLUSTER_IPS_FULL`) */
export function drawClusterIp(
  range: ClusterIpRange,
  isUsed: (ip: string) => boolean,
  draw: DrawBelow,
): string | undefined {
  const number = drawFree(range.size, range.staticBand, (n) => isUsed(clusterIpAt(range, n)), draw);
  return number < 0 ? undefined : clusterIpAt(range, number);
}

/**
 * Whether a cluster IP that somebody asks for may be had.
 * @returns the field error that refuses it, or `undefined`
 */
export function refuseClusterIp(
  range: ClusterIpRange,
  ip: string,
  isUsed: (ip: string) => boolean,
  minor: number,
): string | undefined {
  const why = whyNot(range, ip, isUsed, minor);
  if (why === undefined) return undefined;
  if (minor < 20) return `spec.clusterIP: Invalid value: ${JSON.stringify(ip)}: ${why}`;
  return `spec.clusterIPs: Invalid value: ${JSON.stringify([ip])}: failed to allocate IP ${ip}: ${why}`;
}

function whyNot(range: ClusterIpRange, ip: string, isUsed: (ip: string) => boolean, minor: number): string | undefined {
  const text = canonicalAddress(ip, range.prefix.family);
  if (text === undefined || !isUsable(range, text)) {
    const what = minor < 20 ? 'provided IP' : `the provided IP (${ip})`;
    return `${what} is not in the valid range. The range of valid IPs is ${formatPrefix(range.prefix)}`;
  }
  return isUsed(text) ? 'provided IP is already allocated' : undefined;
}

function isUsable(range: ClusterIpRange, ip: string): boolean {
  const { prefix } = range;
  const inside = parsePrefix(`${ip}/${prefix.length}`);
  if (inside === undefined || !prefix.words.every((word, i) => word === inside.words[i])) return false;
  if (ip === formatWords(prefix.family, prefix.words)) return false;
  return prefix.family === 6 || ip !== clusterIpAt(range, range.size);
}
