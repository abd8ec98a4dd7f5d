/**
 * The sysctls of connection tracking: time-outs, limits and leniencies, with the kernel's defaults.
 * @see Documentation/networking/nf_conntrack-sysctl.rst
 */
import { SECOND } from '../../core/time.ts';
import { TcpState, TcpTimeout } from './tcp-state.ts';

/** Time-outs are nanoseconds. */
export interface ConntrackSettings {
  /** Indexed by `TcpState` and by `TcpTimeout`. */
  readonly tcpTimeoutsNs: readonly number[];
  readonly udpTimeoutNs: number;
  readonly udpStreamTimeoutNs: number;
  readonly icmpTimeoutNs: number;
  readonly icmpv6TimeoutNs: number;
  /** Of every protocol without a tracker of its own. */
  readonly genericTimeoutNs: number;
  /** Whether a TCP connection may be picked up in its middle. */
  readonly tcpLoose: boolean;
  /** Whether packets out of the window are let through. */
  readonly tcpLiberal: boolean;
  readonly tcpIgnoreInvalidRst: boolean;
  readonly tcpMaxRetrans: number;
  /** Most connections; 0: no limit. */
  readonly max: number;
  /** Buckets of the hash table: eight of them are searched for a victim when the table is full. */
  readonly buckets: number;
  /** Whether packets and bytes are shown. They are counted in any case. */
  readonly accounting: boolean;
}

/** Defaults in seconds or units, of Linux 5 and 6 alike. `max` and `buckets`: of a machine with 4 GiB or more. */
const DEFAULTS = {
  nf_conntrack_tcp_timeout_syn_sent: 120,
  nf_conntrack_tcp_timeout_syn_recv: 60,
  nf_conntrack_tcp_timeout_established: 432_000,
  nf_conntrack_tcp_timeout_fin_wait: 120,
  nf_conntrack_tcp_timeout_close_wait: 60,
  nf_conntrack_tcp_timeout_last_ack: 30,
  nf_conntrack_tcp_timeout_time_wait: 120,
  nf_conntrack_tcp_timeout_close: 10,
  nf_conntrack_tcp_timeout_max_retrans: 300,
  nf_conntrack_tcp_timeout_unacknowledged: 300,
  nf_conntrack_udp_timeout: 30,
  nf_conntrack_udp_timeout_stream: 120,
  nf_conntrack_icmp_timeout: 30,
  nf_conntrack_icmpv6_timeout: 30,
  nf_conntrack_generic_timeout: 600,
  nf_conntrack_tcp_loose: 1,
  nf_conntrack_tcp_be_liberal: 0,
  nf_conntrack_tcp_ignore_invalid_rst: 0,
  nf_conntrack_tcp_max_retrans: 3,
  nf_conntrack_max: 262_144,
  nf_conntrack_buckets: 262_144,
  nf_conntrack_acct: 0,
} as const;

export type ConntrackSysctl = keyof typeof DEFAULTS;

/** The names that `conntrackSettings` reads, without `net.netfilter.`. */
export const CONNTRACK_SYSCTLS = Object.keys(DEFAULTS) as readonly ConntrackSysctl[];

/** Reads a host's sysctls (`nf_conntrack_max` or `net.netfilter.nf_conntrack_max`); what is absent has its default. */
export function conntrackSettings(sysctls: Readonly<Record<string, number>> = {}): ConntrackSettings {
  const value = (name: ConntrackSysctl): number => sysctls[name] ?? sysctls[`net.netfilter.${name}`] ?? DEFAULTS[name];
  const tcp: number[] = new Array(12).fill(0);
  tcp[TcpState.SynSent] = value('nf_conntrack_tcp_timeout_syn_sent');
  tcp[TcpState.SynRecv] = value('nf_conntrack_tcp_timeout_syn_recv');
  tcp[TcpState.Established] = value('nf_conntrack_tcp_timeout_established');
  tcp[TcpState.FinWait] = value('nf_conntrack_tcp_timeout_fin_wait');
  tcp[TcpState.CloseWait] = value('nf_conntrack_tcp_timeout_close_wait');
  tcp[TcpState.LastAck] = value('nf_conntrack_tcp_timeout_last_ack');
  tcp[TcpState.TimeWait] = value('nf_conntrack_tcp_timeout_time_wait');
  tcp[TcpState.Close] = value('nf_conntrack_tcp_timeout_close');
  // Simultaneous open has no sysctl.
  tcp[TcpState.SynSent2] = 120;
  tcp[TcpTimeout.MaxRetrans] = value('nf_conntrack_tcp_timeout_max_retrans');
  tcp[TcpTimeout.Unacknowledged] = value('nf_conntrack_tcp_timeout_unacknowledged');
  return {
    tcpTimeoutsNs: tcp.map((seconds) => seconds * SECOND),
    udpTimeoutNs: value('nf_conntrack_udp_timeout') * SECOND,
    udpStreamTimeoutNs: value('nf_conntrack_udp_timeout_stream') * SECOND,
    icmpTimeoutNs: value('nf_conntrack_icmp_timeout') * SECOND,
    icmpv6TimeoutNs: value('nf_conntrack_icmpv6_timeout') * SECOND,
    genericTimeoutNs: value('nf_conntrack_generic_timeout') * SECOND,
    tcpLoose: value('nf_conntrack_tcp_loose') !== 0,
    tcpLiberal: value('nf_conntrack_tcp_be_liberal') !== 0,
    tcpIgnoreInvalidRst: value('nf_conntrack_tcp_ignore_invalid_rst') !== 0,
    tcpMaxRetrans: value('nf_conntrack_tcp_max_retrans'),
    max: value('nf_conntrack_max'),
    buckets: value('nf_conntrack_buckets'),
    accounting: value('nf_conntrack_acct') !== 0,
  };
}
