/**
 * kube-proxy's rules as the newest releases lay them out (about 1.28 to 1.34): one entry chain for external traffic, a
 * chain a policy, a chain an endpoint; DROP and REJECT by destination in the filter table.
 * @see kubernetes pkg/proxy/iptables/proxier.go syncProxyRules
 */
import { canonicalAddress, canonicalNetwork, networkHolds } from '../../object/address-text.ts';
import type { EndpointInfo } from '../endpoint-info.ts';
import type { ProxyConfig, SyncInputs } from '../proxier.ts';
import { usesCluster, usesLocal } from '../topology.ts';
import { endpointChain } from './chain.ts';
import { FIREWALL_CHAIN } from './jump.ts';
import { paddedMark } from './mark.ts';
import { acceptsLocalhost, nodePortJumps } from './node-port-jump.ts';
import { probabilityText } from './probability.ts';
import { retireChains } from './stale-chain.ts';
import type { SyncPort } from './sync-view.ts';
import { isLargeCluster, syncView } from './sync-view.ts';
import type { TableText } from './table-text.ts';
import { chainLine, commentMatch, restoreText, tableText } from './table-text.ts';

const FILTER_CHAINS = [
  'KUBE-SERVICES',
  'KUBE-EXTERNAL-SERVICES',
  'KUBE-FORWARD',
  'KUBE-NODEPORTS',
  'KUBE-PROXY-FIREWALL',
] as const;
const NAT_CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'] as const;

interface Writer {
  readonly config: ProxyConfig;
  readonly filter: TableText;
  readonly nat: TableText;
  /** Match of a packet from a local pod, and from anywhere else; undefined without a detector. */
  readonly fromPod: string | undefined;
  readonly notFromPod: string | undefined;
  /** Per-endpoint rules carry comments. */
  readonly commented: boolean;
  readonly nodeIp: string | undefined;
  /** nat chains that are needed after this sync; not kept when none is retired. */
  readonly active: Set<string> | undefined;
}

/** The text for `iptables-restore --noflush --counters`. */
export function writeCurrent(inputs: SyncInputs): string {
  const { config, node } = inputs;
  const view = syncView(inputs);
  const guard = acceptsLocalhost(config);
  const writer: Writer = {
    config,
    filter: tableText('filter', guard ? [...FILTER_CHAINS, FIREWALL_CHAIN] : FILTER_CHAINS),
    nat: tableText('nat', NAT_CHAINS),
    ...podMatch(config),
    commented: !isLargeCluster(view),
    nodeIp: node.ips.map((ip) => canonicalAddress(ip, config.family)).find((ip) => ip !== undefined),
    active: inputs.existingChains === undefined ? undefined : new Set(),
  };
  writeMasquerade(writer);
  for (const port of view.ports) writePort(writer, port);
  if (inputs.existingChains !== undefined && writer.active !== undefined) {
    retireChains(writer.nat, inputs.existingChains, writer.active);
  }
  writer.nat.rules.push(...nodePortJumps(config, node));
  writeFilterTail(writer, guard);
  return restoreText([writer.filter, writer.nat]);
}

function podMatch({ detector, family }: ProxyConfig): Pick<Writer, 'fromPod' | 'notFromPod'> {
  let match: string | undefined;
  switch (detector.mode) {
    case 'ClusterCIDR':
    case 'NodeCIDR': {
      const cidr = detector.cidrs.map((text) => canonicalNetwork(text, family)).find((text) => text !== undefined);
      if (cidr !== undefined) match = `-s ${cidr}`;
      break;
    }
    case 'BridgeInterface':
      match = `-i ${detector.interface}`;
      break;
    case 'InterfaceNamePrefix':
      match = `-i ${detector.prefix}+`;
      break;
    case 'none':
      break;
  }
  return { fromPod: match, notFromPod: match === undefined ? undefined : `! ${match}` };
}

function writeMasquerade({ nat, config }: Writer): void {
  const mark = paddedMark(config.masqueradeBit);
  nat.rules.push(
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
    `-A KUBE-POSTROUTING ${commentMatch('kubernetes service traffic requiring SNAT')} -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}`,
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
  );
}

