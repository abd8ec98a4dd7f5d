/**
 * The laboratory: a topology built on this machine's kernel, in network namespaces of its own, with real sockets that
 * send real requests, and what the kernel made of each.
 */
import type { Topology } from '../../net/view/topology.ts';
import type { Exchange, RequestResult } from './agent-message.ts';
import { AgentProcess } from './agent-process.ts';
import { looksLikeHttp } from './answer.ts';
import { type BuildPlan, planBuild, settingPath } from './build-plan.ts';
import { closeAtEnd } from './cleanup.ts';
import { changedEntries } from './conntrack-text.ts';
import { LabError } from './lab-error.ts';
import { type HostReading, LabHost } from './lab-host.ts';
import { addNamespaces, deleteNamespaces } from './namespace.ts';
import { labPrefix } from './namespace-name.ts';
import type { CommandResult } from './namespace-shell.ts';
import {
  arrivalTtl,
  type FlowObservation,
  firstRejection,
  firstServed,
  type LabRequest,
  type Observation,
  observationOf,
  type Served,
} from './observation.ts';
import { ping } from './ping.ts';
import { RawSockets, type WireQuestion } from './raw-socket.ts';
import { ruleHits } from './rule-counters.ts';
import type { Story } from './story.ts';
import type { WirePacket } from './wire.ts';

/** Source ports that the lab gives, clear of the kernel's own range and of kubelet's and kube-proxy's ports. */
const FIRST_SOURCE_PORT = 11_001;
const LAST_SOURCE_PORT = 29_999;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export interface LabOptions {
  /** Whether a probe before each rule counts how often it is reached; the rules then are twice as many. */
  readonly probed?: boolean;
}

export class Lab {
  readonly topology: Topology;
  /**
   * What the topology says and this kernel does not do: settings that it refuses inside a namespace, links that lose
   * packets. Delays and rates of links are never built: the kernel's own few microseconds stand for them.
   */
  readonly notBuilt: string[] = [];
  /** How the rules that were loaded differ from those that the topology has; empty when they agree. */
  readonly ruleDifferences: string[] = [];
  private readonly plan: BuildPlan;
  private readonly hosts = new Map<string, LabHost>();
  private readonly all: LabHost[] = [];
  private readonly agents = new Map<string, Promise<AgentProcess>>();
  private readonly agentProcesses: AgentProcess[] = [];
  private raw: RawSockets | undefined;
  private served: Served[] = [];
  private expected: Exchange = {};
  private readings: Map<string, HostReading> | undefined;
  private nextSourcePort = FIRST_SOURCE_PORT;
  private nextSequence = 1;
  private readonly forget: () => void;

  private readonly probed: boolean;

  private constructor(topology: Topology, { probed = false }: LabOptions) {
    this.topology = topology;
    this.probed = probed;
    this.plan = planBuild(topology, labPrefix());
    this.forget = closeAtEnd(() => this.tearDown());
  }

  /** Builds a network. @throws {Error} what iproute2 or an agent complained of; nothing is left behind then */
  static async open(topology: Topology, options: LabOptions = {}): Promise<Lab> {
    const lab = new Lab(topology, options);
    try {
      await lab.build();
      return lab;
    } catch (error) {
      lab.close();
      throw error;
    }
  }

  private async build(): Promise<void> {
    const { plan, topology } = this;
    await addNamespaces(plan.namespaces);
    for (const hostPlan of plan.hosts) {
      const host = new LabHost(hostPlan, this.probed);
      this.all.push(host);
      if (hostPlan.host !== '') this.hosts.set(hostPlan.host, host);
    }
    const listening = topology.hosts.filter(({ listeners }) => listeners.length > 0);
    const agentsListen = Promise.all(listening.map(({ name }) => this.agent(name)));
    // Left alone until its turn, a failure here must not count as unhandled.
    agentsListen.catch(() => {});
    const named = [...this.hosts.values()];
    this.raw = new RawSockets(
      named.map(({ namespace }) => namespace),
      named.map(({ name }) => name),
    );
    const each = (step: (host: LabHost, index: number) => Promise<unknown>) => Promise.all(this.all.map(step));
    await each((host, index) => host.write(plan.hosts[index]?.inherited ?? []));
    await this.all[0]?.batch('ip', plan.links);
    await each((host, index) => host.batch('ip', plan.hosts[index]?.interfaces ?? ''));
    await each(async (host, index) => {
      await host.batch('bridge', plan.hosts[index]?.forwarding ?? '');
      const refused = await host.write(plan.hosts[index]?.settings ?? []);
      if (host.name !== '') this.notBuilt.push(...refused.map((path) => `${host.name}: sysctl ${path} is refused`));
      await host.batch('ip', plan.hosts[index]?.routes ?? '');
    });
    const lossy = topology.links.filter(({ lossRatio }) => lossRatio > 0);
    this.notBuilt.push(...lossy.map(({ name }) => `link ${name}: loss`));
    const differences = await Promise.all(
      topology.hosts.map(async ({ name, ipsets = '', rules }) => [
        ...(await this.host(name).loadSets(ipsets)),
        ...(await this.host(name).loadRules(rules)),
      ]),
    );
    this.ruleDifferences.push(...differences.flat());
    this.raw.nameInterfaces(await Promise.all(named.map((host) => host.interfaces())));
    await each((host, index) => host.awaitLinks(plan.hosts[index]?.linked ?? []));
    await agentsListen;
    await this.raw.sync();
  }

