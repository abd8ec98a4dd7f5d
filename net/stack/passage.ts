/**
 * One packet on its way through one host: the scratch record that a decision works on, and its walk through a hook's
 * tables with connection tracking and NAT in their places. Nothing here is state: what the passage did is told by the
 * event that it ends in.
 * @see net/netfilter/nf_conntrack_core.c, net/netfilter/nf_nat_core.c nf_nat_inet_fn
 */
import type { Draw } from '../../core/decider.ts';
import { invariant } from '../../core/error.ts';
import type { Address } from '../address.ts';
import { CT_STATE_MASK, classify, lookUp, Track } from '../conntrack/classify.ts';
import type { ConntrackDraft } from '../conntrack/entry.ts';
import { Direction, NAT_MASK, Status } from '../conntrack/status.ts';
import { DropReason } from '../drop-reason.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { Host } from '../host.ts';
import { type Interface, Scope } from '../interface.ts';
import { bindDestination, bindSource } from '../nat/bind.ts';
import type { BindRequest } from '../nat/binding.ts';
import { NAT_DRAWS } from '../nat/port.ts';
import type { NatRange } from '../nat/range.ts';
import { Hook, TableId } from '../netfilter/hook.ts';
import { jiffiesAt } from '../netfilter/jiffy.ts';
import { PendingMatches } from '../netfilter/match-state.ts';
import { Path } from '../netfilter/path.ts';
import { CtState, emptySkb } from '../netfilter/skb.ts';
import { Verdict } from '../netfilter/verdict.ts';
import { type WalkEnvironment, walk } from '../netfilter/walk.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { Protocol, TcpFlag } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import { attach, isAttached, isOwnRedirect } from './attached.ts';
import { connectionSeen } from './connection.ts';
import { errorDirection, quotedTuple } from './quoted.ts';
import { isRacing } from './race.ts';
import { addressType, comesBack, leavesLoopback, pathMss, selectAddress } from './routing.ts';

/** How a passage through a hook went on. */
export const Passed = { On: 0, Dropped: 1, Rejected: 2, Unknown: 3 } as const;

/** The passage under way: decisions never nest, so one record serves them all. */
export class Passage {
  net!: Network;
  host!: Host;
  packet!: PacketInFlight;
  draw!: Draw;
  nowNs = 0;
  readonly skb = emptySkb();
  readonly path = new Path();
  /** Interfaces by number; 0: none. `port` and `outPort` are bridge ports. */
  inInterface = 0;
  outInterface = 0;
  /** Where it came in, bridge or not. */
  firstInterface = 0;
  /** The packet as it came to this host. */
  source: Address = 0;
  destination: Address = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Reference of its conntrack entry, or -1. */
  reference = -1;
  /** `CtState` bits, and `Track.Create`. */
  track = 0;
  /** Entry that its connection's first packet made before another processor saw this one, or -1. */
  raced = -1;
  /** Which ends of a new connection have been bound. */
  sourceBound = false;
  destinationBound = false;
  /** Drop reason, where `passHook` ended it. */
  reason: number = DropReason.None;
  /** Rule or policy that ended it, or -1. */
  rule = -1;
  bridged = false;
  /** `PassageState` bits that its event carries besides. */
  bits = 0;

  readonly #environment: WalkEnvironment;
  readonly #matches = new PendingMatches();

