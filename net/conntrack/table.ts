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
import { ExpiryHeap } from './expiry-heap.ts';
import { HashChains } from './hash-chains.ts';
import { renew, startEntry } from './lifetime.ts';
import type { ConntrackSettings } from './settings.ts';
import { Direction, Status } from './status.ts';
import { TcpState } from './tcp-state.ts';
import { Verdict } from './tcp-tracker.ts';
import { hashTuple } from './tuple.ts';
import { bucketOf, TupleIndex } from './tuple-index.ts';

/** Buckets that the kernel searches for a victim when the table is full. */
const EVICTION_BUCKETS = 8;
/** Entries that each insert looks at for expired ones. */
const SWEEP = 2;
const NO_INSTANTS = new Float64Array(0);

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
  readonly #tuples = new TupleIndex();
  readonly #sources = new HashChains();
  /** What each entry says of its expiry, where looking up reads it. */
  #expiresAtNs = NO_INSTANTS;
  /** Made when somebody first asks how many are in sight: a table below its limit has no use for it. */
  #expiries: ExpiryHeap | undefined;
  /** What `#victims` finds: the first so many of it. */
  readonly #found: number[] = [];
  #lastId = 0;
  #count = 0;
  #sweepAt = 0;

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
    const column = this.#expiresAtNs;
    return this.#tuples.find(protocol, source, sourcePort, destination, destinationPort, icmp, column, nowNs);
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

  /** Whether an entry is still the one behind a reference, and in sight. */
  stands(reference: number, entry: ConntrackEntry, nowNs: number): boolean {
    return this.#entries[reference >> 1] === entry && entry.expiresAtNs > nowNs;
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
    return this.#count - this.#heap().count(nowNs);
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
    return !this.#full(nowNs) || this.#victims(original, nowNs) > 0;
  }

  /**
   * Numbers of the entries that `insert` would evict for a connection with this original tuple: those not assured
   * in the first of eight neighbouring buckets that holds one or more such.
   */
  victims(original: FiveTuple, nowNs: number): number[] {
    const count = this.#full(nowNs) ? this.#victims(original, nowNs) : 0;
    return this.#found.slice(0, count).map((index) => this.#entries[index]!.id);
  }

  #full(nowNs: number): boolean {
    const { max } = this.settings;
    return max > 0 && this.#count >= max && this.count(nowNs) >= max;
  }

  /** Writes the indices of the victims into `#found`, newest first. @returns how many there are */
  #victims(original: FiveTuple, nowNs: number): number {
    const { buckets } = this.settings;
    const start = bucketOf(hashOf(original), buckets);
    for (let i = 0; i < EVICTION_BUCKETS; i++) {
      const count = this.#victimsIn((start + i) % buckets, nowNs);
      if (count > 0) return count;
    }
    return 0;
  }

  #victimsIn(bucket: number, nowNs: number): number {
    const found = this.#found;
    const members = this.#tuples.collect(bucket, this.settings.buckets, found);
    let count = 0;
    for (let i = 0; i < members; i++) {
      const reference = found[i]!;
      const index = reference >> 1;
      if (!this.#mayGo(index, nowNs) || this.#comesTwice(reference, bucket)) continue;
      const { id } = this.#entries[index]!;
      let at = count++;
      for (; at > 0 && this.#entries[found[at - 1]!]!.id < id; at--) found[at] = found[at - 1]!;
      found[at] = index;
    }
    return count;
  }

  #mayGo(index: number, nowNs: number): boolean {
    return this.#expiresAtNs[index]! > nowNs && (this.#entries[index]!.status & Status.Assured) === 0;
  }

  /** Whether this is the answer's side of an entry whose other side is in the bucket too. */
  #comesTwice(reference: number, bucket: number): boolean {
    if ((reference & 1) === Direction.Original || this.#entries[reference >> 1]!.status & Status.NatClash) return false;
    return bucketOf(this.#tuples.hashOf(reference ^ 1), this.settings.buckets) === bucket;
  }

  // Changing: `evolve` only

  /**
   * Takes a connection into the table, its first packet being through the host.
   * Evicts as `victims` says when the table is full; ask `admits` before.
   * @returns the reference of its original direction
   */
  insert(draft: ConntrackDraft, packet: TrackedPacket, nowNs: number): number {
    this.#sweep(nowNs);
    const evicted = this.#full(nowNs) ? this.#victims(draft.original, nowNs) : 0;
    for (let i = 0; i < evicted; i++) this.remove(this.#found[i]! << 1);
    const index = this.#free.pop() ?? this.#entries.length;
    const entry = startEntry(++this.#lastId, draft, packet, this.settings, nowNs);
    this.#entries[index] = entry;
    this.#count++;
    if (index >= this.#expiresAtNs.length) this.#widen();
    this.#expiresAtNs[index] = entry.expiresAtNs;
    this.#expiries?.add(index);
    // The loser of a race is known by its answers alone: its original tuple leads to the winner.
    if (!(entry.status & Status.NatClash)) this.#tuples.add(index << 1, entry.original);
    this.#tuples.add((index << 1) | 1, entry.reply);
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
    this.#setExpiry(reference >> 1, entry.expiresAtNs);
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
    this.#setExpiry(reference >> 1, entry.expiresAtNs);
  }

  /** Takes an entry out: `conntrack -D`, an eviction. */
  remove(reference: number): void {
    const index = reference >> 1;
    const entry = this.entry(reference);
    if (!(entry.status & Status.NatClash)) this.#tuples.remove(index << 1);
    this.#tuples.remove((index << 1) | 1);
    if (entry.status & Status.SrcNatDone) this.#sources.remove(index);
    this.#expiries?.remove(index);
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

  #setExpiry(index: number, expiresAtNs: number): void {
    this.#expiresAtNs[index] = expiresAtNs;
    this.#expiries?.changed(index);
  }

  /** Collects expired entries: all at the limit, else a few, so that each insert pays for its share. */
  #sweep(nowNs: number): void {
    const { max } = this.settings;
    if (max > 0 && this.#count >= max && this.#sweepAll(nowNs)) return;
    const { length } = this.#entries;
    for (let i = Math.min(SWEEP, length); i > 0; i--) {
      if (this.#sweepAt >= length) this.#sweepAt = 0;
      const entry = this.#entries[this.#sweepAt];
      if (entry !== undefined && entry.expiresAtNs <= nowNs) this.remove(this.#sweepAt << 1);
      this.#sweepAt++;
    }
  }

  /** As if it went round once. @returns whether there were any */
  #sweepAll(nowNs: number): boolean {
    if (this.#heap().count(nowNs) === 0) return false;
    const { length } = this.#entries;
    const lag = (index: number): number => (index < this.#sweepAt ? index + length : index);
    const expired = this.#heap().list(nowNs);
    for (const index of expired.sort((a, b) => lag(a) - lag(b))) this.remove(index << 1);
    return true;
  }

  #heap(): ExpiryHeap {
    if (this.#expiries !== undefined) return this.#expiries;
    this.#expiries = new ExpiryHeap(this.#expiresAtNs);
    for (let index = 0; index < this.#entries.length; index++) {
      if (this.#entries[index] !== undefined) this.#expiries.add(index);
    }
    return this.#expiries;
  }

  #widen(): void {
    const wider = new Float64Array(Math.max(8, this.#expiresAtNs.length * 2));
    wider.set(this.#expiresAtNs);
    this.#expiresAtNs = wider;
    this.#expiries?.widen(wider);
  }
}
