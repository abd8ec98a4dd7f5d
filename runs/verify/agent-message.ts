/**
 * What a lab and its agents say to each other: one JSON document a line, commands down, replies and reports up.
 */
import type { TopologyListener } from '../../net/view/topology.ts';

/** How a request ended. `failed`: it never left, for a reason of the machine's own that `errno` names. */
export type RequestOutcome = 'answered' | 'refused' | 'reset' | 'timeout' | 'unreachable' | 'failed';

export interface RequestCommand {
  readonly protocol: 'tcp' | 'udp';
  readonly to: string;
  readonly port: number;
  readonly source?: string;
  readonly sourcePort?: number;
  /** The bytes to send, base64; empty over TCP: connect, say nothing and close. */
  readonly payload: string;
  /** The whole answer's size in bytes; absent: as HTTP says, else until 15 ms of quiet. */
  readonly answerBytes?: number;
  readonly timeoutMs: number;
}

/** Sizes of one exchange, in bytes. */
export interface Exchange {
  /** The whole request; absent: as HTTP says, else until a few milliseconds of quiet. */
  readonly requestBytes?: number;
  /** The whole answer; absent: as HTTP says, else as many as the request has. */
  readonly answerBytes?: number;
}

export interface RequestResult {
  readonly outcome: RequestOutcome;
  /** The errno's name when the socket reported one, else ''. */
  readonly errno: string;
  /** The answer, base64. */
  readonly answer: string;
  readonly localAddress: string;
  readonly localPort: number;
  /** From the start until connected, 0 when it never was; UDP: 0. */
  readonly connectMs: number;
  /** When it was sent, in ms since 1970, to the microsecond. */
  readonly startedAtMs: number;
  readonly totalMs: number;
}

export type AgentCommand =
  | { readonly do: 'listen'; readonly host: string; readonly listeners: readonly TopologyListener[] }
  | ({ readonly do: 'request' } & RequestCommand)
  /** What the next connections will carry where HTTP does not say; absent: see there. */
  | ({ readonly do: 'expect' } & Exchange)
  /** Ends every connection at once and opens the listeners anew, so that nothing half open speaks later. */
  | { readonly do: 'reset' };

/** A listener's account of one connection or datagram that reached it. */
export interface ServedReport {
  readonly protocol: 'tcp' | 'udp';
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export type AgentReply =
  | { readonly id: number; readonly result: RequestResult | null }
  | { readonly id: number; readonly error: string }
  | { readonly served: ServedReport }
  | { readonly ready: true };
