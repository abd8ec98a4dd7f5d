/**
 * The network's state: every host, link, packet in flight, socket and open request. Its tables are owned and changed
 * in place by `evolve` alone.
 */
import { invariant } from '../core/error.ts';
import { AddressTable } from './address.ts';
import type { ConntrackDraft } from './conntrack/entry.ts';
import { DnsState } from './dns/dns-state.ts';
import { ExitTable } from './exit.ts';
import type { Host } from './host.ts';
import type { Interface } from './interface.ts';
import type { Link } from './link.ts';
import { NumberTable } from './number-table.ts';
import type { Packet } from './packet.ts';
import type { Request } from './request.ts';
import type { Socket } from './socket.ts';
import type { Segment } from './transport/segment.ts';
import { WayTable } from './way.ts';

/** Of a packet that crosses the loopback device and that a rule has kept from being tracked. */
export const LOOP_UNTRACKED = -2;

/** A packet on its way, as the last host sent it on. */
export interface PacketInFlight extends Packet {
  source: number;
  destination: number;
  sourcePort: number;
  destinationPort: number;
  ttl: number;
  readonly originalSource: number;
  readonly originalDestination: number;
  readonly originalPorts: number;
  /** Links crossed so far, and how often its addresses were rewritten on the way. */
  hops: number;
  dnat: number;
  snat: number;
  /** Interface that the frame is addressed to. */
  target: number;
  /** Interface that it crossed its last link from, or 0. */
  from: number;
  /** What only TCP reads; rules may lower its MSS. */
  segment: Segment | undefined;
  inner: PacketInFlight | undefined;
  /** Conntrack reference that it keeps while it crosses the loopback device, or `LOOP_UNTRACKED`, else -1. */
  loopReference: number;
  /** The connection that it keeps on that way although no table holds it, and its `CtState` bits there. */
  loopDraft: ConntrackDraft | undefined;
  loopState: number;
  /** The mark that it keeps where it stays on its host: across the loopback device, into a tunnel and out of it; else 0. */
  mark: number;
  /** Address of the neighbour whose answer it waits for, or 0. */
  waitsFor: number;
  /** Host that made it. */
  readonly maker: number;
  /** Conntrack reference that it had on the host where it ended, or -1: that host's errors about it go the other way. */
  ended: number;
  /** Its connection there, where no table holds it: never confirmed, or closed by this very packet. */
  draft: ConntrackDraft | undefined;
}

/** Takes packets between two hosts off the wire. */
export interface ArmedFault {
  readonly from: number;
  readonly to: number;
  /** All of these flags must be set; 0: any packet. */
  readonly flags: number;
  count: number;
}

export class Network {
  readonly addresses = new AddressTable();
  /** 127.0.0.1 */
  readonly loopback = this.addresses.intern('127.0.0.1');
  /** By number; 0 is nobody. */
  readonly hosts: (Host | undefined)[] = [undefined];
  readonly hostByName = new Map<string, number>();
  readonly interfaces: (Interface | undefined)[] = [undefined];
  readonly links: (Link | undefined)[] = [undefined];
  readonly packets = new NumberTable<PacketInFlight>(10);
  readonly sockets = new NumberTable<Socket>(6);
  readonly requests = new Map<number, Request>();
  readonly faults: ArmedFault[] = [];
  readonly dns = new DnsState();
  /** Moves on with every event after which packets may go other ways than before: what was remembered until then is void. */
  generation = 0;
  /** Not state, but what was read from it once. */
  readonly ways = new WayTable();
  readonly exits = new ExitTable();
  /** Share of second datagrams that race with the first of their connection for its entry. */
  conntrackRace = 0;
  nextPacket = 1;
  nextFlow = 1;
  nextSocket = 1;
  nextPath = 1;
  /** Series of the kernel that every host runs: "5" or "6". */
  readonly kernel: '5' | '6';

  /** The wall-clock instant of t = 0, in seconds since 1970. */
  readonly startEpochSeconds: number;

  constructor(kernel: '5' | '6' = '6', startEpochSeconds = 0) {
    this.kernel = kernel;
    this.startEpochSeconds = startEpochSeconds;
  }

  /** @throws {InvariantError} when there is no such host */
  host(id: number): Host {
    const host = this.hosts[id];
    invariant(host !== undefined, 'No such host', id);
    return host;
  }

  /** @throws {InvariantError} when there is no such interface */
  interface(id: number): Interface {
    const found = this.interfaces[id];
    invariant(found !== undefined, 'No such interface', id);
    return found;
  }

  /** @throws {InvariantError} when there is no such link */
  link(id: number): Link {
    const link = this.links[id];
    invariant(link !== undefined, 'No such link', id);
    return link;
  }

  hostNamed(name: string): Host | undefined {
    return this.hosts[this.hostByName.get(name) ?? 0];
  }

  interfaceNamed(host: Host, name: string): Interface | undefined {
    for (const id of host.interfaces) if (this.interfaces[id]?.name === name) return this.interfaces[id];
    return undefined;
  }
}

/** What a layer above needs of the world's state to reach the network. */
export interface NetState {
  readonly net: Network;
}
