/**
 * A request as the report will tell it: who asked, for what, what became of it. It lives from its start until its
 * completion is told, so that memory stays flat.
 */
import type { Address } from './address.ts';

/** How a request ends: a closed list. */
export const Outcome = {
  Pending: 0,
  Answered: 1,
  /** RST to the SYN, or ICMP port unreachable. */
  Refused: 2,
  /** RST later. */
  Reset: 3,
  Timeout: 4,
  /** Other ICMP errors, no route, no neighbour. */
  Unreachable: 5,
  /** The name led nowhere. */
  Unresolved: 6,
  /** It met what the model doesn't know. */
  Unknown: 7,
  /** Unfinished at the end. */
  InFlight: 8,
} as const;

export const OUTCOME_NAMES: readonly string[] = [
  'pending',
  'answered',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'unresolved',
  'unknown',
  'inFlight',
];

/** Traffic numbers of requests that nobody counts: probes that ask whether a server is ready, and whether it lives. */
export const READINESS_TRAFFIC = -2;
export const LIVENESS_TRAFFIC = -3;

/** Whether a request is a kubelet's question: upkeep, and none of the scenario's own. */
export function isProbe(traffic: number): boolean {
  return traffic <= READINESS_TRAFFIC;
}

export interface Request {
  readonly flow: number;
  readonly host: number;
  readonly traffic: number;
  readonly number: number;
  readonly protocol: number;
  readonly startedAtNs: number;
  readonly source: Address;
  readonly destination: Address;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly requestBytes: number;
  /** Bytes asked for in the answer; -1: what the server has to say. */
  readonly responseBytes: number;
  readonly text: string;
  readonly keep: boolean;
  /** Number of the client's socket. */
  socket: number;
  /** Bytes of the answer, once the server has decided it; what the client waits for. */
  answerBytes: number;
  status: number;
  /** Host number of the serving socket, and what it saw as peer. */
  server: number;
  seen: Address;
  seenPort: number;
  servedAddress: Address;
  servedPort: number;
  hops: number;
  ttlHops: number;
  dnat: number;
  snat: number;
}
