/**
 * The measure of what went on behind the requests and that a user would want to be told: ports that nobody listens on,
 * nodes and controllers that were out of order, commands that failed, bounds that were reached.
 */
import type { OperatorFunction } from 'rxjs';
import { ClusterEventKind } from '../../controllers/event.ts';
import { DropReason } from '../../net/drop-reason.ts';
import { NetEventKind, type PassageEvent } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import { TcpFlag } from '../../net/packet.ts';
import { RunEventKind, type WorldEvent } from '../world/event.ts';
import type { World } from '../world/world.ts';
import { type Tally, tallied } from './measure.ts';
import { type Outage, OutageTally } from './outage.ts';
import { ServiceIndex, type ServicePort } from './service-index.ts';

export interface ClosedPort {
  readonly service: ServicePort;
  readonly pod: string;
  readonly port: number;
  count: number;
}

export interface FailedAction {
  /** Place in `spec.timeline`; -1: not by the timeline. */
  readonly entry: number;
  readonly text: string;
}

export interface BoundFigure {
  /** `DropReason` */
  readonly reason: number;
  readonly host: string;
  count: number;
}

export interface Incidents {
  readonly closedPorts: readonly ClosedPort[];
  readonly outages: readonly Outage[];
  readonly failedActions: readonly FailedAction[];
  /** Answers that reached their client from an address that it had not asked, by client. */
  readonly strayAnswers: ReadonlyMap<string, number>;
  /** What was lost or left undone at a bound, by host and bound. */
  readonly bounds: readonly BoundFigure[];
}

const BOUNDS: ReadonlySet<number> = new Set([
  DropReason.NeighbourQueueFull,
  DropReason.QueueFull,
  DropReason.ConntrackTableFull,
  DropReason.SnatPortsExhausted,
  DropReason.IcmpRateLimited,
]);

/** Incidents of one kind that are kept apart. */
const MOST = 100;

export function incidents(world: World): OperatorFunction<WorldEvent, Incidents> {
  return tallied(() => new IncidentTally(world));
}

class IncidentTally implements Tally<WorldEvent, Incidents> {
  readonly #world: World;
  readonly #services: ServiceIndex;
  readonly #closedPorts = new Map<string, ClosedPort>();
  readonly #outages: OutageTally;
  readonly #failedActions: FailedAction[] = [];
  readonly #strayAnswers = new Map<string, number>();
  readonly #bounds = new Map<string, BoundFigure>();
  /** The entry of the timeline that was carried out last, and when: what it wrote follows at the same instant. */
  #entry = -1;
  #actedAtNs = -1;

  constructor(world: World) {
    this.#world = world;
    this.#services = new ServiceIndex(world);
    this.#outages = new OutageTally(world);
  }

  take(event: WorldEvent): void {
    this.#outages.take(event);
    switch (event.kind) {
      case NetEventKind.PacketRejected:
        return this.#reject(event);
      case NetEventKind.PacketDropped:
        if (BOUNDS.has(event.state >>> 16)) this.#bound(event.state >>> 16, event.host);
        return;
      case NetEventKind.IcmpSuppressed:
        return this.#bound(DropReason.IcmpRateLimited, event.host);
      case ClusterEventKind.ObjectWritten:
      case ClusterEventKind.ObjectDeleted:
        return this.#services.take(event);
      case ClusterEventKind.RequestRefused:
        return this.#failed(event.at === this.#actedAtNs ? this.#entry : -1, event.text);
      case RunEventKind.ActionTaken:
        this.#entry = event.entry;
        this.#actedAtNs = event.at;
        if (event.exitCode !== 0) this.#failed(event.entry, event.text);
    }
  }

  figure(): Incidents {
    return {
      closedPorts: [...this.#closedPorts.values()],
      outages: this.#outages.figure(),
      failedActions: this.#failedActions,
      strayAnswers: this.#strayAnswers,
      bounds: [...this.#bounds.values()],
    };
  }

  #reject(event: PassageEvent): void {
    if (event.state >>> 16 !== DropReason.NoSocket) return;
    const { net } = this.#world;
    const host = net.hosts[event.host];
    if (host === undefined) return;
    const flags = event.header & 0xffff;
    if (event.header >>> 24 === 6 && flags === (TcpFlag.Syn | TcpFlag.Ack)) return add(this.#strayAnswers, host.name);
    const asked = net.addresses.text(event.originalDestination);
    const service = this.#services.find(asked, event.originalPorts & 0xffff, event.header >>> 24);
    if (host.role !== 'pod' || service === undefined || !this.#serves(host)) return;
    const port = event.ports & 0xffff;
    const key = `${service.namespace}/${service.name} ${service.port} ${host.name} ${port}`;
    const known = this.#closedPorts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#closedPorts.size < MOST)
      this.#closedPorts.set(key, { service, pod: host.name.replace(/^default\//, ''), port, count: 1 });
  }

  /** Whether all containers of a pod run and were not told to end: the port of one that does not yet, or no more, may be right. */
  #serves({ node, name }: Host): boolean {
    const { net, cluster } = this.#world;
    const worker = cluster.kubelets.get(net.hosts[node]?.name ?? '')?.workers.get(name);
    return worker?.phase === 'running' && worker.containers.every(({ phase }) => phase === 'running');
  }

  #failed(entry: number, text: string): void {
    if (this.#failedActions.length < MOST) this.#failedActions.push({ entry, text: text.trim() });
  }

  #bound(reason: number, number: number): void {
    const host = this.#world.net.hosts[number]?.name ?? 'a host that has gone';
    const key = `${reason} ${host}`;
    const known = this.#bounds.get(key);
    if (known !== undefined) known.count++;
    else if (this.#bounds.size < MOST) this.#bounds.set(key, { reason, host, count: 1 });
  }
}

function add(counts: Map<string, number>, name: string): void {
  if (counts.has(name) || counts.size < MOST) counts.set(name, (counts.get(name) ?? 0) + 1);
}
