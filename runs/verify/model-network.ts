/**
 * The model's side of a comparison: the network of a scenario at one instant, cut loose from its control plane, so that
 * nothing but the flows that are sent happens on it.
 */
import type { Decider, Draw } from '../../core/decider.ts';
import { Engine } from '../../core/engine.ts';
import { keyedDraw } from '../../core/random.ts';
import { MILLISECOND } from '../../core/time.ts';
import { type NetCommand, NetCommandKind } from '../../net/command.ts';
import { netDecide, netEvolve, netPlan, netPlane, netRank } from '../../net/decider.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import { NeighbourState } from '../../net/neighbour.ts';
import { restart } from '../../net/netfilter/counters.ts';
import { TABLE_NAMES } from '../../net/netfilter/hook.ts';
import { examined } from '../../net/netfilter/path.ts';
import { printRule, printRuleset } from '../../net/netfilter/print.ts';
import type { NetState, Network } from '../../net/network.ts';
import { IcmpType, Protocol, TcpFlag } from '../../net/packet.ts';
import { OUTCOME_NAMES } from '../../net/request.ts';
import { newIcmpLimiter } from '../../net/transport/icmp-limit.ts';
import { TcpState } from '../../net/transport/tcp-socket.ts';
import { conntrackList } from '../../net/view/conntrack-list.ts';
import type { RequestOutcome } from './agent-message.ts';
import { changedEntries, parseConntrack } from './conntrack-text.ts';
import type { Flow, Patience } from './flow.ts';
import type { HostReading } from './lab-host.ts';
import { PinnedDraws } from './pin.ts';
import { parseRuleCounters, ruleHits } from './rule-counters.ts';
import type { ReachedRule, RejectionStory, Story } from './story.ts';

export type NetDecider = Decider<NetState, NetCommand, NetEvent>;

/** The network's own tables. A test may put others in their place to see that a fault in them is found. */
export const NET_DECIDER: NetDecider = {
  decide: netDecide,
  evolve: netEvolve,
  plan: netPlan,
  rank: netRank,
  plane: netPlane as NetDecider['plane'],
};

/** Nothing is due for this long once a flow has ended well: below the least retransmission time-out. */
const QUIET_NS = 150 * MILLISECOND;
/** Commands between two looks. */
const SLICE = 1;
const PROTOCOLS = { tcp: Protocol.Tcp, udp: Protocol.Udp, icmp: Protocol.Icmp } as const;

/** What the model says of a flow before the kernel was asked. */
export interface Prediction {
  readonly outcome: string;
  /** The host that answered, or ''. */
  readonly server: string;
  /** From the start to the end, in ms. */
  readonly durationMs: number;
  /** From the end to the last packet, in ms. */
  readonly afterwardsMs: number;
  /** Some host on the way found that a neighbour does not answer; the client's own, where that tells it nothing. */
  readonly neighbourFailed: boolean;
  /** Some socket would still send again. */
  readonly goesOn: boolean;
}

/** One story and what surrounds it. */
interface Told {
  readonly story: Story;
  readonly outcome: string;
  readonly startedAtNs: number;
  readonly endedAtNs: number;
  readonly lastPacketAtNs: number;
  readonly neighbourFailed: boolean;
  readonly goesOn: boolean;
}

export class ModelNetwork {
  readonly net: Network;
  private readonly engine: Engine<NetState, NetCommand, NetEvent>;
  private readonly seeded: Draw;
  private pinned: PinnedDraws;
  private told: Teller | undefined;
  private number = 0;
  private lastStart: { readonly atMs: number; readonly atNs: number } | undefined;

  /** @param net owned from now on: nobody else may change it */
  constructor(net: Network, atNs: number, seed: string, decider: NetDecider = NET_DECIDER) {
    this.net = net;
    this.seeded = keyedDraw(seed);
    this.pinned = new PinnedDraws(this.seeded, undefined);
    this.engine = new Engine(decider, { net }, (purpose, subject, index) => this.pinned.draw(purpose, subject, index));
    this.engine.bus.clock.advance(atNs);
    this.engine.bus.events.subscribe((event) => this.told?.take(event));
    // What the kernel's side cannot build is not modelled here either.
    for (const link of net.links) if (link !== undefined) link.lossRatio = 0;
    net.faults.length = 0;
  }

