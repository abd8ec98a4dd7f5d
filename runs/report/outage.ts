/**
 * The measure of what was out of order for a time: nodes that were down or cut off, controllers and kube-proxies that
 * stood still while the cluster changed.
 */
import type { Component } from '../../controllers/component.ts';
import { CONTROLLERS } from '../../controllers/controllers.ts';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import { NetEventKind } from '../../net/event.ts';
import { HostStatus } from '../../net/host.ts';
import type { WorldEvent } from '../world/event.ts';
import type { World } from '../world/world.ts';
import type { Tally } from './measure.ts';

export interface Outage {
  /** `node3`, `endpoint-slice`, `kube-proxy@node1`. */
  readonly name: string;
  readonly type: 'node' | 'kube-proxy' | 'controller';
  readonly state: 'down' | 'partitioned' | 'stopped';
  readonly fromNs: number;
  /** Absent: it lasted to the end. */
  toNs: number | undefined;
  /** Packets that ended on a node and its pods; writes that a component would have been told of. */
  missed: number;
  /** Whom a controller should have looked after, by key: the first few. */
  readonly keys: Set<string>;
}

/** Outages that are kept apart, and keys of one. */
const MOST = 100;
const MOST_KEYS = 3;

export class OutageTally implements Tally<WorldEvent, readonly Outage[]> {
  readonly #world: World;
  readonly #all: Outage[] = [];
  /** Those that last, by number of the host and of the component. */
  readonly #nodes = new Map<number, Outage>();
  readonly #components = new Map<number, Outage>();

  constructor(world: World) {
    this.#world = world;
  }

  take(event: WorldEvent): void {
    switch (event.kind) {
      case NetEventKind.PacketDropped:
        if (this.#nodes.size > 0) this.#drop(event.host);
        return;
      case NetEventKind.HostChanged: {
        this.#end(this.#nodes, event.host, event.at);
        if (event.state === HostStatus.Up) return;
        const name = this.#world.net.hosts[event.host]?.name ?? '';
        const state = event.state === HostStatus.Down ? 'down' : 'partitioned';
        return this.#begin(this.#nodes, event.host, { name, type: 'node', state, fromNs: event.at });
      }
      case ClusterEventKind.ComponentStopped: {
        const { kind, name, node } = this.#world.cluster.components[event.component]!;
        // What stands still with its machine is told of the machine.
        if (node !== undefined && this.#nodes.get(node.host)?.state === 'down') return;
        const type = kind === 'kube-proxy' ? 'kube-proxy' : 'controller';
        return this.#begin(this.#components, event.component, { name, type, state: 'stopped', fromNs: event.at });
      }
      case ClusterEventKind.ComponentStarted:
        return this.#end(this.#components, event.component, event.at);
      case ClusterEventKind.ObjectWritten:
      case ClusterEventKind.ObjectDeleted:
        if (this.#components.size > 0) this.#write(event);
    }
  }

  /** In the order in which they began; a component's only if it missed something. */
  figure(): readonly Outage[] {
    return this.#all.filter(({ type, missed }) => type === 'node' || missed > 0);
  }

  #begin(lasting: Map<number, Outage>, number: number, what: Omit<Outage, 'toNs' | 'missed' | 'keys'>): void {
    if (this.#all.length >= MOST) return;
    const outage: Outage = { ...what, toNs: undefined, missed: 0, keys: new Set() };
    this.#all.push(outage);
    lasting.set(number, outage);
  }

  #end(lasting: Map<number, Outage>, number: number, at: number): void {
    const outage = lasting.get(number);
    if (outage !== undefined) outage.toNs = at;
    lasting.delete(number);
  }

  #drop(number: number): void {
    const outage = this.#nodes.get(number) ?? this.#nodes.get(this.#world.net.hosts[number]?.node ?? 0);
    if (outage !== undefined) outage.missed++;
  }

  #write(event: ClusterEvent & { readonly revision: number }): void {
    const { cluster } = this.#world;
    const change = cluster.store.change(event.revision);
    for (const [number, outage] of this.#components) {
      const component = cluster.components[number] as Component;
      const controller = CONTROLLERS[component.kind];
      if (controller === undefined || !controller.watches(change, component)) continue;
      if (outage.type === 'kube-proxy') {
        if (change.object.kind !== 'Node') outage.missed++;
        continue;
      }
      const keys = controller.keysOf(change, cluster.store.view(event.revision));
      if (keys.length > 0) outage.missed++;
      for (const key of keys) if (outage.keys.size < MOST_KEYS) outage.keys.add(key);
    }
  }
}
