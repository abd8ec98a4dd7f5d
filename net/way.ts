/**
 * Ways through hosts that were found once: what the whole passage of a connection's packet comes to, as long as nothing
 * that it rests on has changed. Not state but a memory of what state says: without it the same is decided, only slower.
 * A packet finds its way by what it brings along, as in the kernel's flow table.
 * @see net/netfilter/nf_flow_table_core.c
 */
import type { Address } from './address.ts';
import type { ConntrackEntry } from './conntrack/entry.ts';
import type { Exit } from './exit.ts';
import type { Host } from './host.ts';

export interface Way {
  /** `Network.generation` when it was found: it holds while that stands. */
  readonly generation: number;
  readonly host: Host;
  /** Interface that the packet came in by; 0: made on the host. */
  readonly inInterface: number;
  /** Interface that the frame was addressed to; of a packet made on the host 0. */
  readonly frameTarget: number;
  readonly protocol: number;
  /** What the packet brings along: both addresses, and both ports packed. */
  readonly beforeSource: Address;
  readonly beforeDestination: Address;
  readonly beforePorts: number;
  /** Its connection on this host, and which direction of it: a reference, -1 where nothing is tracked. */
  readonly entry: ConntrackEntry | undefined;
  readonly reference: number;

  /** Kind of the event that tells it: sent, forwarded or delivered. */
  readonly kind: number;
  readonly source: Address;
  readonly destination: Address;
  readonly ports: number;
  readonly inDevice: number;
  readonly outInterface: number;
  /** Taken off the TTL: 1 where it was routed on. */
  readonly ttl: number;
  /** Largest packet that passes, in bytes. */
  readonly mtu: number;
  /** Where it leaves; undefined where it is delivered. */
  readonly exit: Exit | undefined;
  /** Interface that the frame goes to, or socket that takes it. */
  readonly target: number;
  readonly path: number;
  /** `PassageState` bits. */
  readonly state: number;
}

/** Places, a power of two: ways beyond them take the place of others. */
const PLACES = 1 << 16;

export class WayTable {
  /** Made with the first way. */
  #places: (Way | undefined)[] | undefined;

  /**
   * @param host number of the host
   * @param inInterface 0 for what is made there
   */
  find(
    host: number,
    inInterface: number,
    frameTarget: number,
    protocol: number,
    source: Address,
    destination: Address,
    ports: number,
  ): Way | undefined {
    if (this.#places === undefined) return undefined;
    const way = this.#places[placeOf(host, inInterface, source, destination, ports)];
    return way !== undefined &&
      way.beforePorts === ports &&
      way.beforeSource === source &&
      way.beforeDestination === destination &&
      way.inInterface === inInterface &&
      way.host.id === host &&
      way.frameTarget === frameTarget &&
      way.protocol === protocol
      ? way
      : undefined;
  }

  keep(way: Way): void {
    this.#places ??= new Array<Way | undefined>(PLACES).fill(undefined);
    const { host, inInterface, beforeSource, beforeDestination, beforePorts } = way;
    this.#places[placeOf(host.id, inInterface, beforeSource, beforeDestination, beforePorts)] = way;
  }
}

function placeOf(host: number, inInterface: number, source: number, destination: number, ports: number): number {
  let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(destination, 0x85ebca6b) ^ Math.imul(ports, 0xc2b2ae35);
  hash ^= Math.imul(host * 31 + inInterface, 0x27d4eb2f);
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 16) & (PLACES - 1);
}
