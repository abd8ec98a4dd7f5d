/**
 * Everything that happened to one flow, taken down while a run goes by, live or out of a ledger: each packet with its
 * steps, host by host, and what became of the request.
 */

import { DNS_PORT } from '../../net/dns/resolver-port.ts';
import { DropReason, dropReasonName } from '../../net/drop-reason.ts';
import type { AnyPassage } from '../../net/event.ts';
import { NetEventKind, type NetEventOf, type PassageEvent } from '../../net/event.ts';
import type { Network } from '../../net/network.ts';
import { Protocol } from '../../net/packet.ts';
import type { WorldEvent } from '../world/event.ts';
import { releaseStep } from './crossing.ts';
import { LookupLines } from './lookup-lines.ts';
import { passageSteps } from './passage-steps.ts';
import type { RuleSources } from './rule-source.ts';
import type { TraceStep } from './trace.ts';
import { packetLabel, tupleText } from './tuple-text.ts';

export interface RecordedPacket {
  readonly id: number;
  readonly bornNs: number;
  readonly label: string;
  readonly header: number;
  /** As it was made. */
  readonly tuple: string;
  readonly payloadBytes: number;
  readonly forward: boolean;
  /** The outer packet of a tunnel: what it carries, else 0. */
  readonly carries: number;
  /** About a tunnel packet: said to the tunnel's end, not to anybody of this connection. */
  readonly aside: boolean;
  readonly steps: TraceStep[];
  readonly hosts: string[];
  /** `delivered`, `rejected`, `unknown` or `dropped: why`; '' while it is under way. */
  fate: string;
  /** `DropReason` where it ended so. */
  reason: number;
}

/** The server as the first delivered packet of the request shows it. */
export interface RecordedServer {
  readonly host: string;
  /** As the listener calls itself: a pod's name, or its host's. */
  readonly name: string;
  readonly role: string;
  readonly node: string;
  readonly peer: string;
  readonly peerPort: number;
}

const PASSAGES: ReadonlySet<number> = new Set([
  NetEventKind.PacketSent,
  NetEventKind.PacketForwarded,
  NetEventKind.PacketDelivered,
  NetEventKind.PacketDropped,
  NetEventKind.PacketRejected,
  NetEventKind.PacketUnknown,
]);

export class FlowRecord {
  readonly #net: Network;
  readonly #sources: RuleSources;
  readonly packets = new Map<number, RecordedPacket>();
  readonly lookups: LookupLines;
  /** Packets of look-ups: told in a line each, not step by step. */
  readonly #asking = new Set<number>();
  started: NetEventOf<'RequestStarted'> | undefined;
  completed: NetEventOf<'RequestCompleted'> | undefined;
  server: RecordedServer | undefined;
  /** 0: not known yet, nothing is taken down. */
  flow: number;

  constructor(net: Network, sources: RuleSources, flow = 0) {
    this.#net = net;
    this.#sources = sources;
    this.flow = flow;
    this.lookups = new LookupLines(net);
  }

