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
import { ranSync, requestSync, resetRunner } from './kube-proxy/runner.ts';
import { programChecksum, syncProgram, syncScope } from './kube-proxy/sync.ts';
import { DEFAULT_NODE_PORTS, isApiServer, nodePortRangeIn } from './kubelet/component-pod.ts';
import type { PodEvent } from './kubelet/pod-worker.ts';
import { evolveWorker, podRefOf } from './kubelet/pod-worker.ts';
import { evolveEnded, evolveSent } from './kubelet/prober.ts';
import { type NodeFileText, staticManifest } from './kubelet/static-pod.ts';
import type { NodeAgent, PodSandbox } from './node-agent.ts';
import { observe } from './node-lifecycle/node-health.ts';
import type { EventNote } from './note.ts';
import type { KubeObject } from './object/kind.ts';
import type { Service } from './object/service.ts';
import { objectKey } from './object-key.ts';
import type { ClusterState, ClusterWorld } from './state.ts';
import { viewOf } from './state.ts';
import type { ControllerTable } from './watch.ts';
import { announce, concerned, deliver, moveCursor, slowestCursor } from './watch.ts';

/** Handlers for `Decider.evolve`. */
export function clusterEvolution<W extends ClusterWorld>(
  agent: NodeAgent<W>,
  controllers: ControllerTable,
): Decider<W, ClusterCommand, ClusterEvent>['evolve'] {
  const pod = (world: W, event: PodEvent): void => evolvePod(world, agent, event);
  return {
    [Kind.ObjectWritten]: ({ cluster }, event) => {
      const object = JSON.parse(event.text) as KubeObject;
      if (event.created === 1) {
        cluster.pins.created(object, cluster.store);
        cluster.births.created(object);
      }
      takeIn(cluster, controllers, object, event, false);
    },
    [Kind.ObjectDeleted]: ({ cluster }, event) =>
      takeIn(cluster, controllers, JSON.parse(event.text) as KubeObject, event, true),
    [Kind.RequestRefused]: () => {},
    [Kind.EvictionHeldBack]: () => {},
    [Kind.RequestChangedNothing]: () => {},
    [Kind.WatchDelivered]: ({ cluster }, event) => {
      const component = cluster.components[event.component]!;
      if (component.runner !== undefined) tellProxy(cluster, controllers, component, event);
      else {
        const wasEmpty = component.queue.size === 0;
        deliver(cluster, controllers, component, event.revision);
        component.woken = wasEmpty && component.queue.size > 0;
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
    [Kind.InitContainerExited]: pod,
    [Kind.PreStopStarted]: pod,
    [Kind.PodHung]: (world, event) => {
      const { namespace, name } = JSON.parse(event.text) as PodSandbox;
      const sandbox = world.cluster.components[event.component]!.workers.get(objectKey(namespace, name))?.sandbox;
      if (sandbox !== undefined) agent.hangContainers?.(world, event.host, sandbox, event.hangs === 1);
    },
    [Kind.NodeFileWritten]: ({ cluster }, event) => {
      const { path, text, manifest } = JSON.parse(event.text) as NodeFileText;
      const { files } = cluster.components[event.component]!;
      if (text === undefined) files.delete(path);
      else files.set(path, { text, manifest: manifest ?? files.get(path)?.manifest });
    },
    [Kind.ProbeSent]: ({ cluster }, event) => evolveSent(cluster, event),
    [Kind.ProbeEnded]: ({ cluster }, event) => evolveEnded(cluster, event),
    [Kind.LeaseTried]: ({ cluster }, event) => {
      if (event.renewed === 1) cluster.nodeHealth.leases.set(cluster.components[event.component]!.node!.name, event.at);
    },
    [Kind.NodesMonitored]: ({ cluster }, { at, tainted }) => {
      const { nodeHealth, store } = cluster;
      if (!cluster.apiServer.running) return;
      observe(nodeHealth, nodeNames(store.view().list('Node')), at);
      if (tainted > 0) nodeHealth.taintedAt = at;
    },
    [Kind.ProxyRulesSynced]: (world, event) => {
      const component = world.cluster.components[event.component]!;
      const full = (event.state & SyncState.Full) !== 0;
      const program = syncProgram(world, agent, component, event.revision, full);
      const checksum = programChecksum(program);
      invariant(checksum === event.text, `Rules of ${component.name} differ from the ledger's: ${checksum}`);
      agent.loadRules(world, event.host, program);
      const wasDue = component.runner!.dueAt >= 0;
      ranSync(component.runner!, event.at);
      moveCursor(world.cluster, controllers, component, event.revision);
      component.woken = wasDue && component.pending;
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
    cluster.serviceLinks.serviceChanged();
  }
  cluster.nodeLoads.replace(change.previous, deleted ? undefined : object);
  // While a controller's writes are folded, the key that it looks at is still the head of its queue.
  if (queue.head !== undefined) queue.expect(queue.head, event.revision);
  announce(cluster, concerned(cluster, controllers, change), event.revision);
}

/**
 * A kube-proxy is told of something. If that bears on its rules it asks for a sync, and what else is written before that
 * is the sync's affair: its cursor stays where its rules were written from.
 */
function tellProxy(
  cluster: ClusterState,
  controllers: ControllerTable,
  component: Component,
  { at, revision }: { readonly at: number; readonly revision: number },
): void {
  if (syncScope(cluster, component, revision).wanted) {
    component.woken = requestSync(component.runner!, at);
    return;
  }
  component.woken = false;
  moveCursor(cluster, controllers, component, revision);
}

function stop(cluster: ClusterState, component: Component): void {
  component.running = false;
  component.pending = false;
  component.queue.clear();
  cluster.behind.delete(component);
  cluster.restingProxies.delete(component);
  if (component.runner !== undefined) component.runner.dueAt = -1;
}

/** A component that starts lists everything and looks at it all; at first not at what stood before, which it has seen. */
function start(cluster: ClusterState, controllers: ControllerTable, component: Component, at: number): void {
  component.running = true;
  component.epoch++;
  component.startedAt = at;
  component.cursor = cluster.store.revision;
  const controller: Controller | undefined = controllers[component.kind];
  const view = component.epoch === 1 ? cluster.store.view(undefined, 1) : viewOf(cluster, component);
  for (const key of controller?.allKeys(view, component) ?? []) component.queue.add(key);
  component.woken = component.queue.size > 0;
  if (component.runner === undefined) return;
  resetRunner(component.runner, at);
  component.woken = requestSync(component.runner, at);
  component.pending = true;
  cluster.behind.add(component);
}

function evolvePod<W extends ClusterWorld>(world: W, agent: NodeAgent<W>, event: PodEvent): void {
  const { components, podAddresses } = world.cluster;
  const { workers, node } = components[event.component]!;
  const { namespace, name, containers: names } = podRefOf(event);
  const key = objectKey(namespace, name);
  const before = workers.get(key);
  const after = evolveWorker(before, event);
  if (after === undefined) workers.delete(key);
  else workers.set(key, after);
  const whole = after?.sandbox ?? before?.sandbox;
  if (whole === undefined) return;
  if (event.kind === Kind.PodSandboxCreated) {
    if (!whole.hostNetwork) podAddresses.take(node!, whole.ips);
    agent.attachPod(world, event.host, whole);
    return;
  }
  const sandbox = names === undefined ? whole : partOf(whole, names);
  if (event.kind === Kind.ContainersStarted) {
    agent.startContainers(world, event.host, sandbox, event.at);
    world.cluster.serviceLinks.started(sandbox.uid, namespace, name, world.cluster.store.view());
    takeFlags(world.cluster, components[event.component]!, key);
  } else if (event.kind === Kind.ContainersStopping) {
    agent.quiesceContainers?.(world, event.host, sandbox);
  } else if (event.kind === Kind.ContainersExited) {
    agent.stopContainers(world, event.host, after?.phase === 'ended' ? whole : sandbox);
  } else if (event.kind === Kind.PodSandboxRemoved) {
    if (before!.containers.some(({ phase }) => phase === 'running' || phase === 'stopping'))
      agent.stopContainers(world, event.host, whole);
    agent.detachPod(world, event.host, whole);
    world.cluster.serviceLinks.removed(whole.uid);
    if (!whole.hostNetwork) podAddresses.release(node!, whole.ips);
  }
}

/** An API server that starts reads what its file says. */
function takeFlags(cluster: ClusterState, kubelet: Component, key: string): void {
  const manifest = staticManifest(kubelet, key);
  if (manifest === undefined || !isApiServer(manifest)) return;
  cluster.apiFlags.nodePortRange = nodePortRangeIn(manifest) ?? DEFAULT_NODE_PORTS;
}

function partOf(sandbox: PodSandbox, names: readonly string[]): PodSandbox {
  return { ...sandbox, containers: sandbox.containers.filter(({ name }) => names.includes(name)) };
}

function nodeNames(nodes: readonly KubeObject[]): readonly string[] {
  return nodes.map(({ metadata }) => metadata.name);
}
