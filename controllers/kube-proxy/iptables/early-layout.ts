/**
 * kube-proxy's rules as 1.16 lays them out: the cluster IP's masquerade rule stands in KUBE-SERVICES, external traffic
 * meets KUBE-SVC directly or KUBE-XLB under externalTrafficPolicy Local, DROP happens by the mark 0x8000.
 * @see kubernetes v1.16 pkg/proxy/iptables/proxier.go syncProxyRules
 */
import { canonicalAddress, canonicalNetwork, networkHolds } from '../../object/address-text.ts';
import type { EndpointInfo } from '../endpoint-info.ts';
import type { ProxyConfig, SyncInputs } from '../proxier.ts';
import type { ServicePortInfo } from '../service-port.ts';
import { endpointChain } from './chain.ts';
import { paddedMark } from './mark.ts';
import { nodePortJumps } from './node-port-jump.ts';
import { probabilityText } from './probability.ts';
import { retireChains } from './stale-chain.ts';
import type { SyncPort } from './sync-view.ts';
import { syncView } from './sync-view.ts';
import type { TableText } from './table-text.ts';
import { chainLine, commentMatch, restoreText, tableText } from './table-text.ts';

const FILTER_CHAINS = ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD'] as const;
const NAT_CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'] as const;

interface Writer {
  readonly config: ProxyConfig;
  readonly filter: TableText;
  readonly nat: TableText;
  readonly clusterCidr: string | undefined;
  readonly nodeIp: string | undefined;
  readonly active: Set<string> | undefined;
}

/** The text for `iptables-restore --noflush --counters`. Every sync of this layout is a full one. */
export function writeEarly(inputs: SyncInputs): string {
  const { config, node } = inputs;
  const writer: Writer = {
    config,
    filter: tableText('filter', FILTER_CHAINS),
    nat: tableText('nat', NAT_CHAINS),
    clusterCidr: clusterCidrOf(config),
    nodeIp: node.ips.map((ip) => canonicalAddress(ip, config.family)).find((ip) => ip !== undefined),
    active: inputs.existingChains === undefined ? undefined : new Set(),
  };
  const mark = markPair(config);
  writer.nat.rules.push(
    `-A KUBE-POSTROUTING ${commentMatch('kubernetes service traffic requiring SNAT')} -m mark --mark ${mark} -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}`,
    `-A KUBE-MARK-MASQ -j MARK --set-xmark ${mark}`,
  );
  for (const port of syncView(inputs).ports) writePort(writer, port);
  if (inputs.existingChains !== undefined && writer.active !== undefined) {
    retireChains(writer.nat, inputs.existingChains, writer.active);
  }
  writer.nat.rules.push(...nodePortJumps(config, node));
  writeForward(writer);
  return restoreText([writer.filter, writer.nat]);
}

function clusterCidrOf({ detector, family }: ProxyConfig): string | undefined {
  if (detector.mode !== 'ClusterCIDR') return undefined;
  return detector.cidrs.map((text) => canonicalNetwork(text, family)).find((text) => text !== undefined);
}

function markPair(config: ProxyConfig): string {
  const mark = paddedMark(config.masqueradeBit);
  return `${mark}/${mark}`;
}