  /** Takes one event of the run; those of other flows leave nothing. */
  take(event: WorldEvent): void {
    if (this.flow === 0 || (event as { readonly flow?: number }).flow !== this.flow) return;
    this.lookups.take(event);
    if (PASSAGES.has(event.kind)) {
      if (!this.#asks(event as AnyPassage)) this.#pass(event as AnyPassage);
    } else if (event.kind === NetEventKind.PacketReleased) this.#release(event as NetEventOf<'PacketReleased'>);
    else if (event.kind === NetEventKind.RequestStarted) this.started = event as NetEventOf<'RequestStarted'>;
    else if (event.kind === NetEventKind.RequestCompleted) this.completed = event as NetEventOf<'RequestCompleted'>;
  }

  /** Whether a packet of the flow is on its way at this instant. */
  get isMoving(): boolean {
    for (const packet of this.packets.values()) if (packet.fate === '' && this.#net.packets.has(packet.id)) return true;
    return false;
  }

  /** Whether a packet belongs to a look-up: one that came before the request, or carries a message of DNS, or is about one. */
  #asks({ packet, inner, header, sequence, originalPorts }: AnyPassage): boolean {
    if (this.lookups.started === undefined) return false;
    if (this.#asking.has(packet)) return true;
    const { started } = this;
    const carries = header >>> 24 === Protocol.Udp && sequence !== 0;
    const ports = [originalPorts >>> 16, originalPorts & 0xffff];
    const other = started !== undefined && !ports.includes(started.ports & 0xffff) && ports.includes(DNS_PORT);
    const asks = !this.packets.has(packet) && (started === undefined || carries || other || this.#asking.has(inner));
    if (asks) this.#asking.add(packet);
    return asks;
  }

  #pass(event: AnyPassage): void {
    const packet = this.packets.get(event.packet) ?? this.#born(event);
    if (event.host !== 0) {
      packet.steps.push(...passageSteps(this.#net, event, this.#sources, packet.steps.at(-1)));
      packet.hosts.push(this.#net.host(event.host).name);
    }
    const reason = event.state >>> 16;
    if (event.kind === NetEventKind.PacketDelivered) {
      packet.fate = 'delivered';
      this.#serve(packet, event as PassageEvent);
    } else if (event.kind === NetEventKind.PacketRejected) packet.fate = 'rejected';
    else if (event.kind === NetEventKind.PacketUnknown) packet.fate = 'unknown';
    else if (event.kind === NetEventKind.PacketDropped) packet.fate = `dropped: ${dropReasonName(reason)}`;
    if (reason !== DropReason.None) packet.reason = reason;
  }

  #born(event: AnyPassage): RecordedPacket {
    const protocol = event.header >>> 24;
    const carries = protocol === 17 && event.inner !== 0 ? event.inner : 0;
    const packet: RecordedPacket = {
      id: event.packet,
      bornNs: event.at,
      label: packetLabel(event.header, event.payloadBytes),
      header: event.header,
      tuple: tupleText(
        this.#net.addresses,
        protocol,
        event.originalSource,
        event.originalDestination,
        event.originalPorts,
      ),
      payloadBytes: event.payloadBytes,
      forward: carries === 0 ? this.#isForward(event) : (this.packets.get(carries)?.forward ?? true),
      carries,
      aside: protocol === 1 && (this.packets.get(event.inner)?.carries ?? 0) !== 0,
      steps: [],
      hosts: [],
      fate: '',
      reason: 0,
    };
    this.packets.set(event.packet, packet);
    return packet;
  }

  /** Made by the client: with the ends of the request. An ICMP error or a reset of its own host is an answer. */
  #isForward(event: AnyPassage): boolean {
    const { started } = this;
    if (started === undefined) return true;
    const protocol = event.header >>> 24;
    const asked = protocol !== 1 || (event.header & 0xffff) >> 8 === 8;
    return (
      asked &&
      protocol === started.protocol &&
      event.originalSource === started.source &&
      event.originalDestination === started.destination &&
      event.originalPorts >>> 16 === started.ports >>> 16
    );
  }

  #serve(packet: RecordedPacket, event: PassageEvent): void {
    if (!packet.forward || packet.carries !== 0 || this.server !== undefined) return;
    const host = this.#net.host(event.host);
    this.server = {
      host: host.name,
      name: this.#net.sockets.get(event.target)?.listener?.name ?? host.name,
      role: host.role,
      node: host.node === 0 ? host.name : this.#net.host(host.node).name,
      peer: this.#net.addresses.text(event.source),
      peerPort: event.header >>> 24 === 1 ? 0 : event.ports >>> 16,
    };
  }

  #release(event: NetEventOf<'PacketReleased'>): void {
    const packet = this.packets.get(event.packet);
    const last = packet?.steps.at(-1);
    if (packet !== undefined && last !== undefined) packet.steps.push(releaseStep(this.#net, event, last));
  }
}
