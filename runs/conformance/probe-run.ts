/**
 * Recorded probes sent again through the model: each as often as it was sent then, and what the model makes of it.
 */
import { Engine } from '../../core/engine.ts';
import { keyedDraw } from '../../core/random.ts';
import { MILLISECOND } from '../../core/time.ts';
import { type NetCommand, NetCommandKind } from '../../net/command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import { TABLE_NAMES } from '../../net/netfilter/hook.ts';
import { printRule } from '../../net/netfilter/print.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import type { NetState } from '../../net/network.ts';
import { IcmpType, Protocol, TcpFlag } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { newIcmpLimiter } from '../../net/transport/icmp-limit.ts';
import { NET_DECIDER } from '../verify/model-network.ts';
import { PinnedDraws } from '../verify/pin.ts';
import type { RuleHit } from '../verify/rule-counters.ts';
import type { RecordedFlow, RecordedProbe } from './flow-file.ts';
import { type BuiltNetwork, ROUTER } from './recorded-network.ts';

/** How long the recorder waited before it called it silence. */
const SILENCE_NS = 800 * MILLISECOND;
/** What is left of a connection when its request has ended. */
const REST_NS = 100 * MILLISECOND;
/** How long a half-open connection is watched: four repetitions of a SYN-ACK. */
const LATE_NS = 16_000 * MILLISECOND;
const REQUEST_BYTES = 16;
const PROTOCOLS = { tcp: Protocol.Tcp, udp: Protocol.Udp, icmp: Protocol.Icmp } as const;

/** What became of one probe, in the record's own words. */
export interface ProbeOutcome {
  readonly outcome: string;
  readonly server?: { readonly address: string; readonly host: string; readonly port: number; readonly peer: string };
  readonly reply?: {
    readonly kind: string;
    readonly from: string;
    readonly type?: number;
    readonly code?: number;
    readonly sport?: number;
  };
  /** The rule that the model does not know, where it met one. */
  readonly unknown?: string;
}

export interface ProbeResult {
  readonly outcomes: readonly ProbeOutcome[];
  /** Packets by `TABLE RULE`. */
  readonly hits: ReadonlyMap<string, number>;
  /** Rules that connections which earlier probes left half open go on meeting: servers repeat their SYN-ACKs. */
  readonly lateHits: ReadonlySet<string>;
}

export class ProbeRun {
  private readonly built: BuiltNetwork;
  private readonly engine: Engine<NetState, NetCommand, NetEvent>;
  private readonly seeded = keyedDraw('conformance');
  private pinned = new PinnedDraws(this.seeded, undefined);
  private events: NetEvent[] = [];
  private number = 0;
  private readonly late = new Set<string>();

  constructor(built: BuiltNetwork) {
    this.built = built;
    const state: NetState = { net: built.net };
    this.engine = new Engine(NET_DECIDER, state, (purpose, subject, index) =>
      this.pinned.draw(purpose, subject, index),
    );
    this.engine.bus.events.subscribe((event) => this.events.push(event));
  }

  /** Sends a probe as often as it was sent. Where lots were drawn, the same are drawn. */
  send({ probe, outcomes, rulesHit }: RecordedFlow): ProbeResult {
    const { router, net } = this.built;
    const { ruleset, counters } = router;
    const before = counters.packets.slice();
    this.pinned = new PinnedDraws(this.seeded, { rules: placed(ruleset, rulesHit), conntrack: [] });
    for (const host of net.hosts) if (host !== undefined) host.icmpLimiter = newIcmpLimiter();
    router.socketUid = probe.uid ?? 0;
    const times = outcomes.reduce((sum, outcome) => sum + outcome.times, 0);
    const results = Array.from({ length: times }, () => this.once(probe));
    const hits = this.hitsSince(before);
    const lateHits = new Set(this.late);
    if (results.some(({ outcome }) => outcome === 'silence')) this.watchLate();
    return { outcomes: results, hits, lateHits };
  }

  private hitsSince(before: Float64Array): Map<string, number> {
    const { ruleset, counters } = this.built.router;
    const hits = new Map<string, number>();
    for (let index = 0; index < ruleset.size; index++) {
      const packets = counters.packets[index]! - before[index]!;
      if (packets === 0) continue;
      const key = `${TABLE_NAMES[ruleset.tableAt(index).id]} ${printRule(ruleset, index)}`;
      hits.set(key, (hits.get(key) ?? 0) + packets);
    }
    return hits;
  }

  /** Sees what half-open connections do later, then drops them. */
  private watchLate(): void {
    const { engine } = this;
    const before = this.built.router.counters.packets.slice();
    const untilNs = engine.nowNs + LATE_NS;
    while (engine.step(1000, untilNs) === 1000);
    engine.bus.clock.advance(untilNs);
    for (const hit of this.hitsSince(before).keys()) this.late.add(hit);
    this.quieten();
  }

