/**
 * What the control plane's components do to the network of their node: the kubelet plugs pods in and starts what listens
 * in them, kube-proxy loads its rules. Called by `evolve`.
 */
import { invariant } from '../../core/error.ts';
import { type Host, HostStatus } from '../../net/host.ts';
import { TABLE_NAMES, TableId, tableIdOf } from '../../net/netfilter/hook.ts';
import { printRule } from '../../net/netfilter/print.ts';
import type { Table } from '../../net/netfilter/table.ts';
import type { NetState, Network } from '../../net/network.ts';
import { restoreRules } from '../../net/rules.ts';
import type { Listener } from '../../net/socket.ts';
import { removeSocket } from '../../net/stack/socket-state.ts';
import { setSysctl } from '../../net/sysctl.ts';
import { TcpState } from '../../net/transport/tcp-socket.ts';
import { listen, removeHost } from '../../net/wiring.ts';
import type { EnsuredRule, SyncProgram } from '../kube-proxy/proxier.ts';
import type { NodeAgent, PodSandbox } from '../node-agent.ts';
import type { Cni, CniConfig, CniNode } from './cni.ts';
import { answersOf, type ImageAnswers } from './image-answers.ts';
import { addPodHost, podHost, podHostName } from './pod-host.ts';
import { mapPorts, type PortMapTarget, unmapPorts } from './port-map.ts';

/** Protocol numbers by the names that manifests use. */
const PROTOCOLS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

const NO_CHAINS: readonly string[] = [];
/** One list a table: hosts that share rules share it, and can be told by it. */
const chainNames = new WeakMap<Table, readonly string[]>();

export class ContainerNetwork implements NodeAgent<NetState> {
  readonly #cni: Cni;
  readonly #config: CniConfig;
  readonly #nodes: ReadonlyMap<number, CniNode>;
  readonly #images: Readonly<Record<string, ImageAnswers>>;

  /** @param images the scenario's own images, by name or name:tag */
  constructor(cni: Cni, config: CniConfig, nodes: readonly CniNode[], images: Readonly<Record<string, ImageAnswers>>) {
    this.#cni = cni;
    this.#config = config;
    this.#nodes = new Map(nodes.map((node) => [node.host.id, node]));
    this.#images = images;
  }

  attachPod({ net }: NetState, host: number, sandbox: PodSandbox): void {
    if (sandbox.hostNetwork) return;
    const node = this.#node(host);
    const pod = addPodHost(net, host, sandbox);
    this.#cni.attach(net, node, pod, sandbox.ips[0]!, this.#config);
    mapPorts(net, node.host, sandbox, this.#portTarget(node, sandbox));
  }

  startContainers({ net }: NetState, host: number, sandbox: PodSandbox, at: number): void {
    const place = this.#place(net, host, sandbox);
    for (const container of sandbox.containers) {
      const { readyDelayNs = 0 } = container;
      const readyAtNs = readyDelayNs < 0 ? Number.POSITIVE_INFINITY : at + readyDelayNs;
      for (const listener of this.#listeners({ ...sandbox, containers: [container] })) {
        const taken = place.listeners.some((one) => isOf(one, sandbox) && sharesPort(one, listener));
        if (!taken) listen(place, readyDelayNs === 0 ? listener : { ...listener, readyAtNs });
      }
    }
  }

  quiesceContainers({ net }: NetState, host: number, sandbox: PodSandbox): void {
    const containers = sandbox.containers.filter(({ unreadyOnTerm }) => unreadyOnTerm === true);
    for (const listener of this.#open(net, host, { ...sandbox, containers }))
      listener.readyAtNs = Number.POSITIVE_INFINITY;
  }

  hangContainers({ net }: NetState, host: number, sandbox: PodSandbox, hangs: boolean): void {
    for (const listener of this.#open(net, host, sandbox)) listener.hangs = hangs;
  }

  stopContainers({ net }: NetState, host: number, sandbox: PodSandbox): void {
    const place = this.#place(net, host, sandbox);
    const gone = this.#open(net, host, sandbox);
    for (const listener of gone) place.listeners.splice(place.listeners.indexOf(listener), 1);
    // Connections that nobody has accepted yet go with the port that they came to.
    for (const socket of [...place.sockets.values()].flat())
      if (socket.tcp?.state === TcpState.SynReceived && gone.includes(socket.listener!))
        removeSocket(net, place, socket);
  }

  isConnected({ net }: NetState, host: number): boolean {
    const api = this.#nodes.keys().next().value;
    return [host, api].every((id) => id === undefined || net.host(id).status === HostStatus.Up);
  }

  /** What the containers of a sandbox listen on now. */
  #open(net: Network, host: number, sandbox: PodSandbox): readonly Listener[] {
    const own = this.#listeners(sandbox);
    return this.#place(net, host, sandbox).listeners.filter(
      (one) => isOf(one, sandbox) && own.some((other) => sharesPort(one, other)),
    );
  }

  detachPod({ net }: NetState, host: number, sandbox: PodSandbox): void {
    if (sandbox.hostNetwork) return;
    const pod = podHost(net, host, sandbox);
    if (pod === undefined) return;
    const node = this.#node(host);
    unmapPorts(net, node.host, sandbox, this.#portTarget(node, sandbox));
    this.#cni.detach(net, node, sandbox.ips[0]!);
    removeHost(net, pod);
  }

  loadRules({ net }: NetState, host: number, program: SyncProgram): void {
    const node = net.host(host);
    for (const { table, chain } of program.canaries) ensureChain(net, node, table, chain);
    for (const rule of program.ensured) ensureRule(net, node, rule);
    for (const step of program.steps) {
      invariant(step.tool === 'iptables-restore', `No such tool on a node: ${step.tool}`);
      const refused = restoreRules(net.addresses, node, step.input, step.args.includes('--noflush'));
      invariant(refused === '', `kube-proxy wrote what iptables-restore refuses: ${refused}`);
    }
    for (const [name, value] of Object.entries(program.sysctls)) setSysctl(node.sysctls, name, value);
  }

  natChains({ net }: NetState, host: number): readonly string[] {
    const table = net.host(host).ruleset.table(TableId.Nat);
    if (table === undefined) return NO_CHAINS;
    let names = chainNames.get(table);
    if (names === undefined) {
      names = table.chains.map((chain) => chain.name);
      chainNames.set(table, names);
    }
    return names;
  }

  hasChain({ net }: NetState, host: number, table: string, chain: string): boolean {
    const id = tableIdOf(table);
    return id !== undefined && net.host(host).ruleset.span(id, chain) !== undefined;
  }

  localAddresses({ net }: NetState, host: number): readonly string[] {
    return net
      .host(host)
      .interfaces.flatMap((id) => net.interface(id).addresses.map(({ address }) => net.addresses.text(address)));
  }

  #portTarget({ podCIDR }: CniNode, { ips }: PodSandbox): PortMapTarget {
    const ip = ips[0]!;
    const { network, ownSubnet } = this.#cni;
    return { network, ip, subnet: ownSubnet ? podCIDR : `${ip}/32` };
  }

  #node(host: number): CniNode {
    const node = this.#nodes.get(host);
    invariant(node !== undefined, `Host ${host} is no node`);
    return node;
  }

