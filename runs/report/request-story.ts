/**
 * Each request as one record when it has ended: who asked, which way it went, what was rewritten, who answered and what
 * that server saw. Everything is put into names when it happens, since hosts and objects may be gone at the end. Only
 * requests under way are held.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import type { ClusterEvent } from '../../controllers/event.ts';
import { follow } from '../../core/bus.ts';
import { LookupFailure } from '../../net/dns/lookup.ts';
import { NetEventKind, type NetEventOf, type PassageEvent, PassageState } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import { CtState } from '../../net/netfilter/skb.ts';
import { TargetKind } from '../../net/netfilter/target.ts';
import type { Network } from '../../net/network.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { RunEventKind, type RunEventOf, type WorldEvent } from '../world/event.ts';
import type { World } from '../world/world.ts';
import { podName, ServiceIndex, type ServicePort } from './service-index.ts';

export interface RequestStory {
  /** Place of its row in `spec.traffic`, and its number in that row, both from 0. */
  readonly traffic: number;
  readonly number: number;
  /** 0 where it could not even begin. */
  readonly flow: number;
  readonly startedAtNs: number;
  readonly endedAtNs: number;
  /** `Outcome` */
  readonly outcome: number;
  /** HTTP status, 0 where there is none. */
  readonly status: number;
  /** Why it could not begin; else empty. */
  readonly reason: string;
  /** The last that its client was told was an ICMP error. */
  readonly byIcmp: boolean;
  /** The client's own address, and what the serving socket had as peer; empty where no server was reached. */
  readonly source: string;
  readonly seen: string;
  /** Pod or host that served it; empty where none was reached. */
  readonly backend: string;
  readonly hops: number;
  readonly ttlHops: number;
  readonly dnat: number;
  readonly snat: number;
  /** `client > node1 > node2 > pod`: hosts that its first packet went through, as far as it came. */
  readonly way: string;
  /** `kube-proxy@node1`: what chose where it goes next, in order; `direct` for nothing. */
  readonly indirections: string;
  /** The service that was asked, with those ready at that instant. */
  readonly service: ServicePort | undefined;
  /** Its client stands outside the cluster. */
  readonly fromOutside: boolean;
  /** Nodes that it passed. */
  readonly nodes: number;
}

interface Open {
  readonly startedAtNs: number;
  readonly client: Host;
  service: ServicePort | undefined;
  readonly traffic: number;
  readonly number: number;
  /** Its name is being looked up: packets are those of the questions. */
  asking: boolean;
  /** Why its name led nowhere. */
  reason: string;
  /** The client's packet whose way is followed: the newest until one has been served. */
  packet: number;
  served: boolean;
  readonly hosts: Host[];
  indirections: string;
  byIcmp: boolean;
}

/** What is known of a request when it ends, in handles. */
interface Ending {
  readonly at: number;
  readonly traffic: number;
  readonly number: number;
  readonly flow: number;
  readonly outcome: number;
  readonly status: number;
  readonly source: number;
  readonly seen: number;
  readonly server: number;
  readonly servedPort: number;
  readonly hops: number;
  readonly ttlHops: number;
  readonly dnat: number;
  readonly snat: number;
}

/** What is known of a request that has reached nobody. */
const NOWHERE = { status: 0, source: 0, seen: 0, server: 0, servedPort: 0, hops: 0, ttlHops: 0, dnat: 0, snat: 0 };

/** Ways longer than this are cut. */
const LONGEST_WAY = 64;
const DIRECT = 'direct';

/** Requests in the order in which they end; those still under way come when the stream ends. */
export function requestStories(world: World): OperatorFunction<WorldEvent, RequestStory> {
  return (source) =>
    new Observable<RequestStory>((subscriber) => {
      const teller = new Teller(world, (story) => subscriber.next(story));
      return follow(source, {
        next: (event) => teller.take(event),
        error: (error) => subscriber.error(error),
        complete: () => {
          teller.end();
          subscriber.complete();
        },
      });
    });
}