  /** What will become of a flow, as far as nobody pins a draw. */
  predict(flow: Flow, timeoutMs: number): Prediction {
    const { story, outcome, startedAtNs, endedAtNs, lastPacketAtNs, neighbourFailed, goesOn } = this.send(
      flow,
      { timeoutMs, settleMs: timeoutMs, unfinished: true },
      flow.sourcePort ?? 20_000 + (this.number % 10_000),
      undefined,
    );
    return {
      outcome,
      server: story.server,
      durationMs: (endedAtNs - startedAtNs) / MILLISECOND,
      afterwardsMs: Math.max(0, lastPacketAtNs - endedAtNs) / MILLISECOND,
      neighbourFailed,
      goesOn,
    };
  }

  /**
   * The model's story of a flow, told with the draws that the kernel's story shows.
   * @param startedAtMs when the kernel's flow began, on any clock that all flows share
   */
  observe(flow: Flow, patience: Patience, kernel: Story, startedAtMs: number): Story {
    this.keepPace(startedAtMs);
    return this.send(flow, patience, kernel.sourcePort, kernel).story;
  }

  /** Lets as much time go by between two flows as did in the kernel: what becomes of a connection depends on its age. */
  private keepPace(startedAtMs: number): void {
    const { engine, lastStart } = this;
    if (lastStart !== undefined) {
      const atNs = lastStart.atNs + Math.round((startedAtMs - lastStart.atMs) * MILLISECOND);
      while (engine.step(SLICE, atNs) === SLICE);
      engine.bus.clock.advance(Math.max(atNs, engine.nowNs));
    }
    this.lastStart = { atMs: startedAtMs, atNs: engine.nowNs };
  }

  private send(
    flow: Flow,
    { timeoutMs, settleMs, unfinished = false }: Patience,
    sourcePort: number,
    kernel: Story | undefined,
  ): Told {
    const { net, engine } = this;
    const host = net.hostNamed(flow.from)!;
    this.freshen();
    this.pinned = new PinnedDraws(this.seeded, kernel);
    const before = this.read();
    const startedAtNs = engine.nowNs;
    const teller = new Teller(net, net.nextFlow);
    this.told = teller;
    engine.bus.schedule({
      kind: NetCommandKind.StartRequest,
      at: startedAtNs,
      host: host.id,
      traffic: 0,
      number: this.number++,
      protocol: PROTOCOLS[flow.protocol],
      destination: net.addresses.intern(flow.to),
      destinationPort: flow.port,
      source: flow.source === undefined ? 0 : net.addresses.intern(flow.source),
      sourcePort,
      requestBytes: flow.requestBytes,
      responseBytes: flow.responseBytes,
      timeoutNs: timeoutMs * MILLISECOND,
      text: flow.text,
      keep: false,
    });
    const latestNs = startedAtNs + (timeoutMs + 1) * MILLISECOND;
    while (teller.completed === undefined && engine.step(SLICE, latestNs) > 0);
    const endedAtNs = engine.nowNs;
    const untilNs = endedAtNs + settleMs * MILLISECOND + QUIET_NS;
    while (engine.step(1000, untilNs) === 1000);
    engine.bus.clock.advance(untilNs);
    this.told = undefined;
    const after = this.read();
    const story = teller.story(flow, sourcePort, before, after);
    const goesOn = [...net.sockets.values()].some(({ tcp }) => (tcp?.outstanding.length ?? 0) > 0);
    if (story.outcome !== 'answered' || unfinished) this.quieten();
    const { lastPacketAtNs, ownNeighbourFailed } = teller;
    const neighbourFailed = teller.neighbourFailed || (ownNeighbourFailed && story.outcome === 'timeout');
    return { story, outcome: story.outcome, startedAtNs, endedAtNs, lastPacketAtNs, neighbourFailed, goesOn };
  }