  #place(net: Network, host: number, sandbox: PodSandbox): Host {
    const place = sandbox.hostNetwork ? net.host(host) : podHost(net, host, sandbox);
    invariant(place !== undefined, `No network for pod ${podHostName(sandbox)}`);
    return place;
  }

  #listeners(sandbox: PodSandbox): Listener[] {
    const listeners: Listener[] = [];
    for (const { image, ports, portTaken } of sandbox.containers) {
      if (portTaken === true) continue;
      const { answers, status, delayNs, ports: own, nginxVersion, crew } = answersOf(image, this.#images);
      const release = nginxVersion === undefined ? {} : { nginxVersion };
      // All ports of a container are served by the same workers.
      const served = crew === undefined ? {} : { crew: { ...crew, leaving: [] } };
      const declared = ports.map(({ containerPort, protocol }) => ({
        port: containerPort,
        protocol: PROTOCOLS[protocol]!,
        answers,
      }));
      const known = new Set(own.map(({ port, protocol }) => `${protocol}/${port}`));
      for (const one of [...own, ...declared.filter(({ port, protocol }) => !known.has(`${protocol}/${port}`))]) {
        if (listeners.some(({ port, protocol }) => port === one.port && protocol === one.protocol)) continue;
        listeners.push({ ...one, address: 0, status, delayNs, name: sandbox.name, body: '', ...release, ...served });
      }
    }
    return listeners;
  }
}

function isOf(listener: Listener, { name }: PodSandbox): boolean {
  return listener.name === name;
}

function sharesPort(a: Listener, b: Listener): boolean {
  return a.port === b.port && a.protocol === b.protocol;
}

/** As `iptables -N`, unless it is there. */
function ensureChain(net: Network, node: Host, table: string, chain: string): void {
  if (node.ruleset.span(tableIdOf(table)!, chain) !== undefined) return;
  restoreRules(net.addresses, node, `*${table}\n-N ${chain}\nCOMMIT\n`, true);
}

const BUILT_IN = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** As `iptables -C … || iptables -I …`, its chain and its target's created before. */
function ensureRule(net: Network, node: Host, { table, chain, target, rule, position }: EnsuredRule): void {
  const id = tableIdOf(table)!;
  const declare = [chain, target]
    .filter((name) => name !== undefined && !BUILT_IN.has(name) && node.ruleset.span(id, name) === undefined)
    .map((name) => `-N ${name}\n`)
    .join('');
  const missing = !hasRule(node, table, chain, rule);
  if (declare === '' && !missing) return;
  const command = position === 'prepend' ? `-I ${chain} 1 ${rule}` : `-A ${chain} ${rule}`;
  restoreRules(net.addresses, node, `*${TABLE_NAMES[id]}\n${declare}${missing ? `${command}\n` : ''}COMMIT\n`, true);
}

function hasRule(node: Host, table: string, chain: string, rule: string): boolean {
  return ruleTexts(node, table, chain).includes(`-A ${chain} ${rule}`);
}

function ruleTexts(node: Host, table: string, chain: string): string[] {
  const span = node.ruleset.span(tableIdOf(table)!, chain);
  if (span === undefined) return [];
  const texts: string[] = [];
  for (let index = span[0]; index < span[1]; index++)
    if (node.ruleset.rule(index) !== undefined) texts.push(printRule(node.ruleset, index));
  return texts;
}
