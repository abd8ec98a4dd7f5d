/**
 * Host ports: the rules by which the CNI's portmap plugin leads a port of the node to a pod. They are the plugin's own
 * chains beside kube-proxy's, with a mark of their own for what has to be masqueraded: from the node itself by
 * 127.0.0.1, and from the pods' own network.
 * @see containernetworking/plugins plugins/meta/portmap/portmap_iptables.go
 */
import { createHash } from 'node:crypto';
import { invariant } from '../../core/error.ts';
import type { Host } from '../../net/host.ts';
import { TableId } from '../../net/netfilter/hook.ts';
import type { Network } from '../../net/network.ts';
import { restoreRules } from '../../net/rules.ts';
import type { PodSandbox } from '../node-agent.ts';

const DNAT = 'CNI-HOSTPORT-DNAT';
const SETMARK = 'CNI-HOSTPORT-SETMARK';
const MASQUERADE = 'CNI-HOSTPORT-MASQ';
/** Ports that one multiport match holds. */
const PORTS_A_RULE = 15;
/** Hexadecimal digits of a pod's chain name, so that it has the kernel's 28 characters with its prefix. */
const NAME_DIGITS = 21;

interface Mapping {
  readonly protocol: string;
  readonly hostPort: number;
  readonly containerPort: number;
  /** Of the node; '' for all of its addresses. */
  readonly hostIp: string;
}

/** Where a pod's host ports lead, on which network. */
export interface PortMapTarget {
  /** Of the CNI's configuration: `k8s-pod-network`, `cbr0`. */
  readonly network: string;
  readonly ip: string;
  /** The network that the pod's address is on, as its own interface has it. */
  readonly subnet: string;
}

function mappingsOf({ containers }: PodSandbox): readonly Mapping[] {
  return containers.flatMap(({ ports }) =>
    ports.flatMap(({ hostPort, containerPort, protocol, hostIP = '' }): Mapping[] => {
      if (!hostPort) return [];
      const hostIp = hostIP === '0.0.0.0' ? '' : hostIP;
      return [{ protocol: protocol.toLowerCase(), hostPort, containerPort, hostIp }];
    }),
  );
}

/** Leads the host ports of a pod to it. Nothing happens for a pod without any. */
export function mapPorts(net: Network, node: Host, sandbox: PodSandbox, target: PortMapTarget): void {
  const mappings = mappingsOf(sandbox);
  if (mappings.length === 0) return;
  const { id, chain } = namesOf(sandbox, target.network);
  load(net, node, [
    ...(node.ruleset.span(TableId.Nat, DNAT) === undefined ? commonRules() : []),
    `-N ${chain}`,
    ...entries(mappings, id, target.network, chain).map((rule) => `-A ${rule}`),
    ...mappings.flatMap((mapping) => podRules(mapping, chain, target)),
  ]);
}

/** Takes back what `mapPorts` did; the plugin's common chains stay. */
export function unmapPorts(net: Network, node: Host, sandbox: PodSandbox, target: PortMapTarget): void {
  const mappings = mappingsOf(sandbox);
  const { id, chain } = namesOf(sandbox, target.network);
  if (mappings.length === 0 || node.ruleset.span(TableId.Nat, chain) === undefined) return;
  const rules = entries(mappings, id, target.network, chain).map((rule) => `-D ${rule}`);
  load(net, node, [...rules, `-F ${chain}`, `-X ${chain}`]);
}

function load(net: Network, node: Host, lines: readonly string[]): void {
  const refused = restoreRules(net.addresses, node, `*nat\n${lines.join('\n')}\nCOMMIT\n`, true);
  invariant(refused === '', `portmap wrote what iptables-restore refuses: ${refused}`);
}

/** What a container runtime would have drawn is made of the pod's uid. */
function namesOf({ uid }: PodSandbox, network: string): { readonly id: string; readonly chain: string } {
  const id = createHash('sha256').update(uid).digest('hex');
  const digits = createHash('sha512').update(`${network}${id}`).digest('hex').slice(0, NAME_DIGITS);
  return { id, chain: `CNI-DN-${digits}` };
}

function commonRules(): readonly string[] {
  return [
    `-N ${DNAT}`,
    `-N ${SETMARK}`,
    `-N ${MASQUERADE}`,
    `-A PREROUTING -m addrtype --dst-type LOCAL -j ${DNAT}`,
    `-A OUTPUT -m addrtype --dst-type LOCAL -j ${DNAT}`,
    `-I POSTROUTING 1 -m comment --comment "CNI portfwd requiring masquerade" -j ${MASQUERADE}`,
    `-A ${SETMARK} -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000`,
    `-A ${MASQUERADE} -m mark --mark 0x2000/0x2000 -j MASQUERADE`,
  ];
}

/** The rules that lead to a pod's own chain, one for some ports of a protocol. */
function entries(mappings: readonly Mapping[], id: string, network: string, chain: string): readonly string[] {
  const byProtocol = new Map<string, Set<number>>();
  for (const { protocol, hostPort } of mappings) {
    byProtocol.set(protocol, (byProtocol.get(protocol) ?? new Set()).add(hostPort));
  }
  const comment = `-m comment --comment "dnat name: \\"${network}\\" id: \\"${id}\\""`;
  return [...byProtocol].flatMap(([protocol, numbers]) => {
    const ports = [...numbers];
    const rules: string[] = [];
    for (let i = 0; i < ports.length; i += PORTS_A_RULE) {
      const list = ports.slice(i, i + PORTS_A_RULE).join(',');
      rules.push(`${DNAT} -p ${protocol} ${comment} -m multiport --dports ${list} -j ${chain}`);
    }
    return rules;
  });
}

function podRules(
  { protocol, hostPort, containerPort, hostIp }: Mapping,
  chain: string,
  { ip, subnet }: PortMapTarget,
): readonly string[] {
  const to = hostIp === '' ? '' : ` -d ${hostIp}/32`;
  const port = `-p ${protocol} -m ${protocol} --dport ${hostPort}`;
  return [
    `-A ${chain} -s ${subnet}${to} ${port} -j ${SETMARK}`,
    `-A ${chain} -s 127.0.0.1/32${to} ${port} -j ${SETMARK}`,
    `-A ${chain}${to} ${port} -j DNAT --to-destination ${ip}:${containerPort}`,
  ];
}
