/**
 * The connection table of one host. Its changing methods belong to `evolve`, its reading methods to everyone; both
 * depend on nothing but the calls made before and the instant they are given.
 *
 * A *reference* names one direction of one entry: index << 1 | direction, -1 for none.
 * @see net/netfilter/nf_conntrack_core.c
 */
import { invariant } from '../../core/error.ts';
import type { FiveTuple } from '../five-tuple.ts';
import type { ConntrackDraft, ConntrackEntry, TrackedPacket } from './entry.ts';
import { bucketOf, HashChains } from './hash-chains.ts';
import { renew, startEntry } from './lifetime.ts';
import type { ConntrackSettings } from './settings.ts';
import { Direction, Status } from './status.ts';
import { TcpState } from './tcp-state.ts';
import { Verdict } from './tcp-tracker.ts';
import { hashTuple } from './tuple.ts';

/** Buckets that the kernel searches for a victim when the table is full. */
const EVICTION_BUCKETS = 8;
/** Entries that each insert looks at for expired ones. */
const SWEEP = 2;

function hashOf(tuple: FiveTuple): number {
  const { protocol, source, sourcePort, destination, destinationPort, icmp } = tuple;
  return hashTuple(protocol, source, sourcePort, destination, destinationPort, icmp);
}

/** Hash of what a source mapping is kept by. */
function sourceHash(tuple: FiveTuple): number {
  return hashTuple(tuple.protocol, tuple.source, tuple.sourcePort, 0, 0, 0);
}

export class ConntrackTable {
  readonly settings: ConntrackSettings;
  readonly #entries: (ConntrackEntry | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #tuples = new HashChains();
  readonly #sources = new HashChains();
  #lastId = 0;
  #count = 0;
  #sweepAt = 0;
  /** No entry expires before this instant: spares the search while there is nothing to find. */
  #soonestNs = Number.POSITIVE_INFINITY;

  constructor(settings: ConntrackSettings) {
    this.settings = settings;
  }

  // Reading

  /** Finds the entry that a packet with this tuple belongs to. @returns a reference, or -1 */
  find(
    protocol: number,
    source: number,
    sourcePort: number,
    destination: number,
    destinationPort: number,
    icmp: number,
    nowNs: number,
  ): number {
    const hash = hashTuple(protocol, source, sourcePort, destination, destinationPort, icmp);
    const chains = this.#tuples;
    for (let at = chains.first(hash); at >= 0; at = chains.next(at)) {
      if (chains.hashOf(at) !== hash) continue;
      const entry = this.#entries[at >> 1]!;
      const tuple = at & 1 ? entry.reply : entry.original;
      if (
        tuple.source === source &&
        tuple.destination === destination &&
        tuple.sourcePort === sourcePort &&
        tuple.destinationPort === destinationPort &&
        tuple.protocol === protocol &&
        tuple.icmp === icmp &&
        entry.expiresAtNs > nowNs
      ) {
        return at;
      }
    }
    return -1;
  }

  /** As `find`, of a tuple. */
  findTuple(tuple: FiveTuple, nowNs: number): number {
    const { protocol, source, sourcePort, destination, destinationPort, icmp } = tuple;
    return this.find(protocol, source, sourcePort, destination, destinationPort, icmp, nowNs);
  }

  /** The entry of a reference. */
  entry(reference: number): ConntrackEntry {
    const entry = this.#entries[reference >> 1];
    invariant(entry !== undefined, 'A reference leads to no connection: it is older than the last change');
    return entry;
  }

  /** Whether there still is an entry behind a reference. */
  holds(reference: number): boolean {
    return reference >= 0 && this.#entries[reference >> 1] !== undefined;
  }

  /** Every entry in sight, in order of creation. */
  list(nowNs: number): ConntrackEntry[] {
    const seen = this.#entries.filter((entry) => entry !== undefined && entry.expiresAtNs > nowNs) as ConntrackEntry[];
    return seen.sort((a, b) => a.id - b.id);
  }

  /** The reference of the original direction of the entry with this number, or -1. Not for the data path. */
  referenceOf(id: number): number {
    const index = this.#entries.findIndex((entry) => entry?.id === id);
    return index < 0 ? -1 : index << 1;
  }

  /** Number of entries in sight. */
  count(nowNs: number): number {
    if (nowNs < this.#soonestNs) return this.#count;
    let count = 0;
    let soonestNs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      if (entry === undefined) continue;
      if (entry.expiresAtNs > nowNs) count++;
      soonestNs = Math.min(soonestNs, entry.expiresAtNs);
    }
    // Tightening the bound is no change that anyone can see.
    this.#soonestNs = soonestNs;
    return count;
  }

  /** Entries, newest first, whose original source and protocol are those of `tuple` and whose source was bound. */
  *sameSource(tuple: FiveTuple, nowNs: number): Generator<ConntrackEntry> {
    const hash = sourceHash(tuple);
    const chains = this.#sources;
    for (let at = chains.first(hash); at >= 0; at = chains.next(at)) {
      const entry = this.#entries[at]!;
      const { original } = entry;
      if (
        original.source === tuple.source &&
        original.sourcePort === tuple.sourcePort &&
        original.protocol === tuple.protocol &&
        entry.expiresAtNs > nowNs
      ) {
        yield entry;
      }
    }
  }

  /** Whether one more connection with this original tuple finds room: below the limit, or by evicting others. */
  admits(original: FiveTuple, nowNs: number): boolean {
    return !this.#full(nowNs) || this.#victims(original, nowNs).length > 0;
  }

