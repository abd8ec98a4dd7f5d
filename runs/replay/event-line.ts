/**
 * Events as records in names and texts, for `log`: handles are looked up in the world that the events are folded into,
 * when they pass.
 */

import { ReconcileOutcome } from '../../controllers/event.ts';
import type { Kinded } from '../../core/decider.ts';
import { dropReasonName } from '../../net/drop-reason.ts';
import { NetEventKind, type NetEventOf, type PassageEvent, PassageState } from '../../net/event.ts';
import { CtState } from '../../net/netfilter/skb.ts';
import { TcpFlag } from '../../net/packet.ts';
import { OUTCOME_NAMES } from '../../net/request.ts';
import { pathRules } from '../report/rule-text.ts';
import { packetLabel, protocolText, tupleText } from '../trace/tuple-text.ts';
import { RunEventKind, type WorldEvent, worldCodec } from '../world/event.ts';
import type { World } from '../world/world.ts';

/** One line of `log -o jsonl`. Kinds have further fields of their own. */
export interface EventLine {
  /** Number of the event, from 0. */
  readonly seq: number;
  /** Virtual instant in ns. */
  readonly at: number;
  readonly kind: string;
  readonly host?: string;
  readonly flow?: number;
  readonly packet?: number;
  readonly [field: string]: unknown;
}

type Passage = PassageEvent | NetEventOf<'PacketUnknown'>;

const VERDICTS: Readonly<Record<number, string>> = {
  [NetEventKind.PacketSent]: 'sent',
  [NetEventKind.PacketForwarded]: 'forwarded',
  [NetEventKind.PacketDelivered]: 'delivered',
  [NetEventKind.PacketDropped]: 'dropped',
  [NetEventKind.PacketRejected]: 'rejected',
  [NetEventKind.PacketUnknown]: 'unknown',
};

const CT_NAMES: readonly (readonly [number, string])[] = [
  [CtState.New, 'NEW'],
  [CtState.Established, 'ESTABLISHED'],
  [CtState.Related, 'RELATED'],
  [CtState.Invalid, 'INVALID'],
  [CtState.Untracked, 'UNTRACKED'],
];

const RECONCILE_NAMES = Object.keys(ReconcileOutcome).map((name) => name.toLowerCase());

/** Fields that hold the number of a host, an address's handle, or the number of an interface. */
const HOST_FIELDS = new Set(['host', 'from', 'to', 'server']);
const ADDRESS_FIELDS = new Set(['source', 'destination', 'seen', 'originalDestination', 'address', 'askerAddress']);
const INTERFACE_FIELDS = new Set(['interface', 'asker', 'outInterface']);
/** Kinds whose text is JSON. */
const JSON_TEXT = new Set(['ObjectWritten', 'ObjectDeleted', 'NoteRecorded', 'LookupStarted', 'QueryAnswered']);

export interface LineOptions {
  /** Also tell each passage's rules, in the words of iptables-save. */
  readonly rules?: boolean;
}

export class EventLines {
  readonly #world: World;
  readonly #withRules: boolean;
  /** Names of those seen so far: a host may be gone when its last event is told. */
  readonly #hosts = new Map<number, string>();
  readonly #interfaces = new Map<number, string>();

  /** @param world that the events have been folded into */
  constructor(world: World, { rules = false }: LineOptions = {}) {
    this.#world = world;
    this.#withRules = rules;
  }

  /** To be called when the event has just been folded. */
  line(event: WorldEvent, seq: number): EventLine {
    const kind = worldCodec.nameOf[event.kind]!;
    if (VERDICTS[event.kind] !== undefined) return this.#passage(event as Passage, seq, kind);
    const line: Record<string, unknown> = { seq, at: event.at, kind };
    for (const field of Object.keys(worldCodec.kinds[kind]!.fields)) {
      const value = (event as Kinded & Record<string, unknown>)[field];
      this.#field(line, kind, field, value, event);
    }
    return line as unknown as EventLine;
  }

