/**
 * Neighbours: whose interface owns an address on a link, how sure a host is of that, and the packets that wait for the
 * answer. Constants are those of a Linux IPv4 interface. @see arp(7), net/core/neighbour.c, net/ipv4/arp.c arp_tbl
 */
import { SECOND } from '../core/time.ts';

export const NeighbourState = {
  Incomplete: 0,
  Reachable: 1,
  Stale: 2,
  Delay: 3,
  Probe: 4,
  Failed: 5,
  Permanent: 6,
} as const;

export const NEIGHBOUR_STATE_NAMES: readonly string[] = [
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'PERMANENT',
];

/** Between two requests (retrans_time_ms). */
export const RETRANSMIT_NS = SECOND;
/** Broadcast requests for an unknown neighbour (mcast_solicit), unicast ones for a stale one (ucast_solicit). */
export const SOLICITATIONS = 3;
/** Mean time that a confirmed neighbour stays reachable (base_reachable_time_ms); drawn between a half and one and a half. */
export const REACHABLE_NS = 30 * SECOND;
/** How long a used stale neighbour waits for a confirmation from above before it is probed (delay_first_probe_time). */
export const DELAY_NS = 5 * SECOND;
/** Packets that may wait for one answer (unres_qlen; the kernel bounds them by bytes since 3.3: 212,992). */
export const QUEUE_PACKETS = 101;

export interface Neighbour {
  readonly address: number;
  readonly device: number;
  state: number;
  /** Interface that answered, else 0. */
  target: number;
  /** Requests sent since the state was entered. */
  solicitations: number;
  /** Number of the question under way; an answer to an older one is late. */
  generation: number;
  /** When it was last used while stale: its proof is due `DELAY_NS` later. */
  delayedAtNs: number;
  /** The packet that it was used for then: more may leave in the same instant. */
  delayedBy: number;
  /** When a reachable neighbour turns stale. */
  reachableUntilNs: number;
  /** Packets that wait, in order. */
  readonly waiting: number[];
}

/** An entry that nobody has settled, asked for or waited for yet. @param generation above that of an older entry */
export function newNeighbour(device: number, address: number, state: number, generation: number): Neighbour {
  return {
    address,
    device,
    state,
    target: 0,
    solicitations: 0,
    generation,
    delayedAtNs: -1,
    delayedBy: 0,
    reachableUntilNs: 0,
    waiting: [],
  };
}

/** Whether a question for it is under way, or about to be asked. */
export function asks(entry: Neighbour | undefined): entry is Neighbour {
  return (
    entry !== undefined &&
    (entry.state === NeighbourState.Incomplete ||
      entry.state === NeighbourState.Delay ||
      entry.state === NeighbourState.Probe)
  );
}

/** One host's neighbour table, by interface and address. */
export class NeighbourTable {
  readonly #byDevice = new Map<number, Map<number, Neighbour>>();
  /** The entry that last had each interface for its answer. */
  readonly #byTarget = new Map<number, Neighbour>();

  get(device: number, address: number): Neighbour | undefined {
    return this.#byDevice.get(device)?.get(address);
  }

  set(entry: Neighbour): void {
    const entries = this.#byDevice.get(entry.device);
    if (entries === undefined) this.#byDevice.set(entry.device, new Map([[entry.address, entry]]));
    else entries.set(entry.address, entry);
  }

  /** The entry whose packets an interface gets, for one that is in use. */
  ofTarget(device: number, target: number): Neighbour | undefined {
    return this.#byTarget.get(device * 0x200000 + target);
  }

  /** An interface has answered. */
  settle(entry: Neighbour, target: number): void {
    entry.target = target;
    this.#byTarget.set(entry.device * 0x200000 + target, entry);
  }

  /** Forgets what was learned over an interface. */
  clear(device: number): void {
    this.#byDevice.delete(device);
  }

  of(device: number): Iterable<Neighbour> {
    return this.#byDevice.get(device)?.values() ?? [];
  }

  list(): Neighbour[] {
    return [...this.#byDevice.values()].flatMap((entries) => [...entries.values()]);
  }
}