function writeForward({ filter, config, clusterCidr }: Writer): void {
  const related = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
  filter.rules.push(
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD ${commentMatch('kubernetes forwarding rules')} -m mark --mark ${markPair(config)} -j ACCEPT`,
  );
  if (clusterCidr === undefined) return;
  filter.rules.push(
    `-A KUBE-FORWARD -s ${clusterCidr} ${commentMatch('kubernetes forwarding conntrack pod source rule')} ${related}`,
    `-A KUBE-FORWARD ${commentMatch('kubernetes forwarding conntrack pod destination rule')} -d ${clusterCidr} ${related}`,
  );
}

/** The policy concerns every way in but the cluster IP, and is looked at only for node ports and load balancers. */
function isLocalOnly(info: ServicePortInfo): boolean {
  return info.externalLocal;
}

function writePort(writer: Writer, port: SyncPort): void {
  const { info, sets, chains } = port;
  const has = sets.cluster.length > 0;
  if (has) declare(writer, chains.service);
  if (isLocalOnly(info)) declare(writer, chains.balancer);
  writeClusterIp(writer, port, has);
  for (const ip of info.externalIps) writeExternalIp(writer, port, ip, has);
  if (has && info.loadBalancerVips.length > 0) declare(writer, chains.firewall);
  for (const ip of info.loadBalancerVips) writeLoadBalancerIp(writer, port, ip, has);
  if (info.nodePort !== 0) writeNodePort(writer, port, has);
  if (!has) return;
  for (const endpoint of sets.cluster) declare(writer, endpointChain(chains, endpoint));
  writeAffinity(writer, port, chains.service, sets.cluster, '');
  writeBalance(writer, port, chains.service, sets.cluster, () => '');
  for (const endpoint of sets.cluster) writeEndpoint(writer, port, endpoint);
  if (isLocalOnly(info)) writeBalancer(writer, port);
}

function declare({ nat, active }: Writer, chain: string): void {
  nat.chains.push(chainLine(chain));
  active?.add(chain);
}

function protocolMatch(info: ServicePortInfo): string {
  return `-m ${info.protocol} -p ${info.protocol}`;
}

function hostNetwork(ip: string): string {
  return ip.includes(':') ? `${ip}/128` : `${ip}/32`;
}

/** Says no in the filter table, in `chain`. */
function refuse({ filter }: Writer, { info, chains }: SyncPort, chain: string, to: string): void {
  const why = commentMatch(`${chains.name} has no endpoints`);
  const local = to === '' ? `-m addrtype --dst-type LOCAL ` : '';
  const where = to === '' ? `--dport ${info.nodePort}` : `-d ${hostNetwork(to)} --dport ${info.port}`;
  filter.rules.push(`-A ${chain} ${why} ${local}${protocolMatch(info)} ${where} -j REJECT`);
}

function writeClusterIp(writer: Writer, port: SyncPort, has: boolean): void {
  const { info, chains } = port;
  if (!has) {
    refuse(writer, port, 'KUBE-SERVICES', info.clusterIp);
    return;
  }
  const rule = `-A KUBE-SERVICES ${commentMatch(`${chains.name} cluster IP`)} ${protocolMatch(info)} -d ${hostNetwork(info.clusterIp)} --dport ${info.port}`;
  if (writer.config.masqueradeAll) writer.nat.rules.push(`${rule} -j KUBE-MARK-MASQ`);
  else if (writer.clusterCidr !== undefined)
    writer.nat.rules.push(`${rule} ! -s ${writer.clusterCidr} -j KUBE-MARK-MASQ`);
  writer.nat.rules.push(`${rule} -j ${chains.service}`);
}

function writeExternalIp(writer: Writer, port: SyncPort, ip: string, has: boolean): void {
  const { info, chains } = port;
  if (!has) {
    refuse(writer, port, 'KUBE-EXTERNAL-SERVICES', ip);
    return;
  }
  const rule = `-A KUBE-SERVICES ${commentMatch(`${chains.name} external IP`)} ${protocolMatch(info)} -d ${hostNetwork(ip)} --dport ${info.port}`;
  writer.nat.rules.push(
    `${rule} -j KUBE-MARK-MASQ`,
    `${rule} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ${chains.service}`,
    `${rule} -m addrtype --dst-type LOCAL -j ${chains.service}`,
  );
}

function writeLoadBalancerIp(writer: Writer, port: SyncPort, ip: string, has: boolean): void {
  const { info, chains } = port;
  if (!has) {
    refuse(writer, port, 'KUBE-SERVICES', ip);
    return;
  }
  const why = commentMatch(`${chains.name} loadbalancer IP`);
  const { rules } = writer.nat;
  const chosen = isLocalOnly(info) ? chains.balancer : chains.service;
  rules.push(
    `-A KUBE-SERVICES ${why} ${protocolMatch(info)} -d ${hostNetwork(ip)} --dport ${info.port} -j ${chains.firewall}`,
  );
  if (!isLocalOnly(info)) rules.push(`-A ${chains.firewall} ${why} -j KUBE-MARK-MASQ`);
  if (info.sourceRanges.length === 0) rules.push(`-A ${chains.firewall} ${why} -j ${chosen}`);
  for (const range of info.sourceRanges) rules.push(`-A ${chains.firewall} ${why} -s ${range} -j ${chosen}`);
  const { nodeIp } = writer;
  if (nodeIp !== undefined && info.sourceRanges.some((range) => networkHolds(range, nodeIp))) {
    rules.push(`-A ${chains.firewall} ${why} -s ${hostNetwork(ip)} -j ${chosen}`);
  }
  rules.push(`-A ${chains.firewall} ${why} -j KUBE-MARK-DROP`);
}

function writeNodePort(writer: Writer, port: SyncPort, has: boolean): void {
  const { info, chains } = port;
  if (!has) {
    refuse(writer, port, 'KUBE-EXTERNAL-SERVICES', '');
    return;
  }
  const rule = `-A KUBE-NODEPORTS ${commentMatch(chains.name)} ${protocolMatch(info)} --dport ${info.nodePort}`;
  if (isLocalOnly(info)) {
    const loopback = writer.config.family === 4 ? '127.0.0.0/8' : '::1/128';
    writer.nat.rules.push(`${rule} -s ${loopback} -j KUBE-MARK-MASQ`, `${rule} -j ${chains.balancer}`);
  } else {
    writer.nat.rules.push(`${rule} -j KUBE-MARK-MASQ`, `${rule} -j ${chains.service}`);
  }
}

function writeAffinity(
  { nat }: Writer,
  { info, chains }: SyncPort,
  chain: string,
  endpoints: readonly EndpointInfo[],
  comment: string,
): void {
  if (info.affinitySeconds === 0) return;
  for (const endpoint of endpoints) {
    const target = endpointChain(chains, endpoint);
    nat.rules.push(
      `-A ${chain}${comment} -m recent --name ${target} --rcheck --seconds ${info.affinitySeconds} --reap -j ${target}`,
    );
  }
}

function writeBalance(
  { nat, config }: Writer,
  { chains }: SyncPort,
  chain: string,
  endpoints: readonly EndpointInfo[],
  commentOf: (index: number) => string,
): void {
  for (let i = 0; i < endpoints.length; i++) {
    const left = endpoints.length - i;
    const text = left > 1 ? probabilityText(left, config.profile.probabilityDigits) : '';
    const chance = left > 1 ? ` -m statistic --mode random --probability ${text}` : '';
    nat.rules.push(`-A ${chain}${commentOf(i)}${chance} -j ${endpointChain(chains, endpoints[i] as EndpointInfo)}`);
  }
}

function writeEndpoint({ nat }: Writer, { info, chains }: SyncPort, endpoint: EndpointInfo): void {
  const chain = endpointChain(chains, endpoint);
  const recent = info.affinitySeconds !== 0 ? ` -m recent --name ${chain} --set` : '';
  nat.rules.push(
    `-A ${chain} -s ${hostNetwork(endpoint.ip)} -j KUBE-MARK-MASQ`,
    `-A ${chain}${recent} ${protocolMatch(info)} -j DNAT --to-destination ${endpoint.text}`,
  );
}

/** KUBE-XLB: pods and the node itself are sent to all endpoints, everybody else to those of this node. */
function writeBalancer(writer: Writer, port: SyncPort): void {
  const { nat, clusterCidr } = writer;
  const { info, sets, chains } = port;
  const { name, balancer } = chains;
  if (clusterCidr !== undefined) {
    const why = commentMatch('Redirect pods trying to reach external loadbalancer VIP to clusterIP');
    nat.rules.push(`-A ${balancer} ${why} -s ${clusterCidr} -j ${chains.service}`);
  }
  nat.rules.push(
    `-A ${balancer} ${commentMatch(`masquerade LOCAL traffic for ${name} LB IP`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `-A ${balancer} ${commentMatch(`route LOCAL traffic for ${name} LB IP to service chain`)} -m addrtype --src-type LOCAL -j ${chains.service}`,
  );
  const local = info.external ? sets.local : [];
  if (local.length === 0) {
    nat.rules.push(`-A ${balancer} ${commentMatch(`${name} has no local endpoints`)} -j KUBE-MARK-DROP`);
    return;
  }
  writeAffinity(writer, port, balancer, local, ` ${commentMatch(name)}`);
  writeBalance(writer, port, balancer, local, (i) => ` ${commentMatch(`Balancing rule ${i} for ${name}`)}`);
}
