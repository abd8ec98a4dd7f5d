/**
 * The rules that send what is addressed to the node itself on to the node ports. They stand last in KUBE-SERVICES.
 * @see kubernetes pkg/proxy/util/nodeport_addresses.go
 */
import type { Family } from '../../../net/address.ts';
import { canonicalAddress, canonicalNetwork, networkHolds } from '../../object/address-text.ts';
import type { ProxyConfig, ProxyNode } from '../proxier.ts';
import { commentMatch } from './table-text.ts';

const COMMENT = commentMatch('kubernetes service nodeports; NOTE: this must be the last rule in this chain');
const TARGET = '-j KUBE-NODEPORTS';
const LOOPBACK: Record<Family, string> = { 4: '127.0.0.0/8', 6: '::1/128' };

/** Node-port networks of the family; empty: all local addresses. */
function networksOf(config: ProxyConfig): readonly string[] {
  const networks = config.nodePortAddresses.flatMap((text) => canonicalNetwork(text, config.family) ?? []);
  return networks.some((network) => network.endsWith('/0')) ? [] : networks;
}

/** Whether 127.0.0.1 accepts node ports here, for which route_localnet must be on. */
export function acceptsLocalhost(config: ProxyConfig): boolean {
  if (config.family !== 4 || !config.localhostNodePorts) return false;
  const networks = networksOf(config);
  return networks.length === 0 || networks.some((network) => networkHolds(network, '127.0.0.1'));
}

export function nodePortJumps(config: ProxyConfig, node: ProxyNode): readonly string[] {
  const networks = networksOf(config);
  const loopback = LOOPBACK[config.family];
  const open = acceptsLocalhost(config) || (config.family === 4 && config.profile.layout === '1.16');
  if (networks.length === 0) {
    const guarded = config.profile.layout === 'current' && !open ? ` ! -d ${loopback}` : '';
    return [`-A KUBE-SERVICES ${COMMENT} -m addrtype --dst-type LOCAL${guarded} ${TARGET}`];
  }
  const addresses = ['127.0.0.1', '::1', ...node.localAddresses].flatMap(
    (text) => canonicalAddress(text, config.family) ?? [],
  );
  return [...new Set(addresses)]
    .filter((address) => networks.some((network) => networkHolds(network, address)))
    .filter((address) => open || !networkHolds(loopback, address))
    .map((address) => `-A KUBE-SERVICES ${COMMENT} -d ${address} ${TARGET}`);
}
