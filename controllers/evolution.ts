/**
 * How the events of the control plane change its state, and through the node agent the network's.
 */

import type { Decider } from '../core/decider.ts';
import { invariant } from '../core/error.ts';
import type { ClusterCommand } from './command.ts';
import type { Component } from './component.ts';
import type { Controller } from './controller.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind as Kind, ReconcileOutcome, SyncState } from './event.ts';
import { ranSync, requestSync, resetRunner, track } from './kube-proxy/runner.ts';
import { programChecksum, syncProgram } from './kube-proxy/sync.ts';
import { kubeProxyWatcher } from './kube-proxy/watcher.ts';
import type { PodEvent } from './kubelet/pod-worker.ts';
import { evolveWorker, podRefOf } from './kubelet/pod-worker.ts';
import type { NodeAgent } from './node-agent.ts';
import type { EventNote } from './note.ts';
import type { KubeObject } from './object/kind.ts';
import type { Service } from './object/service.ts';
import { objectKey } from './object-key.ts';
import type { ClusterState, ClusterWorld } from './state.ts';
import { viewOf } from './state.ts';
import type { ControllerTable } from './watch.ts';
import { announce, concerned, deliver, slowestCursor } from './watch.ts';

/** Handlers for `Decider.evolve`. */
export function clusterEvolution<W extends ClusterWorld>(
  agent: NodeAgent<W>,
  controllers: ControllerTable,
): Decider<W, ClusterCommand, ClusterEvent>['evolve'] {
  const pod = (world: W, event: PodEvent): void => evolvePod(world, agent, event);
  return {
    [Kind.ObjectWritten]: ({ cluster }, event) => {
      const object = JSON.parse(event.text) as KubeObject;
      if (event.created === 1) cluster.pins.created(object, cluster.store);
      takeIn(cluster, controllers, object, event, false);
    },
    [Kind.ObjectDeleted]: ({ cluster }, event) =>
      takeIn(cluster, controllers, JSON.parse(event.text) as KubeObject, event, true),
    [Kind.RequestRefused]: () => {},
    [Kind.RequestChangedNothing]: () => {},
    [Kind.WatchDelivered]: ({ cluster }, event) => {
      const component = cluster.components[event.component]!;
      const wasEmpty = component.queue.size === 0;
      const from = component.cursor;
      deliver(cluster, controllers, component, event.revision);
      component.woken = wasEmpty && component.queue.size > 0;
      if (component.runner !== undefined) {
        component.woken =
          isSyncWanted(cluster, component, from, event.revision) && requestSync(component.runner, event.at);
      }
      cluster.store.prune(() => slowestCursor(cluster));
    },
    [Kind.KeyReconciled]: ({ cluster }, { component, outcome, text }) => {
      const { queue } = cluster.components[component]!;
      queue.remove(text);
      if (outcome === ReconcileOutcome.Waiting) queue.wait(text);
      else if (outcome === ReconcileOutcome.Done || outcome === ReconcileOutcome.Parked) queue.succeeded(text);
      else queue.failed(text);
    },
    [Kind.KeyQueued]: ({ cluster }, event) => {
      const component = cluster.components[event.component]!;
      component.woken = component.queue.size === 0;
      component.queue.add(event.text);
    },
    [Kind.ComponentStopped]: ({ cluster }, event) => stop(cluster, cluster.components[event.component]!),
    [Kind.ComponentStarted]: ({ cluster }, event) =>
      start(cluster, controllers, cluster.components[event.component]!, event.at),
    [Kind.NoteRecorded]: ({ cluster }, event) => {
      const note = JSON.parse(event.text) as EventNote;
      cluster.notes.add(note, cluster.components[event.component]!.name, event.at);
    },
    [Kind.PodAccepted]: pod,
    [Kind.PodSandboxCreated]: pod,
    [Kind.ContainersStarted]: pod,
    [Kind.ContainersStopping]: pod,
    [Kind.ContainersExited]: pod,
    [Kind.PodSandboxRemoved]: pod,
    [Kind.ProxyRulesSynced]: (world, event) => {
      const component = world.cluster.components[event.component]!;
      const full = (event.state & SyncState.Full) !== 0;
      const program = syncProgram(world, agent, component, event.revision, full);
      const checksum = programChecksum(program);
      invariant(checksum === event.text, `Rules of ${component.name} differ from the ledger's: ${checksum}`);
      agent.loadRules(world, event.host, program);
      ranSync(component.runner!, event.at);
    },
  };
}

