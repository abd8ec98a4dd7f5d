/**
 * A TCP segment as its two ends see it: header fields, the options that change behaviour or size, and the count of
 * bytes that it carries. Sequence numbers are relative to the initial ones, as tcpdump and Wireshark show them, and
 * never wrap. Time stamps are always agreed on, as between two Linux hosts.
 */
import { TcpFlag } from '../packet.ts';

export interface Segment {
  /** `TcpFlag` bits. */
  readonly flags: number;
  readonly sequence: number;
  /** 0 without the ACK flag. */
  readonly acknowledgement: number;
  readonly payloadBytes: number;
  /** TCP header with options: 20-60. */
  readonly headerBytes: number;
  /** Receive window, scaled. */
  readonly windowBytes: number;
  /** MSS option of a SYN: the largest payload, options not taken off. 0 in other segments. */
  readonly mss: number;
  /** SACK blocks, flat: start, end, start, end ... Newest first; a D-SACK comes before all. */
  readonly sack: readonly number[];
  /** Time stamp option: the sender's clock, and the peer's stamp that it echoes; 0 without the option. In ns. */
  readonly timestampNs: number;
  readonly echoNs: number;
  /** What the sender's application wrote, where this segment carries the write's last byte; else 0. */
  readonly message: number;
}

/** What a socket wants to put on the wire next. */
export type SegmentDraft = Segment;

export const NO_SACK: readonly number[] = Object.freeze([]);

/** Time stamps take 10 bytes and two NOPs. @see RFC 7323 appendix A */
export const TIMESTAMP_BYTES = 12;
const BASE_BYTES = 20;
/** MSS 4, SACK permitted 2, time stamps 10, NOP 1, window scale 3. */
const SYN_BYTES = 40;
/** Room for SACK beside time stamps: 40 bytes of options, less 12, less the option's own 4. @see RFC 2018 section 3 */
export const MOST_SACK_BLOCKS = 3;

/** Size of a header on an open connection. @see net/ipv4/tcp_output.c tcp_established_options */
export function headerBytes(flags: number, sackBlocks: number): number {
  if (flags & TcpFlag.Syn) return SYN_BYTES;
  return BASE_BYTES + TIMESTAMP_BYTES + (sackBlocks === 0 ? 0 : 4 + 8 * sackBlocks);
}

/** Sequence numbers that a segment takes: its bytes, and one each for SYN and FIN. */
export function sequenceLength(segment: Segment): number {
  const { flags } = segment;
  return segment.payloadBytes + (flags & TcpFlag.Syn ? 1 : 0) + (flags & TcpFlag.Fin ? 1 : 0);
}

/**
 * The RST with which a host answers a segment that no socket expects. It has no options.
 * @returns `undefined` for a RST, which nothing answers
 * @see RFC 9293 section 3.5.2, net/ipv4/tcp_ipv4.c tcp_v4_send_reset
 */
export function resetFor(segment: Segment): SegmentDraft | undefined {
  if (segment.flags & TcpFlag.Rst) return undefined;
  const acked = (segment.flags & TcpFlag.Ack) !== 0;
  return {
    flags: acked ? TcpFlag.Rst : TcpFlag.Rst | TcpFlag.Ack,
    sequence: acked ? segment.acknowledgement : 0,
    acknowledgement: acked ? 0 : segment.sequence + sequenceLength(segment),
    payloadBytes: 0,
    headerBytes: BASE_BYTES,
    windowBytes: 0,
    mss: 0,
    sack: NO_SACK,
    timestampNs: 0,
    echoNs: 0,
    message: 0,
  };
}