  /** Both sides begin a flow with full buckets of ICMP errors and with every nth statistic and limit where a load puts it. */
  private freshen(): void {
    for (const host of this.net.hosts) {
      if (host === undefined) continue;
      host.icmpLimiter = newIcmpLimiter();
      restart(host.ruleset, host.counters);
    }
  }

  /** Drops what is half open, so that neither its retransmissions nor its errors count for later flows. */
  private quieten(): void {
    for (const host of this.net.hosts) {
      host?.sockets.clear();
      for (const entry of host?.neighbours.list() ?? []) {
        if (entry.state !== NeighbourState.Incomplete) continue;
        for (const packet of entry.waiting.splice(0)) this.net.packets.delete(packet);
        entry.state = NeighbourState.Failed;
        entry.generation++;
      }
    }
    this.net.sockets.clear();
    this.net.requests.clear();
  }

  private read(): Map<string, HostReading> {
    const readings = new Map<string, HostReading>();
    for (const host of this.net.hosts) {
      if (host === undefined || host.ruleset.size === 0) continue;
      const rules = parseRuleCounters(printRuleset(host.ruleset, host.counters, { withCounters: true }));
      const { stdout } = conntrackList(host.conntrack, this.net.addresses, this.engine.nowNs);
      readings.set(host.name, { rules, conntrack: parseConntrack(stdout) });
    }
    return readings;
  }
}

/** Listens to the events of one flow. */
class Teller {
  completed: NetEventOf<'RequestCompleted'> | undefined;
  lastPacketAtNs = 0;
  neighbourFailed = false;
  ownNeighbourFailed = false;
  private readonly net: Network;
  private readonly flow: number;
  private rejection: RejectionStory | undefined;
  private served: Pick<Story, 'server' | 'peer' | 'ttl'> = { server: '', peer: undefined, ttl: 0 };
  private unknownRule: string | undefined;
  /** An echo reply that waits for a neighbour. */
  private waitingEcho = 0;
  /** Rejections that wait for a neighbour, by packet. */
  private readonly waiting = new Map<number, RejectionStory>();
  /** How often each rule was reached, by host and then by index. */
  private readonly reached = new Map<Host, Map<number, number>>();

  constructor(net: Network, flow: number) {
    this.net = net;
    this.flow = flow;
  }

  take(event: NetEvent): void {
    if (event.kind !== NetEventKind.PathTaken && 'path' in event && event.path !== 0) this.noteReached(event);
    switch (event.kind) {
      case NetEventKind.RequestCompleted:
        if (event.flow === this.flow) this.completed = event;
        return;
      case NetEventKind.PacketSent:
        this.lastPacketAtNs = event.at;
        this.noteRejection(event);
        this.noteEcho(event);
        return;
      case NetEventKind.PacketReleased:
        this.rejection ??= this.waiting.get(event.packet);
        if (event.packet === this.waitingEcho) this.noteServed();
        return;
      case NetEventKind.PacketDelivered:
        this.lastPacketAtNs = event.at;
        this.noteServer(event);
        return;
      case NetEventKind.NeighbourFailed:
        if (event.host === this.net.requests.get(this.flow)?.host) this.ownNeighbourFailed = true;
        else this.neighbourFailed = true;
        return;
      case NetEventKind.PacketUnknown:
        this.unknownRule ??= `${this.net.host(event.host).name}: ${event.text}`;
        return;
      case NetEventKind.PacketForwarded:
      case NetEventKind.PacketDropped:
      case NetEventKind.PacketRejected:
        this.lastPacketAtNs = event.at;
    }
  }

  private noteReached(event: { readonly host: number; readonly path: number }): void {
    const host = this.net.host(event.host);
    const counts = this.reached.get(host) ?? new Map<number, number>();
    this.reached.set(host, counts);
    const codes = host.paths.codes(event.path)!;
    examined(host.ruleset, codes, codes.length, (index) => counts.set(index, (counts.get(index) ?? 0) + 1));
  }