type StoreEvent = Extract<ClusterEvent, { readonly jitter: number }>;

function takeIn(
  cluster: ClusterState,
  controllers: ControllerTable,
  object: KubeObject,
  event: StoreEvent,
  deleted: boolean,
): void {
  const { store, serviceAddresses } = cluster;
  const { queue } = cluster.components[event.component]!;
  const change = store.write(event.revision, event.at, event.jitter, object, deleted);
  if (object.kind === 'Service') {
    serviceAddresses.replace(change.previous as Service | undefined, deleted ? undefined : object);
  }
  cluster.nodeLoads.replace(change.previous, deleted ? undefined : object);
  // While a controller's writes are folded, the key that it looks at is still the head of its queue.
  if (queue.head !== undefined) queue.expect(queue.head, event.revision);
  announce(cluster, concerned(cluster, controllers, change), event.revision);
}

/** Whether what a kube-proxy was told of bears on its rules. */
function isSyncWanted(cluster: ClusterState, component: Component, from: number, to: number): boolean {
  const { config, store } = cluster;
  const runner = component.runner!;
  const reading = { ...config.proxy.profile, family: config.proxy.family };
  let wanted = false;
  for (let revision = from + 1; revision <= to; revision++) {
    const change = store.change(revision);
    if (!kubeProxyWatcher.watches(change, component)) continue;
    if (change.object.kind !== 'Node') wanted = track(runner, change, reading) || wanted;
    else if (change.object.metadata.name === component.node!.name && hasNewLabels(change.object, change.previous)) {
      runner.full = true;
      wanted = true;
    }
  }
  return wanted;
}

function hasNewLabels(node: KubeObject, previous: KubeObject | undefined): boolean {
  return JSON.stringify(node.metadata.labels) !== JSON.stringify(previous?.metadata.labels);
}

function stop(cluster: ClusterState, component: Component): void {
  component.running = false;
  component.pending = false;
  component.queue.clear();
  cluster.behind.delete(component);
  if (component.runner !== undefined) component.runner.dueAt = -1;
}

/** A component that starts lists everything and looks at it all. */
function start(cluster: ClusterState, controllers: ControllerTable, component: Component, at: number): void {
  component.running = true;
  component.epoch++;
  component.startedAt = at;
  component.cursor = cluster.store.revision;
  const controller: Controller | undefined = controllers[component.kind];
  for (const key of controller?.allKeys(viewOf(cluster, component), component) ?? []) component.queue.add(key);
  component.woken = component.queue.size > 0;
  if (component.runner === undefined) return;
  resetRunner(component.runner, at);
  component.woken = requestSync(component.runner, at);
}

function evolvePod<W extends ClusterWorld>(world: W, agent: NodeAgent<W>, event: PodEvent): void {
  const { components, podAddresses } = world.cluster;
  const { workers, node } = components[event.component]!;
  const { namespace, name } = podRefOf(event);
  const key = objectKey(namespace, name);
  const before = workers.get(key);
  const after = evolveWorker(before, event);
  if (after === undefined) workers.delete(key);
  else workers.set(key, after);
  const sandbox = after?.sandbox ?? before?.sandbox;
  if (sandbox === undefined) return;
  if (event.kind === Kind.PodSandboxCreated) {
    if (!sandbox.hostNetwork) podAddresses.take(node!, sandbox.ips);
    agent.attachPod(world, event.host, sandbox);
  } else if (event.kind === Kind.ContainersStarted) {
    agent.startContainers(world, event.host, sandbox);
  } else if (event.kind === Kind.ContainersExited) {
    agent.stopContainers(world, event.host, sandbox);
  } else if (event.kind === Kind.PodSandboxRemoved) {
    if (before?.phase === 'running' || before?.phase === 'stopping') agent.stopContainers(world, event.host, sandbox);
    agent.detachPod(world, event.host, sandbox);
    if (!sandbox.hostNetwork) podAddresses.release(node!, sandbox.ips);
  }
}
