/**
 * One request to be sent twice, in the model and on the kernel: who asks whom, for what, and how long both wait.
 */
import { curlRequest, requestText } from '../../net/http.ts';

export interface Flow {
  /** Which traffic row or probe it comes from: `inside #3`, `pod to itself`. */
  readonly name: string;
  /** Instant at which it is sent, in ns of virtual time. */
  readonly atNs: number;
  /** Name of the host that sends. */
  readonly from: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Address as text. */
  readonly to: string;
  /** ICMP: 0. */
  readonly port: number;
  /** The address to bind; absent: the route's own choice. */
  readonly source?: string;
  /** Absent: one that no other flow has. */
  readonly sourcePort?: number;
  /** What is sent, where it is HTTP; else ''. */
  readonly text: string;
  readonly requestBytes: number;
  /** -1: what the server has to say. */
  readonly responseBytes: number;
  /** How long its sender waits; absent: as long as its kernel. */
  readonly timeoutMs?: number;
  /** The cell of the coverage table that it counts in. */
  readonly cell: string;
  /** One of the fixed set, not of the scenario's own traffic. */
  readonly isProbe: boolean;
}

/** How long both sides wait for one flow, and how long they go on watching after it has ended. */
export interface Patience {
  readonly timeoutMs: number;
  readonly settleMs: number;
  /** Whether something of it would still be sent later, so that it has to be cut off. */
  readonly unfinished?: boolean;
}

/** `tcp://10.96.0.1:80` */
export function targetText({ protocol, to, port }: Pick<Flow, 'protocol' | 'to' | 'port'>): string {
  return protocol === 'icmp' ? `icmp://${to}` : `${protocol}://${to}:${port}`;
}

/** The GET that a probe sends. */
export function probeText(to: string, port: number): string {
  return requestText(curlRequest(to, port));
}
