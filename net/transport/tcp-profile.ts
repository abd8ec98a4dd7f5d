/**
 * The numbers by which kernel series differ in TCP, and those that all share: the defaults of net.ipv4.tcp_*.
 */
import { MILLISECOND, SECOND } from '../../core/time.ts';

export interface TcpProfile {
  /** First SYN retries at a constant interval. Kernels since 6.5. @see tcp_syn_linear_timeouts */
  readonly synLinearTimeouts: number;
  readonly synRetries: number;
  readonly synAckRetries: number;
  /** Bounds the time of retransmission on an open connection. */
  readonly retries2: number;
  /** The same for a socket whose application has closed it. */
  readonly orphanRetries: number;
  readonly finTimeoutNs: number;
  /**
   * Whether a FIN waits for room in the congestion window like any segment. Until 6.9 it leaves at once.
   * @see net/ipv4/tcp_output.c tcp_cwnd_test
   */
  readonly finWaits: boolean;
  /**
   * Replies within the ACK delay that make a connection interactive, so that ACKs wait for data to ride on. It was 3 in
   * 5.1 to 5.19 as released; their later updates have 1, as all other kernels.
   */
  readonly pingpongThreshold: number;
  /** One tick of the kernel's clock, 1 / CONFIG_HZ: timers round up to it. */
  readonly tickNs: number;
}

/** RTO before any measurement; SYN and SYN-ACK start with it. @see RFC 6298 section 2.1 */
export const INITIAL_RTO_NS = SECOND;
/** Least RTO variance. @see include/net/tcp.h TCP_RTO_MIN */
export const RTO_MIN_NS = 200 * MILLISECOND;
export const RTO_MAX_NS = 120 * SECOND;
/** Slack of the timers that look for loss. @see include/net/tcp.h TCP_TIMEOUT_MIN_US */
export const PROBE_SLACK_NS = 2 * MILLISECOND;
/** Least and initial delay of an ACK. @see include/net/tcp.h TCP_ATO_MIN */
export const ACK_DELAY_MIN_NS = 40 * MILLISECOND;
/** Most, where data flows one way only; and where a reply or a pushed segment is waited for. */
export const ACK_DELAY_CALM_NS = 500 * MILLISECOND;
export const ACK_DELAY_MAX_NS = 200 * MILLISECOND;
export const TIME_WAIT_NS = 60 * SECOND;
/** Half of net.ipv4.tcp_rmem's maximum: the kernel opens the window ahead of the sender, which hardly ever meets it. */
export const RECEIVE_WINDOW_BYTES = 3_145_728;
export const INITIAL_WINDOW_SEGMENTS = 10;
/** Answers to segments out of the window: at most one in this time and socket. @see tcp_invalid_ratelimit */
export const INVALID_RATELIMIT_NS = 500 * MILLISECOND;

export const TCP_6: TcpProfile = {
  synLinearTimeouts: 4,
  synRetries: 6,
  synAckRetries: 5,
  retries2: 15,
  orphanRetries: 8,
  finTimeoutNs: 60 * SECOND,
  finWaits: true,
  pingpongThreshold: 1,
  tickNs: 4 * MILLISECOND,
};

/** Until 6.4 the SYN interval doubles from the start. */
export const TCP_5: TcpProfile = { ...TCP_6, synLinearTimeouts: 0, finWaits: false };

/** Profile of a kernel series, `"5"` or `"6"`. */
export function tcpProfile(kernel: string): TcpProfile {
  return kernel.startsWith('5') ? TCP_5 : TCP_6;
}