class Teller {
  readonly #world: World;
  readonly #net: Network;
  readonly #tell: (story: RequestStory) => void;
  readonly #services: ServiceIndex;
  readonly #open = new Map<number, Open>();
  #nowNs = 0;

  constructor(world: World, tell: (story: RequestStory) => void) {
    this.#world = world;
    this.#net = world.net;
    this.#tell = tell;
    this.#services = new ServiceIndex(world);
  }

  take(event: WorldEvent): void {
    this.#nowNs = event.at;
    switch (event.kind) {
      case NetEventKind.PacketSent:
      case NetEventKind.PacketForwarded:
      case NetEventKind.PacketDelivered:
      case NetEventKind.PacketDropped:
      case NetEventKind.PacketRejected:
        return this.#follow(event);
      case NetEventKind.LookupStarted:
        return this.#lookUp(event);
      case NetEventKind.LookupEnded:
        return this.#lookedUp(event);
      case NetEventKind.RequestStarted:
        return this.#start(event);
      case NetEventKind.RequestCompleted:
        return this.#complete(event);
      case RunEventKind.RequestFailed:
        return this.#fail(event);
      default:
        if (event.kind >= 64 && event.kind < 128) this.#services.take(event as ClusterEvent);
    }
  }

  end(): void {
    for (const [flow, open] of this.#open) {
      const request = this.#net.requests.get(flow);
      if (request === undefined) {
        const { traffic, number } = open;
        if (open.asking)
          this.#tell(
            this.#story(open, { ...NOWHERE, at: this.#nowNs, flow, traffic, number, outcome: Outcome.InFlight }),
          );
        continue;
      }
      this.#tell(this.#story(open, { ...request, at: this.#nowNs, outcome: Outcome.InFlight, status: 0 }));
    }
  }

  #start(event: NetEventOf<'RequestStarted'>): void {
    const { flow, host, destination, ports, protocol } = event;
    const service = this.#services.find(this.#net.addresses.text(destination), ports & 0xffff, protocol);
    const open = this.#open.get(flow);
    if (open !== undefined) {
      open.asking = false;
      open.service = service;
      return;
    }
    this.#open.set(flow, {
      startedAtNs: event.at,
      client: this.#net.host(host),
      service,
      traffic: event.traffic,
      number: event.number,
      asking: false,
      reason: '',
      packet: 0,
      served: false,
      hosts: [],
      indirections: '',
      byIcmp: false,
    });
  }

  /** A request begins with the question where its name leads. */
  #lookUp({ at, flow, host, traffic, number }: NetEventOf<'LookupStarted'>): void {
    const client = this.#net.host(host);
    this.#open.set(flow, {
      startedAtNs: at,
      client,
      service: undefined,
      traffic,
      number,
      asking: true,
      reason: '',
      packet: 0,
      served: false,
      hosts: [client],
      indirections: '',
      byIcmp: false,
    });
  }

  #lookedUp({ flow, error, text }: NetEventOf<'LookupEnded'>): void {
    const open = this.#open.get(flow);
    if (open !== undefined && error !== LookupFailure.None) open.reason = text;
  }

  #follow(event: PassageEvent): void {
    const open = this.#open.get(event.flow);
    if (open === undefined || open.asking || isQuestion(event)) return;
    if (event.kind === NetEventKind.PacketDelivered && event.host === open.client.id && event.inInterface !== 0)
      open.byIcmp = event.header >>> 24 === Protocol.Icmp;
    if (open.served || event.host === 0) return;
    if (event.inInterface === 0 && event.host === open.client.id && event.inner === 0) {
      open.packet = event.packet;
      open.hosts.length = 0;
      open.indirections = '';
    } else if (event.packet !== open.packet) return;
    const host = this.#net.host(event.host);
    if (open.hosts.at(-1) !== host && open.hosts.length < LONGEST_WAY) open.hosts.push(host);
    if ((event.state & PassageState.Dnat) !== 0 && (event.state & CtState.New) !== 0) {
      const by = this.#chooser(host, event.path);
      if (by !== undefined) open.indirections += open.indirections === '' ? by : ` > ${by}`;
    }
    open.served = event.kind === NetEventKind.PacketDelivered;
  }

  /** Whose rule chose the destination. */
  #chooser(host: Host, path: number): string | undefined {
    const codes = host.paths.codes(path);
    if (codes === undefined) return undefined;
    for (const code of codes) {
      const kind = host.ruleset.rule(code >> 1)?.target.kind;
      if ((code & 1) !== 0 || (kind !== TargetKind.Dnat && kind !== TargetKind.Redirect)) continue;
      const byProxy = host.ruleset.chainAt(code >> 1).name.startsWith('KUBE-');
      return `${byProxy ? 'kube-proxy' : 'dnat'}@${host.name}`;
    }
    return undefined;
  }

  #complete(event: NetEventOf<'RequestCompleted'>): void {
    const open = this.#open.get(event.flow);
    if (open === undefined) return;
    this.#open.delete(event.flow);
    const { at, traffic, number, flow, outcome, status, source, seen, server, hops, ttlHops, dnat, snat } = event;
    const servedPort = event.seenPorts & 0xffff;
    const end = {
      at,
      traffic,
      number,
      flow,
      outcome,
      status,
      source,
      seen,
      server,
      servedPort,
      hops,
      ttlHops,
      dnat,
      snat,
    };
    this.#tell(this.#story(open, end));
  }

  #fail({ at, traffic, number, outcome, text }: RunEventOf<'RequestFailed'>): void {
    const nowhere = { source: '', seen: '', backend: '', hops: 0, ttlHops: 0, dnat: 0, snat: 0, way: '', nodes: 0 };
    const { type } = this.#world.traffic.rows[traffic]!.from;
    this.#tell({
      ...nowhere,
      traffic,
      number,
      flow: 0,
      startedAtNs: at,
      endedAtNs: at,
      outcome,
      status: 0,
      reason: text,
      byIcmp: false,
      indirections: DIRECT,
      service: undefined,
      fromOutside: type === 'host',
    });
  }

  /** Field by field: spreading a record into a literal costs twenty times as much. */
  #story(open: Open, end: Ending): RequestStory {
    const { addresses } = this.#net;
    return {
      traffic: end.traffic,
      number: end.number,
      flow: end.flow,
      startedAtNs: open.startedAtNs,
      endedAtNs: end.at,
      outcome: end.outcome,
      status: end.status,
      reason: open.reason,
      byIcmp: open.byIcmp,
      source: addresses.text(end.source),
      seen: addresses.text(end.seen),
      backend: this.#backend(end.server, end.servedPort),
      hops: end.hops,
      ttlHops: end.ttlHops,
      dnat: end.dnat,
      snat: end.snat,
      way: wayOf(open.hosts),
      indirections: open.indirections === '' ? DIRECT : open.indirections,
      service: open.service,
      fromOutside: open.client.role === 'host',
      nodes: open.hosts.reduce((count, { role }) => (role === 'node' ? count + 1 : count), 0),
    };
  }

  /** The pod that served: its own host, or the listener's name where it uses its node's network. */
  #backend(server: number, port: number): string {
    const host = this.#net.hosts[server];
    if (host === undefined) return '';
    if (host.role === 'pod') return shortName(host);
    return host.listeners.find((listener) => listener.port === port)?.name ?? host.name;
  }
}

/** A look-up's datagrams carry the number of a message. */
function isQuestion({ header, sequence }: PassageEvent): boolean {
  return header >>> 24 === Protocol.Udp && sequence !== 0;
}

/** `web-1` for `default/web-1`. */
function shortName({ name, role }: Host): string {
  if (role !== 'pod') return name;
  const slash = name.indexOf('/');
  return podName(name.slice(0, slash), name.slice(slash + 1));
}

/** A serving pod is just `pod`: which one it was is told apart. */
function wayOf(hosts: readonly Host[]): string {
  return hosts
    .map((host, i) => (i > 0 && i === hosts.length - 1 && host.role === 'pod' ? 'pod' : shortName(host)))
    .join(' > ');
}