  #passage(event: Passage, seq: number, kind: string): EventLine {
    const { net } = this.#world;
    const protocol = event.header >>> 24;
    const tuple = (source: number, destination: number, ports: number): string =>
      tupleText(net.addresses, protocol, source, destination, ports);
    const reason = event.state >>> 16;
    const ct = CT_NAMES.find(([bit]) => (event.state & bit) !== 0)?.[1];
    const has = (bit: number): boolean => (event.state & bit) !== 0;
    const left = event.kind === NetEventKind.PacketSent || event.kind === NetEventKind.PacketForwarded;
    return {
      seq,
      at: event.at,
      kind,
      host: this.#host(event.host),
      flow: event.flow,
      packet: event.packet,
      ...(event.inner === 0 ? {} : { inner: event.inner }),
      protocol: protocolText(protocol),
      label: packetLabel(event.header, event.payloadBytes),
      original: tuple(event.originalSource, event.originalDestination, event.originalPorts),
      before: tuple(event.beforeSource, event.beforeDestination, event.beforePorts),
      after: tuple(event.source, event.destination, event.ports),
      verdict: VERDICTS[event.kind]!,
      ...(reason === 0 ? {} : { reason: dropReasonName(reason) }),
      ttl: (event.header >>> 16) & 255,
      ...(protocol === 6 ? { flags: flagNames(event.header & 0xffff) } : {}),
      sequence: event.sequence,
      acknowledgement: event.acknowledgement,
      payloadBytes: event.payloadBytes,
      sizeBytes: event.sizeBytes,
      ...(event.inInterface === 0 ? {} : { in: this.#interface(event.inInterface) }),
      ...(event.outInterface === 0 ? {} : { out: this.#interface(event.outInterface) }),
      ...this.#target(event, left),
      ...(ct === undefined ? {} : { conntrack: ct, entry: event.entry }),
      reply: has(PassageState.Reply),
      snat: has(PassageState.Snat),
      dnat: has(PassageState.Dnat),
      ...(event.path === 0 ? {} : { path: event.path }),
      ...(this.#withRules && event.path !== 0 ? { rules: this.#rules(event.host, event.path) } : {}),
      ...(event.kind === NetEventKind.PacketUnknown ? { rule: event.text } : {}),
    };
  }

  #target(event: Passage, left: boolean): Record<string, unknown> {
    if (!left) return event.target === 0 ? {} : { socket: event.target };
    if (event.target === 0) return { waitsFor: this.#world.net.addresses.text(event.until) };
    return { to: this.#interface(event.target), arrivesAt: event.until };
  }

  #field(line: Record<string, unknown>, kind: string, field: string, value: unknown, event: WorldEvent): void {
    const { net, cluster, traffic } = this.#world;
    const number = value as number;
    if (HOST_FIELDS.has(field)) {
      if (number !== 0 || field === 'host') line[field] = this.#host(number);
    } else if (ADDRESS_FIELDS.has(field)) line[field] = net.addresses.text(number);
    else if (INTERFACE_FIELDS.has(field) || (field === 'target' && kind.startsWith('Neighbour')))
      line[field] = this.#interface(number);
    else if (field === 'target' && kind === 'PacketReleased') line['to'] = this.#interface(number);
    else if (field === 'component') line[field] = cluster.components[number]?.name;
    else if (field === 'traffic') line[field] = traffic.rows[number]?.name ?? number;
    else if (field === 'protocol') line[field] = protocolText(number);
    else if (field === 'outcome' && kind.startsWith('Request')) line[field] = OUTCOME_NAMES[number];
    else if (field === 'outcome') line[field] = RECONCILE_NAMES[number];
    else if (/ports$/i.test(field)) {
      line[field.replace(/ports$/i, (word) => (word === 'ports' ? 'sourcePort' : 'SourcePort'))] = number >>> 16;
      line[field.replace(/ports$/i, (word) => (word === 'ports' ? 'destinationPort' : 'DestinationPort'))] =
        number & 0xffff;
    } else if (field === 'text') this.#text(line, kind, value as string | undefined, event);
    else line[field] = value;
  }

  #text(line: Record<string, unknown>, kind: string, text: string | undefined, event: WorldEvent): void {
    if (text === undefined || text === '') return;
    if (event.kind === NetEventKind.PathTaken) line['rules'] = this.#rules(event.host, event.path);
    else if (JSON_TEXT.has(kind) || (text.startsWith('{') && event.kind !== RunEventKind.RunStarted))
      line['object'] = parsed(text);
    else line['text'] = text;
  }

  #rules(host: number, path: number): string[] {
    return pathRules(this.#world.net, host, path)
      .filter(({ matched }) => matched)
      .map(({ text }) => text);
  }

  #host(id: number): string {
    const name = this.#world.net.hosts[id]?.name;
    if (name !== undefined) this.#hosts.set(id, name);
    return name ?? this.#hosts.get(id) ?? '';
  }

  #interface(id: number): string {
    const device = this.#world.net.interfaces[id];
    if (device !== undefined) this.#interfaces.set(id, `${this.#host(device.host)}:${device.name}`);
    return this.#interfaces.get(id) ?? '';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const FLAGS = Object.entries(TcpFlag);

function flagNames(flags: number): string {
  return FLAGS.filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name.toUpperCase())
    .join(',');
}
