/**
 * The connection table without a structure: a list of places that is walked for every answer. `ConntrackTable` must
 * agree with it, references included. How an entry starts and is renewed is not in question here and is shared.
 */
import type { ConntrackDraft, ConntrackEntry, TrackedPacket } from '../../../net/conntrack/entry.ts';
import { renew, startEntry } from '../../../net/conntrack/lifetime.ts';
import type { ConntrackSettings } from '../../../net/conntrack/settings.ts';
import { Status } from '../../../net/conntrack/status.ts';
import { TcpState } from '../../../net/conntrack/tcp-state.ts';
import { Verdict } from '../../../net/conntrack/tcp-tracker.ts';
import { equalTuples, hashTuple } from '../../../net/conntrack/tuple.ts';
import type { FiveTuple } from '../../../net/five-tuple.ts';

export class PlainTable {
  readonly settings: ConntrackSettings;
  readonly places: (ConntrackEntry | undefined)[] = [];
  readonly #free: number[] = [];
  #lastId = 0;
  #sweepAt = 0;

  constructor(settings: ConntrackSettings) {
    this.settings = settings;
  }

  findTuple(tuple: FiveTuple, nowNs: number): number {
    let found = -1;
    for (const entry of this.list(nowNs)) {
      const reference = this.places.indexOf(entry) << 1;
      if (!(entry.status & Status.NatClash) && equalTuples(entry.original, tuple)) found = reference;
      if (equalTuples(entry.reply, tuple)) found = reference | 1;
    }
    return found;
  }

  list(nowNs: number): ConntrackEntry[] {
    return this.#all()
      .filter(({ expiresAtNs }) => expiresAtNs > nowNs)
      .sort((a, b) => a.id - b.id);
  }

  count(nowNs: number): number {
    return this.list(nowNs).length;
  }

  sameSource(tuple: FiveTuple, nowNs: number): ConntrackEntry[] {
    return this.list(nowNs)
      .filter(({ original, status }) => {
        const { source, sourcePort, protocol } = original;
        const same = source === tuple.source && sourcePort === tuple.sourcePort && protocol === tuple.protocol;
        return same && (status & Status.SrcNatDone) !== 0;
      })
      .reverse();
  }

  admits(original: FiveTuple, nowNs: number): boolean {
    return !this.#full(nowNs) || this.#victims(original, nowNs).length > 0;
  }

  victims(original: FiveTuple, nowNs: number): number[] {
    return this.#full(nowNs) ? this.#victims(original, nowNs).map(({ id }) => id) : [];
  }

  insert(draft: ConntrackDraft, packet: TrackedPacket, nowNs: number): number {
    this.#sweep(nowNs);
    if (this.#full(nowNs)) {
      for (const entry of this.#victims(draft.original, nowNs)) this.remove(this.places.indexOf(entry) << 1);
    }
    const index = this.#free.pop() ?? this.places.length;
    this.places[index] = startEntry(++this.#lastId, draft, packet, this.settings, nowNs);
    return index << 1;
  }

  advance(reference: number, packet: TrackedPacket, nowNs: number): number {
    const entry = this.places[reference >> 1]!;
    const verdict = renew(entry, reference & 1, packet, this.settings, nowNs);
    if (verdict === Verdict.Close || verdict === Verdict.Reopen) this.remove(reference);
    else if (verdict !== Verdict.Invalid && reference & 1) entry.status |= Status.SeenReply;
    return verdict;
  }

  close(reference: number, nowNs: number): void {
    const entry = this.places[reference >> 1]!;
    if (entry.tcp === undefined) return;
    entry.tcp.state = TcpState.Close;
    entry.expiresAtNs = nowNs + this.settings.tcpTimeoutsNs[TcpState.Close]!;
  }

  remove(reference: number): void {
    this.places[reference >> 1] = undefined;
    this.#free.push(reference >> 1);
  }

  flush(): void {
    for (const [index, entry] of this.places.entries()) if (entry !== undefined) this.remove(index << 1);
  }

  #all(): ConntrackEntry[] {
    return this.places.filter((entry) => entry !== undefined);
  }

  #full(nowNs: number): boolean {
    const { max } = this.settings;
    return max > 0 && this.count(nowNs) >= max;
  }

  /** Those not assured in the first of eight buckets that holds one, newest first. */
  #victims(original: FiveTuple, nowNs: number): ConntrackEntry[] {
    const { buckets } = this.settings;
    for (let i = 0; i < 8; i++) {
      const bucket = (bucketOfTuple(original, buckets) + i) % buckets;
      const found = this.list(nowNs).filter((entry) => {
        const byOriginal = !(entry.status & Status.NatClash) && bucketOfTuple(entry.original, buckets) === bucket;
        return !(entry.status & Status.Assured) && (byOriginal || bucketOfTuple(entry.reply, buckets) === bucket);
      });
      if (found.length > 0) return found.reverse();
    }
    return [];
  }

  /** Round and round over the places, two at a time; once all round where expired ones make a table full. */
  #sweep(nowNs: number): void {
    const { max } = this.settings;
    const crowded = max > 0 && this.#all().length >= max;
    const all = crowded && this.#all().some(({ expiresAtNs }) => expiresAtNs <= nowNs);
    const steps = all ? this.places.length : Math.min(2, this.places.length);
    for (let i = 0; i < steps; i++) {
      if (this.#sweepAt >= this.places.length) this.#sweepAt = 0;
      const entry = this.places[this.#sweepAt];
      if (entry !== undefined && entry.expiresAtNs <= nowNs) this.remove(this.#sweepAt << 1);
      this.#sweepAt++;
    }
  }
}

/** The kernel scales 32 bits of hash to its number of buckets. */
function bucketOfTuple(tuple: FiveTuple, buckets: number): number {
  const { protocol, source, sourcePort, destination, destinationPort, icmp } = tuple;
  const hash = hashTuple(protocol, source, sourcePort, destination, destinationPort, icmp);
  return Number((BigInt(hash >>> 0) * BigInt(buckets)) >> 32n);
}
