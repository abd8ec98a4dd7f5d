/**
 * What a lab sees of one request: the client's result, the packets at every interface and the listeners' reports, and
 * what follows from them together.
 */
import type { RequestOutcome, RequestResult, ServedReport } from './agent-message.ts';
import type { RejectionStory, Story } from './story.ts';
import type { WirePacket } from './wire.ts';

export interface LabRequest {
  /** Name of the host that sends. */
  readonly from: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** An address; names are not resolved. */
  readonly to: string;
  /** ICMP: 0. */
  readonly port: number;
  /** The address to bind; absent: the route's own choice. */
  readonly source?: string;
  /** Absent: one that no other flow of the lab has. ICMP: the identifier. */
  readonly sourcePort?: number;
  /** What to send; TCP without it connects and closes. ICMP: absent means 56 bytes. */
  readonly payload?: Uint8Array | string;
  /** Size of the whole answer; absent: as HTTP says, else until 15 ms of quiet. */
  readonly answerBytes?: number;
  readonly timeoutMs: number;
}

/** A listener's report, with its host. */
export interface Served extends ServedReport {
  readonly host: string;
}

export interface Observation {
  readonly outcome: RequestOutcome;
  readonly errno: string;
  readonly answer: Buffer;
  /** HTTP status, 0 without one. */
  readonly status: number;
  readonly localPort: number;
  readonly connectMs: number;
  /** When it was sent, in ms since 1970. */
  readonly startedAtMs: number;
  readonly totalMs: number;
}

export interface FlowObservation extends Observation {
  readonly story: Story;
  /** Every IPv4 packet at every interface of the hosts while the flow lasted, in the order of time. */
  readonly packets: readonly WirePacket[];
  readonly served: readonly Served[];
  /** Whether something was sent again while the hosts' counters were read one after the other: they tell of no one instant. */
  readonly disturbed: boolean;
}

function statusOf(answer: Buffer): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer.toString('latin1', 0, 16))?.[1] ?? 0);
}

/** An agent's result as an observation. */
export function observationOf(result: RequestResult): Observation {
  const answer = Buffer.from(result.answer, 'base64');
  const { outcome, errno, localPort, connectMs, startedAtMs, totalMs } = result;
  return { outcome, errno, answer, status: statusOf(answer), localPort, connectMs, startedAtMs, totalMs };
}

/** The first RST or ICMP error that any host sent. @param packets in the order of time */
export function firstRejection(packets: readonly WirePacket[]): RejectionStory | undefined {
  const packet = packets.find(
    ({ direction, protocol, flags, icmp }) =>
      direction === 'out' &&
      ((protocol === 6 && (flags & 4) !== 0) || (protocol === 1 && (icmp >> 8 === 3 || icmp >> 8 === 11))),
  );
  if (packet === undefined) return undefined;
  return { host: packet.host, by: packet.protocol === 6 ? 'rst' : 'icmp', icmp: packet.icmp };
}

/** Who took the request: the first listener that reported it, for an echo request the kernel that answered first. */
export function firstServed(
  protocol: string,
  packets: readonly WirePacket[],
  served: readonly Served[],
): Served | undefined {
  if (protocol !== 'icmp') return served[0];
  const reply = packets.find((packet) => packet.direction === 'out' && packet.protocol === 1 && packet.icmp === 0);
  if (reply === undefined) return undefined;
  return {
    host: reply.host,
    protocol: 'udp',
    peerAddress: reply.destination,
    peerPort: reply.sourcePort,
    localAddress: reply.source,
    localPort: 0,
  };
}

/** TTL of the first packet from the peer that reached its server; where rules of INPUT hid the peer, of its listener. */
export function arrivalTtl(packets: readonly WirePacket[], served: Served | undefined): number {
  const arrived = packets.filter(({ host, direction }) => host === served?.host && direction === 'in');
  const packet =
    arrived.find(({ source, sourcePort }) => source === served?.peerAddress && sourcePort === served.peerPort) ??
    arrived.find(({ destinationPort }) => served?.localPort !== 0 && destinationPort === served?.localPort);
  return packet?.ttl ?? 0;
}
