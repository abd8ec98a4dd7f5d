/**
 * Addresses and networks as a lenient reader takes them, kube-proxy above all: surrounding blanks and leading zeros are forgiven (read as decimal),
 * the result is canonical text.
 * @see kubernetes pkg/proxy/iptables/proxier_test.go TestBadIPs; k8s.io/utils/net ParseIPSloppy
 */
import type { Family } from '../../net/address.ts';
import { formatPrefix, formatWords, parseAddress, parsePrefix } from '../../net/address.ts';

const PLAIN = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}$/;

function withoutZeros(text: string): string {
  const trimmed = text.trim();
  if (trimmed.includes(':') || PLAIN.test(trimmed)) return trimmed;
  return trimmed.replace(/(^|[./])0+(?=\d)/g, '$1');
}

/** Canonical text of an address of `family`, or `undefined` when it is of the other family or no address. */
export function canonicalAddress(text: string, family: Family): string | undefined {
  const address = parseAddress(withoutZeros(text));
  if (address === undefined || address.family !== family) return undefined;
  return formatWords(family, address.words);
}

/** Canonical text of a network of `family` (host bits cleared), or `undefined`. */
export function canonicalNetwork(text: string, family: Family): string | undefined {
  const prefix = parsePrefix(withoutZeros(text));
  return prefix === undefined || prefix.family !== family ? undefined : formatPrefix(prefix);
}

/** Whether `address` lies in `network`; both canonical texts. */
export function networkHolds(network: string, address: string): boolean {
  const prefix = parsePrefix(network);
  const inside = prefix === undefined ? undefined : parsePrefix(`${address}/${prefix.length}`);
  if (prefix === undefined || inside === undefined || prefix.family !== inside.family) return false;
  return prefix.words.every((word, i) => word === inside.words[i]);
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function joinHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