  /** Rules alone: a probe before a policy cannot tell it from the end of a chain. */
  private reachedRules(): ReachedRule[] {
    return [...this.reached].flatMap(([{ name, ruleset }, counts]) =>
      [...counts].flatMap(([index, packets]) => {
        if (ruleset.rule(index) === undefined) return [];
        const table = ruleset.tableAt(index);
        const chain = ruleset.chainAt(index).name;
        const number = index - ruleset.span(table.id, chain)![0] + 1;
        return [{ host: name, table: TABLE_NAMES[table.id]!, chain, number, rule: printRule(ruleset, index), packets }];
      }),
    );
  }

  private noteRejection({ host, header, packet, target }: NetEventOf<'PacketSent'>): void {
    if (this.rejection !== undefined) return;
    const protocol = header >>> 24;
    const low = header & 0xffff;
    const name = this.net.hosts[host]?.name ?? '';
    const isError = low >> 8 === IcmpType.Unreachable || low >> 8 === IcmpType.TimeExceeded;
    let rejection: RejectionStory;
    if (protocol === Protocol.Tcp && (low & TcpFlag.Rst) !== 0) rejection = { host: name, by: 'rst', icmp: 0 };
    else if (protocol === Protocol.Icmp && isError) rejection = { host: name, by: 'icmp', icmp: low };
    else return;
    // One that waits for its neighbour has not been sent yet, and may never be.
    if (target === 0) this.waiting.set(packet, rejection);
    else this.rejection = rejection;
  }

  /** A listener counts as asked once its connection is open, as accept(2) has it. */
  private noteServer(event: NetEventOf<'PacketDelivered'>): void {
    const request = this.net.requests.get(this.flow);
    if (request === undefined || request.protocol === Protocol.Icmp) return;
    if (request.protocol === Protocol.Tcp) {
      // A RST or an ICMP error that ends a half-open connection opens none.
      if (event.header >>> 24 !== Protocol.Tcp || (event.header & TcpFlag.Rst) !== 0) return;
      const socket = this.net.sockets.get(event.target);
      if (socket?.listener === undefined || socket.tcp?.state === TcpState.SynReceived) return;
    }
    this.noteServed();
  }

  /** Who answered an echo request is seen by the reply that leaves it. */
  private noteEcho({ header, flow, packet, target }: NetEventOf<'PacketSent'>): void {
    const isReply = header >>> 24 === Protocol.Icmp && (header & 0xffff) >> 8 === IcmpType.EchoReply;
    if (!isReply || flow !== this.flow) return;
    if (target === 0) this.waitingEcho = packet;
    else this.noteServed();
  }

  private noteServed(): void {
    const request = this.net.requests.get(this.flow);
    if (this.served.server !== '' || request === undefined || request.server === 0) return;
    this.served = {
      server: this.net.host(request.server).name,
      peer: { address: this.net.addresses.text(request.seen), port: request.seenPort },
      ttl: this.net.host(request.host).sysctls.defaultTtl - request.ttlHops,
    };
  }

  story(
    flow: Flow,
    sourcePort: number,
    before: ReadonlyMap<string, HostReading>,
    after: ReadonlyMap<string, HostReading>,
  ): Story {
    const { completed, served, rejection } = this;
    const { unknownRule } = this;
    const known = (OUTCOME_NAMES[completed?.outcome ?? 4] ?? '') as RequestOutcome;
    const outcome = unknownRule === undefined ? known : 'failed';
    return {
      outcome,
      status: flow.text === '' || flow.responseBytes >= 0 ? 0 : (completed?.status ?? 0),
      ...served,
      rejection,
      ...(unknownRule === undefined ? {} : { unknownRule }),
      sourcePort,
      rules: [...after].flatMap(([host, { rules }]) => ruleHits(host, before.get(host)?.rules ?? [], rules)),
      reached: this.reachedRules(),
      conntrack: [...after].flatMap(([host, { conntrack }]) =>
        changedEntries(before.get(host)?.conntrack ?? [], conntrack).map((entry) => ({
          host,
          protocol: entry.protocol,
          state: entry.state,
          original: entry.original,
          reply: entry.reply,
          flags: entry.flags,
          mark: entry.mark,
        })),
      ),
    };
  }
}