  constructor() {
    this.#environment = {
      get addresses() {
        return passage.net.addresses;
      },
      addressType: (address, interfaceName) => addressType(this.net, this.host, address, interfaceName),
      draw: (rule) => this.draw(Purpose.Statistic, this.host.id * 0x100000000 + this.packet.id, rule) >>> 1,
      nth: (rule) => this.host.counters.nth[rule]!,
      matches: this.#matches,
      get jiffies() {
        return jiffiesAt(passage.nowNs);
      },
      get nowNs() {
        return passage.nowNs;
      },
      comesBack: (source, loose, acceptLocal) =>
        comesBack(this.net, this.host, this.inInterface, source, loose, acceptLocal),
      pathMss: () => pathMss(this.net, this.host, this.outInterface, this.skb.source),
      connection: () => connectionSeen(this),
      ipset: (name) => this.host.ipsets.get(name),
    };
  }

  /** Sets out: a packet stands before the first hook of a host. `inInterface` 0: made here. */
  begin(
    net: Network,
    host: Host,
    packet: PacketInFlight,
    inInterface: Interface | undefined,
    draw: Draw,
    nowNs: number,
  ): void {
    this.net = net;
    this.host = host;
    this.packet = packet;
    this.draw = draw;
    this.nowNs = nowNs;
    this.inInterface = this.firstInterface = inInterface?.id ?? 0;
    this.outInterface = 0;
    this.reference = -1;
    this.track = 0;
    this.raced = -1;
    this.sourceBound = false;
    this.destinationBound = false;
    this.reason = DropReason.None;
    this.rule = -1;
    this.bridged = false;
    this.bits = 0;
    this.path.length = 0;
    this.#matches.begin(host.counters.matches);
    const { skb } = this;
    skb.protocol = packet.protocol;
    skb.source = this.source = packet.source;
    skb.destination = this.destination = packet.destination;
    skb.sourcePort = this.sourcePort = packet.sourcePort;
    skb.destinationPort = this.destinationPort = packet.destinationPort;
    skb.icmp = packet.icmp;
    skb.flags = packet.flags;
    skb.sizeBytes = packet.sizeBytes;
    skb.ttl = packet.ttl;
    skb.mss = packet.segment?.mss ?? 0;
    skb.fragmentOffset = 0;
    skb.mark = 0;
    skb.connectionMark = 0;
    skb.inInterface = inInterface?.name ?? '';
    skb.outInterface = '';
    skb.physIn = '';
    skb.physOut = '';
    skb.ctState = 0;
    skb.uid = -1;
    skb.gid = -1;
  }

  /**
   * Walks the tables of one hook. On the way the packet's fields may be rewritten.
   * @returns `Passed`; unless On, `reason` and `rule` tell why
   */
  passHook(hook: Hook): number {
    const { host } = this;
    if (host.tracking && isAttached(this, hook)) {
      this.#trackConnection();
      if ((this.skb.ctState & CtState.Invalid) !== 0) this.skb.ctState = 0;
    }
    // Only the raw table comes before connection tracking.
    let toTrack = host.tracking && (hook === Hook.Prerouting || hook === Hook.Output);
    const tables = host.ruleset.tablesOn(hook);
    for (let i = 0; i < tables.length; i++) {
      const table = tables[i]!;
      if (toTrack && table !== TableId.Raw) {
        toTrack = false;
        if (!this.#trackConnection()) return this.#end(DropReason.ConntrackTableFull, Passed.Dropped);
      }
      const passed =
        table === TableId.Nat
          ? this.#translateHere(hook)
          : this.#verdict(walk(host.ruleset, table, hook, this.skb, this.#environment, this.path));
      if (passed !== Passed.On) return passed;
    }
    if (toTrack && !this.#trackConnection()) return this.#end(DropReason.ConntrackTableFull, Passed.Dropped);
    return Passed.On;
  }

  #verdict(verdict: number): number {
    switch (verdict) {
      case Verdict.Accept:
        return Passed.On;
      case Verdict.Drop:
        return this.#end(DropReason.NetfilterDrop, Passed.Dropped);
      case Verdict.Reject:
        return this.#end(DropReason.NetfilterReject, Passed.Rejected);
      default:
        return this.#end(DropReason.None, Passed.Unknown);
    }
  }

  #end(reason: number, passed: number): number {
    this.reason = reason;
    this.rule = this.path.length === 0 ? -1 : this.path.codes[this.path.length - 1]! >> 1;
    return passed;
  }

  /** What connection tracking makes of the packet. @returns false when the table is full */
  #trackConnection(): boolean {
    const { host, packet, nowNs, skb } = this;
    if (skb.ctState === CtState.Untracked) {
      // Told, since it stays so on its way over the loopback device.
      this.track = CtState.Untracked;
      return true;
    }
    if (attach(this)) return true;
    this.reference = host.conntrack.holds(packet.loopReference)
      ? packet.loopReference
      : lookUp(host.conntrack, packet, nowNs);
    if (isRacing(this)) {
      this.raced = this.reference;
      this.reference = -1;
    }
    this.track = classify(host.conntrack, this.reference, packet);
    if (this.track & Track.Replace) this.reference = -1;
    skb.ctState = this.track & CT_STATE_MASK;
    if (this.reference >= 0) skb.connectionMark = host.conntrack.entry(this.reference).mark;
    return (this.track & Track.Create) === 0 || host.conntrack.admits(this.current(), nowNs);
  }

  /** The race is over when the packet is to be confirmed: it goes on with the faster one's entry, or is lost. */
  #settleRace(): number {
    const { host, skb, raced } = this;
    const entry = host.conntrack.entry(raced);
    const { reply } = entry;
    if (reply.source !== skb.destination || reply.sourcePort !== skb.destinationPort)
      return this.#end(DropReason.ConntrackClash, Passed.Dropped);
    this.reference = raced;
    this.raced = -1;
    this.#followEntry(true, entry, false);
    return Passed.On;
  }

  /** The tuple as it stands. */
  current(): FiveTuple {
    const { protocol, source, sourcePort, destination, destinationPort, icmp } = this.skb;
    return { protocol, source, sourcePort, destination, destinationPort, icmp };
  }

  /** Made here and given another destination: it is routed anew at once, before the hook's next table. */
  #translateHere(hook: Hook): number {
    const passed = this.#translate(hook);
    if (passed !== Passed.On || hook !== Hook.Output || this.skb.destination === this.destination) return passed;
    return leavesLoopback(this.net, this.host, this.skb.source, this.skb.destination)
      ? this.#end(DropReason.Martian, Passed.Dropped)
      : Passed.On;
  }

  /** The nat table's place on a hook: rules for a connection's first packet, the entry's word for all others. */
  #translate(hook: Hook): number {
    const { host, skb } = this;
    if (!host.ruleset.hasTable(TableId.Nat) || !host.tracking) return Passed.On;
    if ((skb.ctState & (CtState.Invalid | CtState.Untracked)) !== 0 || skb.ctState === 0) return Passed.On;
    const sourceSide = hook === Hook.Postrouting || hook === Hook.Input;
    if (this.reference >= 0) {
      // Behind a translation a redirect would only confuse; nor is it let out before all translation is settled.
      if (isOwnRedirect(this)) {
        const { status, packetsOriginal, packetsReply } = host.conntrack.entry(this.reference);
        if ((status & NAT_MASK) !== 0 || packetsOriginal + packetsReply <= 1)
          return this.#end(DropReason.NetfilterDrop, Passed.Dropped);
      }
      this.#followEntry(sourceSide, host.conntrack.entry(this.reference), (this.reference & 1) === Direction.Reply);
      return Passed.On;
    }
    const { loopDraft } = this.packet;
    if (loopDraft !== undefined) {
      this.#followEntry(sourceSide, loopDraft, true);
      return Passed.On;
    }
    const draft = this.packet.inner?.draft;
    if (draft !== undefined && (skb.ctState & CtState.Related) !== 0) {
      // The source of the refused connection was never bound, so a RST asks the rules for it; it is none of its own.
      if (sourceSide && skb.protocol === Protocol.Tcp && (draft.status & Status.Confirmed) === 0)
        walk(host.ruleset, TableId.Nat, hook, skb, this.#environment, this.path);
      this.#followEntry(sourceSide, draft, errorDirection(this.packet.inner!) === Direction.Reply);
      return Passed.On;
    }
    if ((this.track & Track.Create) === 0) return Passed.On;
    if (sourceSide && this.raced >= 0) return this.#settleRace();
    if (sourceSide ? this.sourceBound : this.destinationBound) return Passed.On;
    const verdict = walk(host.ruleset, TableId.Nat, hook, skb, this.#environment, this.path);
    if (sourceSide) {
      this.sourceBound = true;
      return this.#bindSource(verdict);
    }
    this.destinationBound = true;
    return this.#bindDestination(verdict, hook);
  }

  /** Rewrites the end that this side of the host is responsible for, as the entry says. */
  #followEntry(sourceSide: boolean, entry: ConntrackDraft, reply: boolean): void {
    const { skb } = this;
    const bit = sourceSide !== reply ? Status.SrcNat : Status.DstNat;
    if ((entry.status & bit) === 0) return;
    // The end of the other direction's tuple that stands opposite.
    const other = reply ? entry.original : entry.reply;
    // An ICMP error about the connection has no ports of its own: only its address is rewritten.
    const ports = (skb.ctState & CtState.Related) === 0 || skb.protocol === Protocol.Tcp;
    // An echo has one identifier, and no other port.
    const echo = other.protocol === Protocol.Icmp;
    if (sourceSide) {
      skb.source = other.destination;
      if (ports) skb.sourcePort = echo ? other.sourcePort : other.destinationPort;
    } else {
      skb.destination = other.source;
      if (!ports) return;
      skb.destinationPort = echo ? 0 : other.sourcePort;
      if (echo) skb.sourcePort = other.sourcePort;
    }
  }

  #bindDestination(verdict: number, hook: Hook): number {
    if (verdict !== Verdict.Dnat && verdict !== Verdict.Redirect) return this.#verdict(verdict);
    let range = this.#range();
    if (verdict === Verdict.Redirect) {
      // Made here: to the loopback address; from outside: to the first address of where it came in.
      const address =
        hook === Hook.Output ? this.net.loopback : (this.net.interface(this.inInterface).addresses[0]?.address ?? 0);
      if (address === 0) return this.#end(DropReason.NoAddress, Passed.Dropped);
      range = { ...range, addresses: [address] };
    }
    const { skb } = this;
    const { tuple } = bindDestination(this.#request(range));
    if (tuple.destination !== skb.destination || tuple.destinationPort !== skb.destinationPort)
      skb.ctState |= CtState.Dnat;
    skb.destination = tuple.destination;
    skb.destinationPort = tuple.destinationPort;
    return Passed.On;
  }

  #bindSource(verdict: number): number {
    const { skb, net, host } = this;
    let range: NatRange | undefined;
    if (verdict === Verdict.Snat) range = this.#range();
    else if (verdict === Verdict.Masquerade) {
      const address = selectAddress(net, host, net.interface(this.outInterface), this.nextHop, Scope.Universe);
      if (address === 0) return this.#end(DropReason.NoAddress, Passed.Dropped);
      range = { ...this.#range(), addresses: [address] };
    } else if (verdict !== Verdict.Accept) return this.#verdict(verdict);
    const bound = bindSource(this.#request(range));
    if (bound === undefined) return this.#end(DropReason.SnatPortsExhausted, Passed.Dropped);
    if (bound.tuple.source !== skb.source || bound.tuple.sourcePort !== skb.sourcePort) skb.ctState |= CtState.Snat;
    skb.source = bound.tuple.source;
    skb.sourcePort = bound.tuple.sourcePort;
    return Passed.On;
  }

  #request(range: NatRange | undefined): BindRequest {
    const { host, net, skb, nowNs } = this;
    return {
      table: host.conntrack,
      addresses: net.addresses,
      original: this.original(),
      current: this.current(),
      range,
      syn: skb.protocol === Protocol.Tcp && (skb.flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst)) === TcpFlag.Syn,
      nowNs,
      draw: (n) => this.draw(Purpose.NatPort, this.packet.id, host.id * NAT_DRAWS + n),
    };
  }

  #range(): NatRange {
    const range = this.host.natRanges.get(this.path.codes[this.path.length - 1]! >> 1);
    invariant(range !== undefined, 'A NAT rule was taken whose range was not prepared');
    return range;
  }

  /** Neighbour that the packet is about to be handed to: masquerade takes the address nearest to it. */
  nextHop: Address = 0;

  /** The tuple of the packet that an ICMP error quotes, as its receiver will read it. */
  quoted(): FiveTuple {
    return quotedTuple(this.host, this.reference, this.packet);
  }

  /** The tuple that it came with. */
  original(): FiveTuple {
    const { protocol, icmp } = this.skb;
    return {
      protocol,
      source: this.source,
      sourcePort: this.sourcePort,
      destination: this.destination,
      destinationPort: this.destinationPort,
      icmp,
    };
  }
}

export const passage = new Passage();
