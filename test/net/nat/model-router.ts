/**
 * The smallest host that has connection tracking and NAT: a packet comes in, is bound and translated by two rules, and
 * leaves. For tests of the model alone and side by side with a kernel.
 */
import { AddressTable } from '../../../net/address.ts';
import { CT_STATE_MASK, classify, lookUp, Track } from '../../../net/conntrack/classify.ts';
import { type TrackedPacket, tupleOf } from '../../../net/conntrack/entry.ts';
import { conntrackSettings } from '../../../net/conntrack/settings.ts';
import { ConntrackTable } from '../../../net/conntrack/table.ts';
import type { FiveTuple } from '../../../net/five-tuple.ts';
import { bindDestination, bindSource } from '../../../net/nat/bind.ts';
import { draftOf } from '../../../net/nat/draft.ts';
import type { NatRange } from '../../../net/nat/range.ts';
import { Manip, translated, translateError } from '../../../net/nat/translate.ts';
import { CtState } from '../../../net/netfilter/skb.ts';

export interface Rule {
  readonly matches: (tuple: FiveTuple) => boolean;
  readonly range: NatRange;
}

export type ModelPacket = TrackedPacket & { readonly inner: TrackedPacket | undefined };

export interface Passage {
  readonly ctState: number;
  /** `undefined`: dropped. */
  readonly out: FiveTuple | undefined;
  /** Of an ICMP error, what it quotes as it leaves. */
  readonly quoted: FiveTuple | undefined;
}

export class ModelRouter {
  readonly addresses = new AddressTable();
  readonly table: ConntrackTable;
  dnat: Rule[] = [];
  snat: Rule[] = [];
  /** Draws of the next bindings. */
  draw: (n: number) => number = () => 0;

  constructor(sysctls: Readonly<Record<string, number>> = {}) {
    this.table = new ConntrackTable(conntrackSettings(sysctls));
  }

  packet(
    protocol: number,
    source: string,
    sourcePort: number,
    destination: string,
    destinationPort: number,
  ): ModelPacket {
    return {
      protocol,
      source: this.addresses.intern(source),
      sourcePort,
      destination: this.addresses.intern(destination),
      destinationPort,
      icmp: protocol === 1 ? 8 << 8 : 0,
      flags: protocol === 6 ? 2 : 0,
      sequence: 0,
      acknowledgement: 0,
      payloadBytes: 0,
      sizeBytes: 40,
      inner: undefined,
    };
  }

  pass(packet: ModelPacket, nowNs: number): Passage {
    const { table } = this;
    const reference = lookUp(table, packet, nowNs);
    const answer = classify(table, reference, packet);
    const ctState = answer & CT_STATE_MASK;
    const tuple = tupleOf(packet);
    if (answer & Track.Replace) table.remove(reference);
    if (answer & Track.Create) return { ctState, out: this.#open(packet, nowNs), quoted: undefined };
    if (reference < 0) return { ctState, out: tuple, quoted: packet.inner && tupleOf(packet.inner) };
    const entry = table.entry(reference);
    if (ctState & CtState.Related) {
      let quoted = tupleOf(packet.inner!);
      let out = tuple;
      for (const manip of [Manip.Destination, Manip.Source]) {
        const next = translateError(entry, reference & 1, manip, out, quoted);
        if (next === undefined) return { ctState, out: undefined, quoted: undefined };
        quoted = next.quoted;
        out = { ...out, source: next.source, destination: next.destination };
      }
      return { ctState, out, quoted };
    }
    table.advance(reference, packet, nowNs);
    const out = ctState & CtState.Invalid ? tuple : translated(entry, reference & 1, tuple);
    return { ctState, out, quoted: undefined };
  }

  #open(packet: ModelPacket, nowNs: number): FiveTuple | undefined {
    const { table, addresses, draw } = this;
    const original = tupleOf(packet);
    if (!table.admits(original, nowNs)) return undefined;
    const request = { table, addresses, original, syn: packet.flags === 2, nowNs, draw };
    const range = (rules: Rule[], tuple: FiveTuple) => rules.find((rule) => rule.matches(tuple))?.range;
    const there = bindDestination({ ...request, current: original, range: range(this.dnat, original) });
    const bound = bindSource({ ...request, current: there.tuple, range: range(this.snat, there.tuple) });
    if (bound === undefined) return undefined;
    for (const evicts of [there.evicts, bound.evicts]) if (evicts >= 0) table.remove(evicts);
    table.insert(draftOf(1, original, there.tuple, bound.tuple, true, 0), packet, nowNs);
    return bound.tuple;
  }
}