function writeFilterTail({ filter, config }: Writer, guard: boolean): void {
  const mark = paddedMark(config.masqueradeBit);
  if (guard) {
    filter.rules.push(
      `-A ${FIREWALL_CHAIN} ${commentMatch('block incoming localnet connections')} -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    );
  }
  if (!config.tcpBeLiberal) filter.rules.push('-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP');
  filter.rules.push(
    `-A KUBE-FORWARD ${commentMatch('kubernetes forwarding rules')} -m mark --mark ${mark}/${mark} -j ACCEPT`,
    `-A KUBE-FORWARD ${commentMatch('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
}

function writePort(writer: Writer, port: SyncPort): void {
  const { info, sets, chains } = port;
  const hasInternal = sets.any && !(info.internalLocal && sets.local.length === 0);
  const hasExternal = sets.any && !(info.externalLocal && sets.local.length === 0);
  writeEntries(writer, port, hasInternal, hasExternal);
  const needed = chainsOf(port);
  if (writer.active !== undefined) {
    for (const chain of needed) writer.active.add(chain);
    for (const endpoint of sets.reachable) writer.active.add(endpointChain(chains, endpoint));
  }
  if (!port.written) return;
  for (const chain of needed) writer.nat.chains.push(chainLine(chain));
  if (hasInternal) writeClusterIpMark(writer, port);
  if (needed.includes(chains.external)) writeExternal(writer, port, hasExternal);
  if (needed.includes(chains.firewall)) writeFirewall(writer, port);
  if (needed.includes(chains.service)) writeBalance(writer, port, chains.service, sets.cluster);
  if (needed.includes(chains.local)) writeBalance(writer, port, chains.local, sets.local);
  for (const endpoint of sets.reachable) writeEndpoint(writer, port, endpoint);
}

function chainsOf({ info, sets, chains }: SyncPort): readonly string[] {
  const needed: string[] = [];
  if (sets.any && info.external) needed.push(chains.external);
  if (sets.any && info.loadBalancerVips.length > 0 && info.sourceRanges.length > 0) needed.push(chains.firewall);
  if (sets.cluster.length > 0 && usesCluster(info)) needed.push(chains.service);
  if (sets.local.length > 0 && usesLocal(info)) needed.push(chains.local);
  return needed;
}

/** What leads to the port's chains, or says no: one rule for each way in, written in every sync. */
function writeEntries(writer: Writer, port: SyncPort, hasInternal: boolean, hasExternal: boolean): void {
  const { filter, nat } = writer;
  const { info, sets, chains } = port;
  const { name } = chains;
  const proto = `-m ${info.protocol} -p ${info.protocol}`;
  const refusal = sets.any
    ? { why: commentMatch(`${name} has no local endpoints`), target: 'DROP' }
    : { why: commentMatch(`${name} has no endpoints`), target: 'REJECT' };
  const clusterTarget = info.internalLocal ? chains.local : chains.service;
  if (hasInternal) {
    nat.rules.push(
      `-A KUBE-SERVICES ${commentMatch(`${name} cluster IP`)} ${proto} -d ${info.clusterIp} --dport ${info.port} -j ${clusterTarget}`,
    );
  } else {
    filter.rules.push(
      `-A KUBE-SERVICES ${refusal.why} ${proto} -d ${info.clusterIp} --dport ${info.port} -j ${refusal.target}`,
    );
  }
  const refuse = (destination: string, dport: number): void => {
    filter.rules.push(`-A KUBE-EXTERNAL-SERVICES ${refusal.why} ${destination} --dport ${dport} -j ${refusal.target}`);
  };
  for (const ip of info.externalIps) {
    if (sets.any) {
      nat.rules.push(
        `-A KUBE-SERVICES ${commentMatch(`${name} external IP`)} ${proto} -d ${ip} --dport ${info.port} -j ${chains.external}`,
      );
    }
    if (!hasExternal) refuse(`${proto} -d ${ip}`, info.port);
  }
  const guarded = info.sourceRanges.length > 0;
  for (const ip of info.loadBalancerVips) {
    if (sets.any) {
      nat.rules.push(
        `-A KUBE-SERVICES ${commentMatch(`${name} loadbalancer IP`)} ${proto} -d ${ip} --dport ${info.port} -j ${guarded ? chains.firewall : chains.external}`,
      );
    }
    if (sets.any && guarded) {
      filter.rules.push(
        `-A KUBE-PROXY-FIREWALL ${commentMatch(`${name} traffic not accepted by ${chains.firewall}`)} ${proto} -d ${ip} --dport ${info.port} -j DROP`,
      );
    }
    if (!hasExternal) refuse(`${proto} -d ${ip}`, info.port);
  }
  if (info.nodePort !== 0) {
    if (sets.any) {
      nat.rules.push(`-A KUBE-NODEPORTS ${commentMatch(name)} ${proto} --dport ${info.nodePort} -j ${chains.external}`);
    }
    if (!hasExternal) refuse(`-m addrtype --dst-type LOCAL ${proto}`, info.nodePort);
  }
  if (info.healthCheckNodePort !== 0) {
    filter.rules.push(
      `-A KUBE-NODEPORTS ${commentMatch(`${name} health check node port`)} -m tcp -p tcp --dport ${info.healthCheckNodePort} -j ACCEPT`,
    );
  }
}

function writeClusterIpMark({ nat, config, notFromPod }: Writer, { info, chains }: SyncPort): void {
  const source = config.masqueradeAll ? '' : notFromPod === undefined ? undefined : ` ${notFromPod}`;
  if (source === undefined) return;
  const chain = info.internalLocal ? chains.local : chains.service;
  nat.rules.push(
    `-A ${chain} ${commentMatch(`${chains.name} cluster IP`)} -m ${info.protocol} -p ${info.protocol} -d ${info.clusterIp} --dport ${info.port}${source} -j KUBE-MARK-MASQ`,
  );
}

function writeExternal({ nat, fromPod }: Writer, { info, chains }: SyncPort, hasExternal: boolean): void {
  const { name, external } = chains;
  if (!info.externalLocal) {
    nat.rules.push(
      `-A ${external} ${commentMatch(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`,
    );
  } else {
    if (fromPod !== undefined) {
      nat.rules.push(
        `-A ${external} ${commentMatch(`pod traffic for ${name} external destinations`)} ${fromPod} -j ${chains.service}`,
      );
    }
    nat.rules.push(
      `-A ${external} ${commentMatch(`masquerade LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
      `-A ${external} ${commentMatch(`route LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j ${chains.service}`,
    );
  }
  if (hasExternal) nat.rules.push(`-A ${external} -j ${info.externalLocal ? chains.local : chains.service}`);
}

function writeFirewall({ nat, nodeIp }: Writer, { info, chains }: SyncPort): void {
  const why = commentMatch(`${chains.name} loadbalancer IP`);
  const allow = (source: string): void => {
    nat.rules.push(`-A ${chains.firewall} ${why} -s ${source} -j ${chains.external}`);
  };
  for (const range of info.sourceRanges) allow(range);
  if (nodeIp !== undefined && info.sourceRanges.some((range) => networkHolds(range, nodeIp))) {
    // The node may own the VIP as an address: what it sends to the VIP then bears the VIP as its source too.
    for (const vip of info.loadBalancerVips) allow(vip);
  }
  nat.rules.push(
    `-A ${chains.firewall} ${commentMatch(`other traffic to ${chains.name} will be dropped by KUBE-PROXY-FIREWALL`)}`,
  );
}

function writeBalance(
  { nat, config, commented }: Writer,
  { info, chains }: SyncPort,
  chain: string,
  endpoints: readonly EndpointInfo[],
): void {
  const to = (endpoint: EndpointInfo): string =>
    commented ? ` ${commentMatch(`${chains.name} -> ${endpoint.text}`)}` : '';
  if (info.affinitySeconds !== 0) {
    for (const endpoint of endpoints) {
      const target = endpointChain(chains, endpoint);
      nat.rules.push(
        `-A ${chain}${to(endpoint)} -m recent --name ${target} --rcheck --seconds ${info.affinitySeconds} --reap -j ${target}`,
      );
    }
  }
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[i] as EndpointInfo;
    const left = endpoints.length - i;
    const chance =
      left > 1
        ? ` -m statistic --mode random --probability ${probabilityText(left, config.profile.probabilityDigits)}`
        : '';
    nat.rules.push(`-A ${chain}${to(endpoint)}${chance} -j ${endpointChain(chains, endpoint)}`);
  }
}

function writeEndpoint({ nat, commented }: Writer, { info, chains }: SyncPort, endpoint: EndpointInfo): void {
  const chain = endpointChain(chains, endpoint);
  const comment = commented ? ` ${commentMatch(chains.name)}` : '';
  const recent = info.affinitySeconds !== 0 ? ` -m recent --name ${chain} --set` : '';
  nat.chains.push(chainLine(chain));
  nat.rules.push(
    `-A ${chain}${comment} -s ${endpoint.ip} -j KUBE-MARK-MASQ`,
    `-A ${chain}${comment}${recent} -m ${info.protocol} -p ${info.protocol} -j DNAT --to-destination ${endpoint.text}`,
  );
}
