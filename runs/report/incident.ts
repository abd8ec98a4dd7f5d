/**
 * The measure of what went on behind the requests and that a user would want to be told: ports that nobody listens on,
 * kube-proxies that stood still while the cluster changed, commands that failed, bounds that were reached.
 */
import type { OperatorFunction } from 'rxjs';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import { DropReason, dropReasonName } from '../../net/drop-reason.ts';
import { NetEventKind, type PassageEvent } from '../../net/event.ts';
import { TcpFlag } from '../../net/packet.ts';
import { RunEventKind, type WorldEvent } from '../world/event.ts';
import type { World } from '../world/world.ts';
import { type Tally, tallied } from './measure.ts';
import { ServiceIndex, type ServicePort } from './service-index.ts';

export interface ClosedPort {
  readonly service: ServicePort;
  readonly pod: string;
  readonly port: number;
  count: number;
}

export interface StaleProxy {
  /** `kube-proxy@node1` */
  readonly name: string;
  readonly stoppedAtNs: number;
  /** Writes of Services and their endpoints that it did not see in time. */
  changes: number;
}

export interface FailedAction {
  /** Place in `spec.timeline`; -1: not by the timeline. */
  readonly entry: number;
  readonly text: string;
}

export interface Incidents {
  readonly closedPorts: readonly ClosedPort[];
  readonly staleProxies: readonly StaleProxy[];
  readonly failedActions: readonly FailedAction[];
  /** Answers that reached their client from an address that it had not asked, by client. */
  readonly strayAnswers: ReadonlyMap<string, number>;
  /** Packets lost at a bound, by `reason at host`. */
  readonly bounds: ReadonlyMap<string, number>;
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
  readonly #stopped = new Map<number, StaleProxy>();
  readonly #staleProxies: StaleProxy[] = [];
  readonly #failedActions: FailedAction[] = [];
  readonly #strayAnswers = new Map<string, number>();
  readonly #bounds = new Map<string, number>();
  /** The entry of the timeline that was carried out last, and when: what it wrote follows at the same instant. */
  #entry = -1;
  #actedAtNs = -1;

  constructor(world: World) {
    this.#world = world;
    this.#services = new ServiceIndex(world);
  }

  take(event: WorldEvent): void {
    switch (event.kind) {
      case NetEventKind.PacketRejected:
        return this.#reject(event);
      case NetEventKind.PacketDropped:
        if (BOUNDS.has(event.state >>> 16)) this.#bound(dropReasonName(event.state >>> 16), event.host);
        return;
      case NetEventKind.IcmpSuppressed:
        return this.#bound(dropReasonName(DropReason.IcmpRateLimited), event.host);
      case ClusterEventKind.ObjectWritten:
      case ClusterEventKind.ObjectDeleted:
        return this.#write(event);
      case ClusterEventKind.ComponentStopped: {
        const { kind, name } = this.#world.cluster.components[event.component]!;
        if (kind === 'kube-proxy') this.#stopped.set(event.component, { name, stoppedAtNs: event.at, changes: 0 });
        return;
      }
      case ClusterEventKind.ComponentStarted: {
        const stale = this.#stopped.get(event.component);
        if (stale !== undefined && this.#staleProxies.length < MOST) this.#staleProxies.push(stale);
        this.#stopped.delete(event.component);
        return;
      }
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
      staleProxies: [...this.#staleProxies, ...this.#stopped.values()].filter(({ changes }) => changes > 0),
      failedActions: this.#failedActions,
      strayAnswers: this.#strayAnswers,
      bounds: this.#bounds,
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
    if (host.role !== 'pod' || service === undefined) return;
    const port = event.ports & 0xffff;
    const key = `${service.namespace}/${service.name} ${service.port} ${host.name} ${port}`;
    const known = this.#closedPorts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#closedPorts.size < MOST)
      this.#closedPorts.set(key, { service, pod: host.name.replace(/^default\//, ''), port, count: 1 });
  }

  #write(event: ClusterEvent & { readonly text: string }): void {
    this.#services.take(event);
    if (this.#stopped.size === 0 || !/"kind":"(Service|EndpointSlice|Endpoints)"/.test(event.text)) return;
    for (const stale of this.#stopped.values()) stale.changes++;
  }

  #failed(entry: number, text: string): void {
    if (this.#failedActions.length < MOST) this.#failedActions.push({ entry, text: text.trim() });
  }

  #bound(reason: string, host: number): void {
    add(this.#bounds, `${reason} on ${this.#world.net.hosts[host]?.name ?? 'a host that has gone'}`);
  }
}

function add(counts: Map<string, number>, name: string): void {
  if (counts.has(name) || counts.size < MOST) counts.set(name, (counts.get(name) ?? 0) + 1);
}
