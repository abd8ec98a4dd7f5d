/**
 * The model's side of a comparison of instants: the same flows, each begun when the kernel really began it.
 */
import { Engine } from '../../../core/engine.ts';
import { keyedDraw } from '../../../core/random.ts';
import { MILLISECOND } from '../../../core/time.ts';
import { type NetCommand, NetCommandKind } from '../../../net/command.ts';
import { DropReason } from '../../../net/drop-reason.ts';
import { type AnyPassage, type NetEvent, NetEventKind, type NetEventOf, PassageState } from '../../../net/event.ts';
import { CtState } from '../../../net/netfilter/skb.ts';
import type { NetState, Network } from '../../../net/network.ts';
import { Protocol } from '../../../net/packet.ts';
import { OUTCOME_NAMES } from '../../../net/request.ts';
import { conntrackList } from '../../../net/view/conntrack-list.ts';
import type { RequestOutcome } from '../agent-message.ts';
import { parseConntrack } from '../conntrack-text.ts';
import { NET_DECIDER, type NetDecider } from '../model-network.ts';
import { type Moment, MomentReader } from './moment.ts';
import { portsOf, type TimedFlow } from './timed-kernel.ts';
import type { FlowEnd, TimedStory, TrackedHost } from './timed-story.ts';

const PROTOCOLS = { tcp: Protocol.Tcp, udp: Protocol.Udp, icmp: Protocol.Icmp } as const;

export interface TimedModelOptions {
  /** The instant at which the network stands as it is, in ns of virtual time. */
  readonly atNs: number;
  readonly seed: string;
  /** When each flow begins, in ns from the first one's start. */
  readonly startsNs: readonly number[];
  readonly watchedNs: number;
  /** When connection tracking is read, in ns from the first flow's start. */
  readonly readAtNs: number;
  /** For tests of verify itself. */
  readonly decider?: NetDecider;
}

/**
 * Runs flows to the end of the time that they are watched.
 * @param net owned from now on
 */
export function modelTimed(net: Network, flows: readonly TimedFlow[], options: TimedModelOptions): TimedStory {
  const { atNs, seed, startsNs, watchedNs, readAtNs, decider = NET_DECIDER } = options;
  const engine = new Engine<NetState, NetCommand, NetEvent>(decider, { net }, keyedDraw(seed));
  engine.bus.clock.advance(atNs);
  for (const link of net.links) if (link !== undefined) link.lossRatio = 0;
  net.faults.length = 0;
  const teller = new TimedTeller(net, atNs, new MomentReader(portsOf(flows)));
  engine.bus.events.subscribe((event) => teller.take(event));
  for (const [number, flow] of flows.entries()) {
    const { from, protocol, to, port, source, sourcePort, requestBytes, responseBytes, text } = flow;
    const timeoutNs = Math.min((flow.timeoutMs ?? Number.POSITIVE_INFINITY) * MILLISECOND, watchedNs);
    engine.bus.schedule({
      kind: NetCommandKind.StartRequest,
      at: atNs + startsNs[number]!,
      host: net.hostNamed(from)!.id,
      traffic: 0,
      number,
      protocol: PROTOCOLS[protocol],
      destination: net.addresses.intern(to),
      destinationPort: port,
      source: source === undefined ? 0 : net.addresses.intern(source),
      sourcePort,
      requestBytes,
      responseBytes,
      timeoutNs,
      text,
      keep: false,
    });
  }
  const run = (untilNs: number): void => {
    while (engine.step(1000, untilNs) === 1000);
    engine.bus.clock.advance(untilNs);
  };
  run(atNs + watchedNs);
  const moments = [...teller.moments];
  run(atNs + Math.max(watchedNs, readAtNs));
  const tracked = net.hosts.flatMap((host): TrackedHost[] => {
    if (host === undefined || host.ruleset.size === 0) return [];
    const entries = parseConntrack(conntrackList(host.conntrack, net.addresses, engine.nowNs).stdout);
    const { invalid = 0, drop = 0 } = teller.counters.get(host.id) ?? {};
    const counters = { entries: host.conntrack.count(engine.nowNs), invalid, insert_failed: 0, drop, early_drop: 0 };
    return [{ host: host.name, entries, counters: { ...counters, clashres: 0 } }];
  });
  // Who waits as long as the flows are watched gives up at the end of it.
  run(atNs + watchedNs + Math.max(...startsNs) + MILLISECOND);
  const ends = flows.map((_, i) => teller.ends.get(i) ?? { outcome: 'failed' as const, tookNs: 0 });
  return { ends, moments, tracked };
}

/** Listens to the events of all flows. */
class TimedTeller {
  readonly moments: Moment[] = [];
  /** By the number of the flow. */
  readonly ends = new Map<number, FlowEnd>();
  /** By host. */
  readonly counters = new Map<number, { invalid: number; drop: number }>();
  private readonly net: Network;
  private readonly zeroNs: number;
  private readonly reader: MomentReader;
  /** Packets that wait for their neighbour. */
  private readonly waiting = new Map<number, NetEventOf<'PacketSent'>>();

  constructor(net: Network, zeroNs: number, reader: MomentReader) {
    this.reader = reader;
    this.net = net;
    this.zeroNs = zeroNs;
  }

  take(event: NetEvent): void {
    if ('path' in event && event.kind !== NetEventKind.PathTaken) this.count(event);
    switch (event.kind) {
      case NetEventKind.PacketSent:
        if (event.target === 0) this.waiting.set(event.packet, event);
        else this.note(event, event.at);
        return;
      case NetEventKind.PacketReleased: {
        const sent = this.waiting.get(event.packet);
        this.waiting.delete(event.packet);
        if (sent !== undefined) this.note(sent, event.at);
        return;
      }
      case NetEventKind.NeighbourSolicited: {
        const what = `who has ${this.net.addresses.text(event.address)}?`;
        this.moments.push({ host: this.name(event.host), what, atNs: event.at - this.zeroNs, timed: true });
        return;
      }
      case NetEventKind.RequestCompleted:
        this.ends.set(event.number, {
          outcome: OUTCOME_NAMES[event.outcome] as RequestOutcome,
          tookNs: event.at - event.startedAt,
        });
    }
  }

  private note(event: NetEventOf<'PacketSent'>, at: number): void {
    const { addresses } = this.net;
    const protocol = event.header >>> 24;
    const low = event.header & 0xffff;
    const moment = this.reader.read({
      host: this.name(event.host),
      atNs: at - this.zeroNs,
      protocol,
      source: addresses.text(event.source),
      destination: addresses.text(event.destination),
      sourcePort: event.ports >>> 16,
      destinationPort: event.ports & 0xffff,
      flags: protocol === Protocol.Tcp ? low : 0,
      icmp: protocol === Protocol.Icmp ? low : 0,
      sequence: event.sequence,
      payloadBytes: event.payloadBytes,
    });
    if (moment !== undefined) this.moments.push(moment);
  }

  private count({ host, state }: AnyPassage): void {
    const counters = this.counters.get(host) ?? { invalid: 0, drop: 0 };
    this.counters.set(host, counters);
    if ((state & PassageState.CtMask & CtState.Invalid) !== 0) counters.invalid++;
    if (state >>> 16 === DropReason.ConntrackTableFull) counters.drop++;
  }

  private name(host: number): string {
    return this.net.hosts[host]?.name ?? '';
  }
}
