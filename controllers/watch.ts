/**
 * Watches: a write reaches each watcher that it concerns some time later, in order. A watcher is a cursor; what it is
 * told at one instant is one event, however many objects that covers.
 */
import type { Component } from './component.ts';
import type { Controller } from './controller.ts';
import type { Pod } from './object/pod.ts';
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

/** Running components that a write concerns, in the order of their numbers. */
export function concerned(state: ClusterState, controllers: ControllerTable, change: Change): readonly Component[] {
  const found: Component[] = [];
  for (const component of state.watchers.get(change.object.kind) ?? []) {
    if (component.running && controllers[component.kind]?.watches(change, component)) found.push(component);
  }
  if (change.object.kind === 'Pod') {
    const kubelet = state.kubelets.get((change.object as Pod).spec.nodeName ?? '');
    if (kubelet?.running) found.push(kubelet);
  }
  return found;
}

/** Notes that a write waits to be told. Those who knew everything before are to be told; the others will be anyway. */
export function announce(state: ClusterState, components: readonly Component[], revision: number): void {
  for (const component of components) {
    if (component.pending) continue;
    component.pending = true;
    component.cursor = revision - 1;
    state.behind.add(component);
  }
}

/** The revision that a watcher may be told of at `at`: all that was written at least the shortest delay ago. */
export function deliverable(state: ClusterState, component: Readonly<Component>, at: number): number {
  const { store } = state;
  let revision = component.cursor;
  while (revision < store.revision && store.change(revision + 1).at + WATCH_DELAY_NS <= at) revision++;
  return revision;
}

/**
 * Moves a watcher's cursor; its queue takes the keys that what it is told of makes worth a look.
 * @returns the first write that it still waits for, or `undefined` when it knows all that concerns it
 */
export function deliver(
  state: ClusterState,
  controllers: ControllerTable,
  component: Component,
  revision: number,
): Change | undefined {
  const { store } = state;
  const controller = controllers[component.kind] as Controller;
  const view = store.view(revision);
  for (let r = component.cursor + 1; r <= revision; r++) {
    const change = store.change(r);
    if (!controller.watches(change, component)) continue;
    for (const key of controller.keysOf(change, view)) component.queue.add(key);
  }
  component.cursor = revision;
  component.queue.catchUp(revision);
  for (let r = revision + 1; r <= store.revision; r++) {
    const change = store.change(r);
    if (controller.watches(change, component)) return change;
  }
  component.pending = false;
  state.behind.delete(component);
  return undefined;
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