  /** The agent of a host, started when it is first needed. */
  private agent(name: string): Promise<AgentProcess> {
    const known = this.agents.get(name);
    if (known !== undefined) return known;
    const { namespace } = this.host(name);
    const process = new AgentProcess(name, namespace, (host, served) => this.served.push({ host, ...served }));
    this.agentProcesses.push(process);
    const listeners = this.topology.hosts.find((host) => host.name === name)?.listeners ?? [];
    const agent = process.tell({ do: 'listen', host: name, listeners }).then(() => process);
    this.agents.set(name, agent);
    return agent;
  }

  /** The namespace in which a host lives. @throws {Error} when there is no such host */
  namespace(host: string): string {
    return this.host(host).namespace;
  }

  private host(name: string): LabHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`No host ${name} in the lab`);
    return host;
  }

  /** Runs a command line of `sh` on a host, as somebody who logs in there would. */
  async run(host: string, command: string, input = ''): Promise<CommandResult> {
    const result = await this.host(host).runForeign(command, input);
    this.readings = undefined;
    return result;
  }

  /**
   * Makes iptables-save text a host's rules, all of them, by `iptables-restore` of PATH, and reads them back.
   * @returns how the rules loaded differ from the text; empty when they agree
   */
  async loadRules(host: string, text: string): Promise<string[]> {
    this.readings = undefined;
    return this.host(host).loadRules(text);
  }

  /** How the rules that a host has now differ from a text. */
  compareRules(host: string, meant: string): Promise<string[]> {
    return this.host(host).compareRules(meant);
  }

  /** Changes a kernel setting, by its name as sysctl(8) has it. @throws {Error} when the kernel refuses */
  async setSysctl(host: string, name: string, value: string): Promise<void> {
    const refused = await this.host(host).write([`${settingPath(name)} ${value}`]);
    if (refused.length > 0) throw new LabError(`${host}: the kernel refuses ${name} = ${value}`);
  }

  /** Rule counters and connection tracking of a host, now. */
  read(host: string): Promise<HostReading> {
    return this.host(host).read();
  }

  /**
   * Sends one request and waits for its end; several may be under way at once.
   * @throws {Error} when there is no such host
   */
  async send(request: LabRequest): Promise<Observation> {
    if (request.protocol === 'icmp') {
      const tap = [...this.hosts.keys()].indexOf(this.host(request.from).name);
      const sequence = this.nextSequence++ & 0xffff;
      return ping(this.raw as RawSockets, tap, request, request.sourcePort ?? this.freshSourcePort(), sequence);
    }
    const agent = await this.agent(request.from);
    const { protocol, to, port, source, sourcePort, answerBytes, timeoutMs } = request;
    const result = await agent.tell({
      do: 'request',
      protocol,
      to,
      port,
      payload: Buffer.from(request.payload ?? '').toString('base64'),
      timeoutMs,
      ...(source === undefined ? {} : { source }),
      ...(sourcePort === undefined ? {} : { sourcePort }),
      ...(answerBytes === undefined ? {} : { answerBytes }),
    });
    return observationOf(result as RequestResult);
  }

  /**
   * Sends one request with the network to itself and tells all that the kernel made of it. One at a time.
   * @param settleMs how long to go on watching after the hosts fell silent, for retransmissions that are yet to come
   * @param unfinished whether something is to be cut off that would be sent later, although it was answered
   */
  async observe(request: LabRequest, settleMs = 0, unfinished = false): Promise<FlowObservation> {
    const raw = this.raw as RawSockets;
    const before = this.readings ?? (await this.readAll());
    await raw.sync();
    raw.takePackets();
    this.served = [];
    await this.expect(request);
    const sourcePort = request.sourcePort ?? this.freshSourcePort();
    // Without HTTP an answer is as long as its request, unless the request says otherwise.
    const answerBytes = request.answerBytes ?? this.expected.requestBytes;
    const observation = await this.send({
      ...request,
      sourcePort,
      ...(answerBytes === undefined ? {} : { answerBytes }),
    });
    await pause(settleMs);
    await raw.quiet();
    const packets = raw.takePackets();
    const served = this.served;
    const after = await this.readAll();
    await raw.sync();
    const disturbed = raw.takePackets().length > 0;
    const taker = firstServed(request.protocol, packets, served);
    const story: Story = {
      outcome: observation.outcome,
      status: observation.status,
      server: taker?.host ?? '',
      peer: taker === undefined ? undefined : { address: taker.peerAddress, port: taker.peerPort },
      ttl: arrivalTtl(packets, taker),
      rejection: firstRejection(packets),
      sourcePort,
      rules: [...after].flatMap(([host, { rules }]) => ruleHits(host, before.get(host)?.rules ?? [], rules)),
      conntrack: [...after].flatMap(([host, { conntrack }]) =>
        changedEntries(before.get(host)?.conntrack ?? [], conntrack).map(
          ({ protocol, state, original, reply, flags, mark }) => ({
            host,
            protocol,
            state,
            original,
            reply,
            flags,
            mark,
          }),
        ),
      ),
      ...(this.probed
        ? {
            reached: [...after].flatMap(([host, { reached = [] }]) =>
              ruleHits(host, before.get(host)?.reached ?? [], reached).map(({ bytes: _, ...rule }) => rule),
            ),
          }
        : {}),
      packets,
    };
    this.readings = after;
    // What came while they were read is in some of the readings and not in others: quietening has all read anew.
    if (observation.outcome !== 'answered' || unfinished || disturbed) await this.quieten();
    return { ...observation, story, packets, served, disturbed };
  }

  /**
   * Forgets what the taps have seen, and watches from now on.
   * @param senders hosts whose agents are to stand before, so that requests leave at once
   */
  async watch(senders: readonly string[]): Promise<void> {
    await Promise.all([...new Set(senders)].map((host) => this.agent(host)));
    await this.watched();
  }

  /** What the taps have seen since: packets, and questions about neighbours, in the order of time. */
  async watched(): Promise<{ readonly packets: WirePacket[]; readonly questions: WireQuestion[] }> {
    const raw = this.raw as RawSockets;
    await raw.sync();
    return { packets: raw.takePackets(), questions: raw.takeQuestions() };
  }

  /** Tells the listeners how long the next exchange is, where HTTP does not say. */
  private async expect({ payload = '', answerBytes }: LabRequest): Promise<void> {
    const bytes = Buffer.from(payload);
    const exchange: Exchange =
      answerBytes === undefined && looksLikeHttp(bytes)
        ? {}
        : { requestBytes: bytes.length, ...(answerBytes === undefined ? {} : { answerBytes }) };
    if (exchange.requestBytes === this.expected.requestBytes && exchange.answerBytes === this.expected.answerBytes)
      return;
    this.expected = exchange;
    await Promise.all(
      [...this.agents.values()].map(async (agent) => (await agent).tell({ do: 'expect', ...exchange })),
    );
  }

  /**
   * Drops what is half open everywhere, so that its retransmissions do not count for later flows, and has the questions
   * about neighbours that are yet unanswered fail at once: their errors would come up to three seconds later.
   */
  async quieten(): Promise<void> {
    await Promise.all([...this.agents.values()].map(async (agent) => (await agent).tell({ do: 'reset' })));
    const askers = new Set(this.raw?.takeQuestions().map(({ host }) => host));
    await Promise.all([...askers].map((host) => this.host(host).forgetNeighbours()));
    await this.raw?.quiet();
    this.readings = undefined;
  }

  private async readAll(): Promise<Map<string, HostReading>> {
    const hosts = [...this.hosts.values()];
    const readings = await Promise.all(hosts.map((host) => host.read()));
    return new Map(hosts.map(({ name }, index) => [name, readings[index] as HostReading]));
  }

  private freshSourcePort(): number {
    const port = this.nextSourcePort;
    this.nextSourcePort = port === LAST_SOURCE_PORT ? FIRST_SOURCE_PORT : port + 1;
    return port;
  }

  /** Removes the network and ends everything in it. */
  close(): void {
    this.tearDown();
    this.forget();
  }

  private tearDown(): void {
    for (const agent of this.agentProcesses) agent.close();
    for (const host of this.all) host.close();
    this.raw?.close();
    deleteNamespaces(this.plan.namespaces);
  }
}

/** Builds a network on this machine's kernel. @see Lab.open */
export function openLab(topology: Topology, options: LabOptions = {}): Promise<Lab> {
  return Lab.open(topology, options);
}
