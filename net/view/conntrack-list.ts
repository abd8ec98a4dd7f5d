/**
 * What `conntrack -L`, `-D` and `-F` print: one line an entry, as conntrack-tools 1.4 writes it.
 * @see conntrack(8), libnetfilter_conntrack snprintf_default
 */
import { SECOND } from '../../core/time.ts';
import type { Address, AddressTable, Prefix } from '../address.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { Status } from '../conntrack/status.ts';
import type { ConntrackTable } from '../conntrack/table.ts';
import { TCP_STATE_NAMES } from '../conntrack/tcp-state.ts';
import { isIcmp } from '../conntrack/tuple.ts';
import type { FiveTuple } from '../five-tuple.ts';

/** Options of `conntrack`; all that are given must hold. */
export interface ConntrackFilter {
  /** `-p` */
  readonly protocol?: number;
  /** `-f`: IPv4 unless said. */
  readonly family?: 4 | 6;
  /** `-s`, `--orig-src` */
  readonly originalSource?: Prefix;
  /** `-d`, `--orig-dst` */
  readonly originalDestination?: Prefix;
  /** `-r`, `--reply-src` */
  readonly replySource?: Prefix;
  /** `-q`, `--reply-dst` */
  readonly replyDestination?: Prefix;
  /** `--sport`, `--orig-port-src` */
  readonly originalSourcePort?: number;
  /** `--dport`, `--orig-port-dst` */
  readonly originalDestinationPort?: number;
  /** `--reply-port-src` */
  readonly replySourcePort?: number;
  /** `--reply-port-dst` */
  readonly replyDestinationPort?: number;
  /** `--state`: a `TcpState`. */
  readonly state?: number;
  /** `-m`, with its mask. */
  readonly mark?: { readonly value: number; readonly mask: number };
  /** `-n`: source-translated, to this address if one is given. */
  readonly srcNat?: true | Prefix;
  /** `-g` */
  readonly dstNat?: true | Prefix;
  /** `-u ASSURED` and the like: `Status` bits that must be set. */
  readonly status?: number;
  /** `-u UNREPLIED`. */
  readonly unreplied?: boolean;
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
};

function within(addresses: AddressTable, address: Address, prefix: Prefix | undefined): boolean {
  return prefix === undefined || addresses.within(address, prefix);
}

function equal(value: number, wanted: number | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function translatedTo(
  addresses: AddressTable,
  wanted: true | Prefix | undefined,
  translated: boolean,
  address: Address,
): boolean {
  if (wanted === undefined) return true;
  return translated && (wanted === true || addresses.within(address, wanted));
}

/** Whether an entry has all that the filter asks for. */
export function matchesFilter(addresses: AddressTable, entry: ConntrackEntry, filter: ConntrackFilter): boolean {
  const { original, reply, status, mark } = entry;
  return (
    equal(entry.protocol, filter.protocol) &&
    addresses.family(original.source) === (filter.family ?? 4) &&
    within(addresses, original.source, filter.originalSource) &&
    within(addresses, original.destination, filter.originalDestination) &&
    within(addresses, reply.source, filter.replySource) &&
    within(addresses, reply.destination, filter.replyDestination) &&
    equal(original.sourcePort, filter.originalSourcePort) &&
    equal(original.destinationPort, filter.originalDestinationPort) &&
    equal(reply.sourcePort, filter.replySourcePort) &&
    equal(reply.destinationPort, filter.replyDestinationPort) &&
    equal(entry.tcp?.state ?? -1, filter.state) &&
    (filter.mark === undefined || (mark & filter.mark.mask) === filter.mark.value) &&
    translatedTo(addresses, filter.srcNat, (status & Status.SrcNat) !== 0, reply.destination) &&
    translatedTo(addresses, filter.dstNat, (status & Status.DstNat) !== 0, reply.source) &&
    (filter.status === undefined || (status & filter.status) === filter.status) &&
    (filter.unreplied !== true || (status & Status.SeenReply) === 0)
  );
}

/**
 * Entries that `conntrack -L` shows and `-D` deletes, newest first (the kernel's order is that of its hash). Losers of
 * a race at confirm are hidden from both.
 */
export function selectEntries(
  table: ConntrackTable,
  addresses: AddressTable,
  nowNs: number,
  filter: ConntrackFilter = {},
): ConntrackEntry[] {
  return table
    .list(nowNs)
    .filter((entry) => !(entry.status & Status.NatClash) && matchesFilter(addresses, entry, filter))
    .reverse();
}

function formatTuple(addresses: AddressTable, tuple: FiveTuple): string {
  const ends = `src=${addresses.text(tuple.source)} dst=${addresses.text(tuple.destination)} `;
  if (isIcmp(tuple.protocol)) {
    return `${ends}type=${tuple.icmp >> 8} code=${tuple.icmp & 255} id=${tuple.sourcePort} `;
  }
  // A protocol without a tracker has no ports to show.
  if (PROTOCOL_NAMES[tuple.protocol] === undefined) return ends;
  return `${ends}sport=${tuple.sourcePort} dport=${tuple.destinationPort} `;
}

/** One line of `conntrack -L`, without its end. */
export function formatEntry(
  addresses: AddressTable,
  entry: ConntrackEntry,
  nowNs: number,
  accounting: boolean,
): string {
  const name = (PROTOCOL_NAMES[entry.protocol] ?? 'unknown').padEnd(8);
  const seconds = Math.max(0, Math.floor((entry.expiresAtNs - nowNs) / SECOND));
  const state = entry.tcp === undefined ? '' : `${TCP_STATE_NAMES[entry.tcp.state]} `;
  const counters = (packets: number, bytes: number): string => (accounting ? `packets=${packets} bytes=${bytes} ` : '');
  return [
    `${name} ${entry.protocol} ${seconds} ${state}`,
    formatTuple(addresses, entry.original),
    counters(entry.packetsOriginal, entry.bytesOriginal),
    entry.status & Status.SeenReply ? '' : '[UNREPLIED] ',
    formatTuple(addresses, entry.reply),
    counters(entry.packetsReply, entry.bytesReply),
    entry.status & Status.Assured ? '[ASSURED] ' : '',
    `mark=${entry.mark >>> 0} use=1`,
  ].join('');
}

export interface ConntrackOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code of the tool. */
  readonly exitCode: number;
}

const VERBS = { L: 'shown', D: 'deleted' } as const;

/**
 * The text of `conntrack -L` or `-D` over these entries. `-D` exits 1 when it found none.
 * @param entries what `selectEntries` gave
 */
export function formatEntries(
  addresses: AddressTable,
  entries: readonly ConntrackEntry[],
  nowNs: number,
  accounting: boolean,
  verb: keyof typeof VERBS = 'L',
): ConntrackOutput {
  const lines = entries.map((entry) => `${formatEntry(addresses, entry, nowNs, accounting)}\n`);
  return {
    stdout: lines.join(''),
    stderr: `conntrack v1.4.7 (conntrack-tools): ${entries.length} flow entries have been ${VERBS[verb]}.\n`,
    exitCode: verb === 'D' && entries.length === 0 ? 1 : 0,
  };
}

/** `conntrack -L`. */
export function conntrackList(
  table: ConntrackTable,
  addresses: AddressTable,
  nowNs: number,
  filter: ConntrackFilter = {},
): ConntrackOutput {
  return formatEntries(addresses, selectEntries(table, addresses, nowNs, filter), nowNs, table.settings.accounting);
}

/** What `conntrack -F` says. */
export const FLUSHED: ConntrackOutput = {
  stdout: '',
  stderr: 'conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.\n',
  exitCode: 0,
};
