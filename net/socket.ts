/**
 * What an application holds: a listener, one end of a TCP connection, or a bound UDP or ping socket. The protocol's own
 * record stands inside; here is whose it is and what the application on top of it does.
 */
import type { Address } from './address.ts';
import type { TcpSocket } from './transport/tcp-socket.ts';
import type { Crew, Taken } from './workload/crew.ts';

/** What a container or a host says when it is asked. */
export const Answer = { Page: 0, Mirror: 1, Name: 2, Status: 3, Echo: 4, Accept: 5, Dns: 6 } as const;

export const ANSWER_NAMES: readonly string[] = ['page', 'mirror', 'name', 'status', 'echo', 'accept', 'dns'];

export interface Listener {
  readonly protocol: number;
  readonly port: number;
  /** 0: every address of the host. */
  readonly address: Address;
  /** `Answer` */
  readonly answers: number;
  readonly status: number;
  /** Time in ns between the whole request and the answer; with a crew the time that a worker takes, or its mean. */
  readonly delayNs: number;
  /** Who works for it; absent: everybody is served at once. */
  readonly crew?: Crew;
  /** The name that it gives of itself: the pod's. */
  readonly name: string;
  /** Body as text; '': what the kind says by itself. */
  readonly body: string;
  /** The release of nginx whose page it is; absent: the newest known. */
  readonly nginxVersion?: string;
  /** Until then it says that it is not ready to whoever asks that, in ns. */
  readyAtNs?: number;
  /** The program stands still: the port is open, nobody answers. */
  hangs?: boolean;
}

export interface Socket {
  /** Number of the socket in the whole world, 1 and up. */
  readonly id: number;
  readonly host: number;
  readonly protocol: number;
  /** Of a datagram server: the flow that it heard last. */
  flow: number;
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
  readonly remotePort: number;
  /** The listener that accepted it; `undefined` at the client. */
  readonly listener: Listener | undefined;
  /** `undefined` for UDP and ping. */
  readonly tcp: TcpSocket | undefined;
  /** Instant of the timer that stands on the agenda, in ns; Infinity: none. */
  timerAtNs: number;
  /** The event just taken moved the timer: `plan` puts it on the agenda. */
  timerMoved: boolean;
  /** Datagrams to send: payload bytes of each; ping: one entry. */
  readonly datagrams: number[];
  /** Datagrams received and not yet answered: payload bytes of each. */
  readonly received: number[];
  /** Of sockets that carry DNS: numbers of the messages in `datagrams` and in `received`, 0 for an error. */
  outbound: number[] | undefined;
  inbound: number[] | undefined;
  /** Server with a crew: requests that have come and are not answered yet, in order; absent: none so far. */
  taken?: Taken[];
  /** TTL of its datagrams; absent: the host's. */
  ttl?: number;
  /** Client: its request has been written. */
  written: boolean;
  /** The application has closed it. */
  closed: boolean;
}

/** One end of a connection in integers: remote address and port, local port. Addresses stay below 2^21. */
export function socketKey(protocol: number, remoteAddress: Address, remotePort: number, localPort: number): number {
  const side = protocol === 6 ? 0 : 1;
  return ((remoteAddress * 65536 + remotePort) * 65536 + localPort) * 2 + side;
}
