/**
 * Watches: a write reaches each watcher that it concerns some time later, in order. A watcher is a cursor; what it is
 * told at one instant is one event, however many objects that covers.
 */
import type { Component } from './component.ts';
import type { Controller } from './controller.ts';
import type { ClusterState } from './state.ts';
import type { Change } from './store.ts';
import { WATCH_DELAY_NS, WATCH_JITTER_NS } from './timing.ts';

export type ControllerTable = Readonly<Partial<Record<Component['kind'], Controller>>>;

/** Instant at which a write may reach a watcher, in ns: the watcher's own share of the drawn jitter. */
export function deliveryAt(change: Change, component: Readonly<Component>): number {
  let hash = Math.imul(change.jitter ^ Math.imul(component.number, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) >>> 0;
  return change.at + WATCH_DELAY_NS + Math.floor((hash / 0x100000000) * WATCH_JITTER_NS);
}

/**
 * Running components that a write concerns, in the order of their numbers. Of the kube-proxies only those that know
 * everything: the others will be told anyway.
 */
export function concerned(state: ClusterState, controllers: ControllerTable, change: Change): readonly Component[] {
  const { object } = change;
  const found: Component[] = [];
  for (const component of state.watchers.get(object.kind) ?? []) {
    if (component.running && controllers[component.kind]?.watches(change, component)) found.push(component);
  }
  if (object.kind === 'Pod') {
    const kubelet = state.kubelets.get(object.spec.nodeName ?? '');
    if (kubelet?.running) found.push(kubelet);
  } else if (object.kind === 'Node') {
    const proxy = state.proxies.get(object.metadata.name);
    if (proxy !== undefined && state.restingProxies.has(proxy)) found.push(proxy);
  } else if (object.kind === 'Service' || object.kind === state.proxyReads) {
    found.push(...[...state.restingProxies].sort((a, b) => a.number - b.number));
  }
  return found;
}

/** Notes that a write waits to be told. Those who knew everything before are to be told; the others will be anyway. */
export function announce(state: ClusterState, components: readonly Component[], revision: number): void {
  state.announced.length = 0;
  for (const component of components) {
    if (component.pending) continue;
    component.pending = true;
    component.cursor = revision - 1;
    state.behind.add(component);
    state.restingProxies.delete(component);
    state.announced.push(component);
  }
}

/** The revision that a watcher may be told of at `at`: all that was written at least the shortest delay ago. */
export function deliverable({ store }: ClusterState, { cursor }: Readonly<Component>, at: number): number {
  return Math.max(cursor, store.revisionAt(at - WATCH_DELAY_NS));
}

/** Moves a watcher's cursor; its queue takes the keys that what it is told of makes worth a look. */
export function deliver(
  state: ClusterState,
  controllers: ControllerTable,
  component: Component,
  revision: number,
): void {
  const { store } = state;
  const controller = controllers[component.kind] as Controller;
  const view = store.view(revision);
  for (let r = component.cursor + 1; r <= revision; r++) {
    const change = store.change(r);
    if (!controller.watches(change, component)) continue;
    for (const key of controller.keysOf(change, view)) component.queue.add(key);
  }
  component.queue.catchUp(revision);
  moveCursor(state, controllers, component, revision);
}

/** A watcher knows everything up to `revision`; where nothing that concerns it is left, it knows all. */
export function moveCursor(
  state: ClusterState,
  controllers: ControllerTable,
  component: Component,
  revision: number,
): void {
  component.cursor = revision;
  component.pending = true;
  if (nextChange(state, controllers, component) !== undefined) return;
  component.pending = false;
  state.behind.delete(component);
  if (component.runner !== undefined) state.restingProxies.add(component);
}

/** The first write that a watcher has yet to be told of. */
export function nextChange(
  state: ClusterState,
  controllers: ControllerTable,
  component: Readonly<Component>,
): Change | undefined {
  const controller = controllers[component.kind] as Controller;
  for (let r = component.cursor + 1; component.pending && r <= state.store.revision; r++) {
    const change = state.store.change(r);
    if (controller.watches(change, component)) return change;
  }
  return undefined;
}

/** Oldest revision that somebody still needs. */
export function slowestCursor(state: ClusterState): number {
  let slowest = state.store.revision;
  for (const component of state.behind) slowest = Math.min(slowest, component.cursor);
  return slowest;
}