  private once(probe: RecordedProbe): ProbeOutcome {
    const { net } = this.built;
    const { engine } = this;
    const host = net.hostNamed(probe.from);
    if (host === undefined) return { outcome: `no host ${probe.from}` };
    this.events = [];
    const flow = net.nextFlow;
    engine.bus.schedule({
      kind: NetCommandKind.StartRequest,
      at: engine.nowNs,
      host: host.id,
      traffic: 0,
      number: this.number++,
      protocol: PROTOCOLS[probe.proto],
      destination: net.addresses.intern(probe.dst),
      destinationPort: probe.port,
      source: probe.src === undefined ? 0 : net.addresses.intern(probe.src),
      sourcePort: probe.sport ?? 0,
      requestBytes: REQUEST_BYTES,
      responseBytes: REQUEST_BYTES,
      timeoutNs: SILENCE_NS,
      text: '',
      keep: false,
    });
    const latestNs = engine.nowNs + 2 * SILENCE_NS;
    const completed = (): NetEventOf<'RequestCompleted'> | undefined =>
      this.events.find(
        (event): event is NetEventOf<'RequestCompleted'> =>
          event.kind === NetEventKind.RequestCompleted && event.flow === flow,
      );
    while (completed() === undefined && engine.step(1, latestNs) > 0);
    const end = completed();
    const untilNs = engine.nowNs + REST_NS;
    while (engine.step(1000, untilNs) === 1000);
    engine.bus.clock.advance(untilNs);
    return this.tell(host.id, end);
  }

  private tell(client: number, end: NetEventOf<'RequestCompleted'> | undefined): ProbeOutcome {
    const { net } = this.built;
    const unknown = this.events.find((event) => event.kind === NetEventKind.PacketUnknown);
    if (unknown !== undefined) return { outcome: 'unknown', unknown: (unknown as NetEventOf<'PacketUnknown'>).text };
    if (end?.outcome === Outcome.Answered) return { outcome: 'answered', server: this.serverOf(end) };
    for (const event of this.events) {
      if (event.kind !== NetEventKind.PacketDelivered || event.host !== client) continue;
      const from = net.addresses.text(event.source);
      const protocol = event.header >>> 24;
      const low = event.header & 0xffff;
      if (protocol === Protocol.Tcp && (low & TcpFlag.Rst) !== 0)
        return { outcome: 'refused', reply: { kind: 'tcp-rst', from, sport: event.ports >>> 16 } };
      if (protocol === Protocol.Icmp && (low >> 8 === IcmpType.Unreachable || low >> 8 === IcmpType.TimeExceeded))
        return { outcome: 'icmp', reply: { kind: 'icmp', from, type: low >> 8, code: low & 255 } };
    }
    return { outcome: end?.outcome === Outcome.Timeout ? 'silence' : 'error' };
  }

  private serverOf({
    server,
    seen,
    seenPorts,
    flow,
  }: NetEventOf<'RequestCompleted'>): NonNullable<ProbeOutcome['server']> {
    const { net } = this.built;
    const host = net.host(server);
    const port = seenPorts & 0xffff;
    const arrived = this.events.find(
      (event): event is NetEventOf<'PacketDelivered'> =>
        event.kind === NetEventKind.PacketDelivered && event.host === server && event.flow === flow,
    );
    const listener = host.listeners.find((one) => one.port === port);
    const name = host.name === ROUTER ? (listener?.name ?? ROUTER) : host.name;
    return { address: net.addresses.text(arrived?.destination ?? 0), host: name, port, peer: net.addresses.text(seen) };
  }

  /** Drops every socket. */
  private quieten(): void {
    for (const host of this.built.net.hosts) host?.sockets.clear();
    this.built.net.sockets.clear();
    this.built.net.requests.clear();
  }
}

/** Recorded hits by their places in the rule set; of equal rules the first has them all. */
function placed(ruleset: Ruleset, hits: RecordedFlow['rulesHit']): RuleHit[] {
  const wanted = new Map(hits.map(({ table, rule, packets }) => [`${table} ${rule}`, packets]));
  const found: RuleHit[] = [];
  for (const table of ruleset.tables) {
    for (const { name, rules } of table.chains) {
      const first = ruleset.span(table.id, name)![0];
      rules.forEach((_, place) => {
        const rule = printRule(ruleset, first + place);
        const packets = wanted.get(`${table.name} ${rule}`);
        if (packets === undefined) return;
        wanted.delete(`${table.name} ${rule}`);
        found.push({ host: ROUTER, table: table.name, chain: name, number: place + 1, rule, packets, bytes: 0 });
      });
    }
  }
  return found;
}
