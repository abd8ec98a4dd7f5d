/**
 * Measures of packets: how many there were, how each ended, how many links they crossed, and what ended those that no
 * socket took.
 */
import type { OperatorFunction } from 'rxjs';
import { dropReasonName } from '../../net/drop-reason.ts';
import { NetEventKind, type NetEventOf, type PassageEvent, PassageState } from '../../net/event.ts';
import { InterfaceKind } from '../../net/interface.ts';
import type { Network } from '../../net/network.ts';
import type { WorldEvent } from '../world/event.ts';
import type { World } from '../world/world.ts';
import { type Tally, tallied } from './measure.ts';
import { endingRule, endsAtRule } from './rule-text.ts';

/** Each packet ends in exactly one of these: `sent` is the sum of the others. */
export interface PacketFigures {
  readonly sent: number;
  readonly delivered: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly unknown: number;
  readonly inFlight: number;
}

export interface DropFigure {
  /** A drop reason, or `unknown-rule`. */
  readonly reason: string;
  /** Where it ended; empty for a host that had gone. */
  readonly host: string;
  /** As iptables-save prints it, behind its table's name; null where no rule ended it. */
  readonly rule: string | null;
  readonly count: number;
}

export interface PassageFigures {
  readonly packets: PacketFigures;
  /** Links crossed. */
  readonly packetHops: number;
  /** Most frequent first; they add up to rejected, dropped and unknown. */
  readonly drops: readonly DropFigure[];
}

type Ended = PassageEvent | NetEventOf<'PacketUnknown'>;

/** Rows of drops that are told apart; all further ones are summed up in one. */
const DROP_ROWS = 1_000;
/** Paths whose rule is remembered. */
const KNOWN_PATHS = 10_000;

export const OTHER = '(others)';

/** Packets, packet-hops and drops of a stream of events. */
export function passageFigures(world: World): OperatorFunction<WorldEvent, PassageFigures> {
  return tallied(() => new PassageTally(world.net));
}

class PassageTally implements Tally<WorldEvent, PassageFigures> {
  readonly #net: Network;
  #sent = 0;
  #newest = 0;
  #delivered = 0;
  #rejected = 0;
  #dropped = 0;
  #unknown = 0;
  #hops = 0;
  readonly #drops = new Map<string, { reason: string; host: string; rule: string | null; count: number }>();
  readonly #ruleOfPath = new Map<number, string | null>();

  constructor(net: Network) {
    this.#net = net;
  }

  take(event: WorldEvent): void {
    switch (event.kind) {
      case NetEventKind.PacketSent:
      case NetEventKind.PacketForwarded:
        break;
      case NetEventKind.PacketDelivered:
        this.#delivered++;
        break;
      case NetEventKind.PacketRejected:
        this.#rejected++;
        this.#end(event);
        break;
      case NetEventKind.PacketDropped:
        this.#dropped++;
        this.#end(event);
        break;
      case NetEventKind.PacketUnknown:
        this.#unknown++;
        this.#end(event);
        break;
      default:
        return;
    }
    // Packets are numbered in the order in which they are made.
    if (event.packet > this.#newest) {
      this.#newest = event.packet;
      this.#sent++;
    }
    if (event.inInterface !== 0 && (event.state & PassageState.Carried) === 0) this.#arrive(event.inInterface);
  }

  figure(): PassageFigures {
    const sent = this.#sent;
    const ended = this.#delivered + this.#rejected + this.#dropped + this.#unknown;
    return {
      packets: {
        sent,
        delivered: this.#delivered,
        rejected: this.#rejected,
        dropped: this.#dropped,
        unknown: this.#unknown,
        inFlight: sent - ended,
      },
      packetHops: this.#hops,
      drops: [...this.#drops.values()]
        .map((row) => ({ ...row }))
        .sort((a, b) => b.count - a.count || (keyOf(a) < keyOf(b) ? -1 : 1)),
    };
  }

  /** A passage that began at an interface followed a link's crossing, but on the loopback device and out of a tunnel. */
  #arrive(device: number): void {
    const kind = this.#net.interfaces[device]?.kind;
    if (kind !== InterfaceKind.Loopback && kind !== InterfaceKind.Vxlan) this.#hops++;
  }

  #end(event: Ended): void {
    const unknown = event.kind === NetEventKind.PacketUnknown;
    const reason = unknown ? 'unknown-rule' : dropReasonName(event.state >>> 16);
    const host = this.#net.hosts[event.host]?.name ?? '';
    const row = { reason, host, rule: this.#rule(event), count: 1 };
    const known = this.#drops.get(keyOf(row));
    if (known !== undefined) known.count++;
    else if (this.#drops.size < DROP_ROWS) this.#drops.set(keyOf(row), row);
    else {
      const rest = this.#drops.get(OTHER);
      if (rest === undefined) this.#drops.set(OTHER, { reason: OTHER, host: '', rule: null, count: 1 });
      else rest.count++;
    }
  }

  /** A path's number stands for the same rules for ever. */
  #rule(event: Ended): string | null {
    if (!endsAtRule(event)) return null;
    if (event.kind === NetEventKind.PacketUnknown) return event.text;
    const known = this.#ruleOfPath.get(event.path);
    if (known !== undefined) return known;
    const rule = endingRule(this.#net, event) ?? null;
    if (this.#ruleOfPath.size >= KNOWN_PATHS) this.#ruleOfPath.clear();
    this.#ruleOfPath.set(event.path, rule);
    return rule;
  }
}

function keyOf({ reason, host, rule }: Omit<DropFigure, 'count'>): string {
  return `${reason}\n${host}\n${rule ?? ''}`;
}
