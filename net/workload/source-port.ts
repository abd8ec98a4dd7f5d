/**
 * The port that a client's socket gets: one that it asks for, as a program that sets SO_REUSEADDR for TCP and nothing for
 * UDP is given it, or one that `connect` finds.
 */
import type { Draw } from '../../core/decider.ts';
import type { Address } from '../address.ts';
import type { Host } from '../host.ts';
import { Protocol } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import { type Socket, socketKey } from '../socket.ts';
import { listenerOf } from '../stack/receive.ts';
import { TcpState } from '../transport/tcp-socket.ts';

/** Both ends as a client wants them. */
export interface WantedEnds {
  readonly protocol: number;
  /** The address that it binds; 0: any. */
  readonly bound: Address;
  /** The address that it will send from. */
  readonly source: Address;
  /** The port that it asks for; 0: any. ICMP: the identifier. */
  readonly port: number;
  readonly destination: Address;
  readonly destinationPort: number;
}

/** @returns the port that the client's socket gets, ICMP: its identifier; 0 when it gets none */
export function portFor(host: Host, ends: WantedEnds, flow: number, draw: Draw): number {
  const { protocol, port } = ends;
  const isEcho = protocol === Protocol.Icmp;
  if (port !== 0) return !isEcho && isTaken(host, ends) ? 0 : port;
  return isEcho ? freeIdentifier(host, ends.destination, flow, draw) : freePort(host, ends, flow, draw);
}

/**
 * Whether a port that a client asks for is refused it: `bind` says EADDRINUSE, or `connect` EADDRNOTAVAIL.
 * A listener on the port refuses both protocols; another client does so to TCP only where all four ends are the same,
 * to UDP wherever the local address may be the same.
 * @see net/ipv4/inet_connection_sock.c inet_csk_get_port, net/ipv4/inet_hashtables.c __inet_check_established,
 *   net/ipv4/udp.c udp_lib_get_port
 */
function isTaken(host: Host, ends: WantedEnds): boolean {
  const { protocol, bound, port } = ends;
  const meets = (address: Address) => address === 0 || bound === 0 || address === bound;
  if (host.listeners.some((one) => one.protocol === protocol && one.port === port && meets(one.address))) return true;
  if (protocol === Protocol.Tcp) {
    const known = sameEnds(host, ends);
    return known !== undefined && !isLeft(known);
  }
  for (const sockets of host.sockets.values())
    for (const one of sockets)
      if (one.protocol === protocol && one.localPort === port && meets(one.localAddress)) return true;
  return false;
}

/** The connection that has these very ends. */
function sameEnds(host: Host, { protocol, source, port, destination, destinationPort }: WantedEnds) {
  const found = host.sockets.get(socketKey(protocol, destination, destinationPort, port));
  return found?.find((socket) => socket.localAddress === source && socket.protocol === protocol);
}

/**
 * Whether a connection only waits for its time to be over: time stamps make its ends safe to take again, whatever
 * tcp_tw_reuse says, since that is about ports that `connect` finds.
 * @see net/ipv4/tcp_ipv4.c tcp_twsk_unique, net/ipv4/tcp.c __tcp_close (an orphan's FIN-WAIT-2 is a time-wait socket)
 */
function isLeft({ tcp, closed }: Socket): boolean {
  return tcp === undefined || tcp.state === TcpState.TimeWait || (closed && tcp.state === TcpState.FinWait2);
}

/** What a new connection with these ends takes the place of. */
export function replaced(host: Host, ends: WantedEnds): Socket | undefined {
  return ends.protocol === Protocol.Tcp ? sameEnds(host, ends) : undefined;
}

/**
 * An ephemeral port that this host uses towards nobody else on that end. The kernel starts its search at random too.
 * @returns 0 when none is left
 */
function freePort(
  host: Host,
  { protocol, destination, destinationPort }: WantedEnds,
  flow: number,
  draw: Draw,
): number {
  const { portLow, portHigh } = host.sysctls;
  const span = portHigh - portLow + 1;
  const start = draw(Purpose.EphemeralPort, flow) % span;
  for (let i = 0; i < span; i++) {
    const port = portLow + ((start + i) % span);
    if (
      !host.sockets.has(socketKey(protocol, destination, destinationPort, port)) &&
      listenerOf(host, protocol, 0, port) === undefined
    )
      return port;
  }
  return 0;
}

/** An identifier for an echo request, other than those of requests to the same host that are under way. */
function freeIdentifier(host: Host, remote: Address, flow: number, draw: Draw): number {
  const start = draw(Purpose.EchoIdentifier, flow) & 0xffff;
  for (let i = 0; i <= 0xffff; i++) {
    const identifier = (start + i) & 0xffff;
    if (!host.sockets.has(socketKey(Protocol.Icmp, remote, identifier, 0))) return identifier;
  }
  return start;
}