  /**
   * Numbers of the entries that `insert` would evict for a connection with this original tuple: those of the first of
   * eight neighbouring buckets that has any which is not assured.
   */
  victims(original: FiveTuple, nowNs: number): number[] {
    return this.#full(nowNs) ? this.#victims(original, nowNs).map((index) => this.#entries[index]!.id) : [];
  }

  #full(nowNs: number): boolean {
    const { max } = this.settings;
    return max > 0 && this.#count >= max && this.count(nowNs) >= max;
  }

  #victims(original: FiveTuple, nowNs: number): number[] {
    const { buckets } = this.settings;
    const start = bucketOf(hashOf(original), buckets);
    const coarse = this.#tuples.buckets;
    for (let i = 0; i < EVICTION_BUCKETS; i++) {
      const bucket = (start + i) % buckets;
      const found: number[] = [];
      const first = Math.floor((bucket * coarse) / buckets);
      const last = Math.min(coarse - 1, Math.floor(((bucket + 1) * coarse) / buckets));
      for (let at = first; at <= last; at++) this.#victimsIn(at, bucket, nowNs, found);
      if (found.length > 0) return found;
    }
    return [];
  }

  #victimsIn(coarse: number, bucket: number, nowNs: number, found: number[]): void {
    for (let at = this.#tuples.firstIn(coarse); at >= 0; at = this.#tuples.next(at)) {
      if (bucketOf(this.#tuples.hashOf(at), this.settings.buckets) !== bucket) continue;
      const entry = this.#entries[at >> 1]!;
      if (entry.expiresAtNs <= nowNs || entry.status & Status.Assured || found.includes(at >> 1)) continue;
      found.push(at >> 1);
    }
  }

  // Changing: `evolve` only

  /**
   * Takes a connection into the table, its first packet being through the host.
   * Evicts as `victims` says when the table is full; ask `admits` before.
   * @returns the reference of its original direction
   */
  insert(draft: ConntrackDraft, packet: TrackedPacket, nowNs: number): number {
    this.#sweep(nowNs);
    if (this.#full(nowNs)) for (const index of this.#victims(draft.original, nowNs)) this.remove(index << 1);
    const index = this.#free.pop() ?? this.#entries.length;
    const entry = startEntry(++this.#lastId, draft, packet, this.settings, nowNs);
    this.#entries[index] = entry;
    this.#count++;
    this.#soonestNs = Math.min(this.#soonestNs, entry.expiresAtNs);
    // The loser of a race is known by its answers alone: its original tuple leads to the winner.
    if (!(entry.status & Status.NatClash)) this.#tuples.add(index << 1, hashOf(entry.original));
    this.#tuples.add((index << 1) | 1, hashOf(entry.reply));
    if (entry.status & Status.SrcNatDone) this.#sources.add(index, sourceHash(entry.original));
    return index << 1;
  }

  /**
   * Takes a packet of a connection: state, time-out, counters. Call it for every packet that `find` gave a reference
   * for, whatever `classify` made of it, except ICMP errors.
   * @returns the `Verdict`; after Close and Reopen the entry is gone
   */
  advance(reference: number, packet: TrackedPacket, nowNs: number): number {
    const entry = this.entry(reference);
    const verdict = renew(entry, reference & 1, packet, this.settings, nowNs);
    if (entry.expiresAtNs < this.#soonestNs) this.#soonestNs = entry.expiresAtNs;
    if (verdict === Verdict.Close || verdict === Verdict.Reopen) this.remove(reference);
    else if (verdict !== Verdict.Invalid && (reference & 1) === Direction.Reply) entry.status |= Status.SeenReply;
    return verdict;
  }

  /** A rule has reset a connection. @see net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_set_closing */
  close(reference: number, nowNs: number): void {
    const entry = this.entry(reference);
    if (entry.tcp === undefined) return;
    entry.tcp.state = TcpState.Close;
    entry.expiresAtNs = nowNs + this.settings.tcpTimeoutsNs[TcpState.Close]!;
    if (entry.expiresAtNs < this.#soonestNs) this.#soonestNs = entry.expiresAtNs;
  }

  /** Takes an entry out: `conntrack -D`, an eviction. */
  remove(reference: number): void {
    const index = reference >> 1;
    const entry = this.entry(reference);
    this.#tuples.remove(index << 1);
    this.#tuples.remove((index << 1) | 1);
    if (entry.status & Status.SrcNatDone) this.#sources.remove(index);
    this.#entries[index] = undefined;
    this.#free.push(index);
    this.#count--;
  }

  /** Sets the connection mark, as `CONNMARK` does. */
  setMark(reference: number, mark: number): void {
    this.entry(reference).mark = mark;
  }

  /** `conntrack -F`. */
  flush(): void {
    for (let index = 0; index < this.#entries.length; index++) {
      if (this.#entries[index] !== undefined) this.remove(index << 1);
    }
  }

  /** Collects a few expired entries: each insert pays for its share, and nobody else's looking matters. */
  #sweep(nowNs: number): void {
    const { max } = this.settings;
    const all = max > 0 && this.#count >= max && nowNs >= this.#soonestNs;
    const steps = all ? this.#entries.length : Math.min(SWEEP, this.#entries.length);
    for (let i = 0; i < steps; i++) {
      if (this.#sweepAt >= this.#entries.length) this.#sweepAt = 0;
      const entry = this.#entries[this.#sweepAt];
      if (entry !== undefined && entry.expiresAtNs <= nowNs) this.remove(this.#sweepAt << 1);
      this.#sweepAt++;
    }
  }
}
