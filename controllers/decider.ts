/**
 * The control plane's tables: what each command decides, what each event changes, and what follows.
 */
import type { Decider } from '../core/decider.ts';
import { HOUR } from '../core/time.ts';
import type { ClusterCommand } from './command.ts';
import { ClusterCommandKind as Command } from './command.ts';
import { type Component, OUTSIDE } from './component.ts';
import { deploymentController } from './deployment/deployment-controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind as Kind, SyncState } from './event.ts';
import { clusterEvolution } from './evolution.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { programChecksum, syncProgram } from './kube-proxy/sync.ts';
import { kubeProxyWatcher } from './kube-proxy/watcher.ts';
import { exitOfCrash } from './kubelet/crash.ts';
import { kubelet } from './kubelet/kubelet.ts';
import type { NodeAgent } from './node-agent.ts';
import type { Manifest } from './object/manifest.ts';
import { reconcileHead } from './reconciliation.ts';
import { replicaSetController } from './replica-set/replica-set-controller.ts';
import { applyManifest, serveRequest, tell } from './request.ts';
import { scheduler } from './scheduler/scheduler.ts';
import type { ClusterState, ClusterWorld } from './state.ts';
import { componentNamed } from './state.ts';
import { RECONCILE_NS } from './timing.ts';
import { Transaction } from './transaction.ts';
import type { ControllerTable } from './watch.ts';
import { concerned, deliverable, deliveryAt, nextChange } from './watch.ts';

type ClusterDecider<W extends ClusterWorld> = Decider<W, ClusterCommand, ClusterEvent>;
type Schedule = (command: ClusterCommand) => void;

/** What watches the store, by the kind of component. */
export const CONTROLLERS: ControllerTable = {
  deployment: deploymentController,
  'replica-set': replicaSetController,
  scheduler,
  endpoints: endpointsController,
  'endpoint-slice': endpointSliceController,
  'garbage-collector': garbageCollector,
  kubelet,
  'kube-proxy': kubeProxyWatcher,
};

/** @param agent what happens on the nodes' network */
export function clusterDecider<W extends ClusterWorld>(agent: NodeAgent<W>): ClusterDecider<W> {
  return {
    decide: decideTable(agent),
    evolve: clusterEvolution(agent, CONTROLLERS),
    plan: planTable(),
    rank: {
      // What comes from outside goes in the order in which it was asked for.
      [Command.StopComponent]: 40,
      [Command.StartComponent]: 40,
      [Command.ApplyObjects]: 40,
      [Command.WriteObject]: 40,
      [Command.CrashPod]: 40,
      [Command.DeliverWatch]: 42,
      [Command.QueueKey]: 43,
      [Command.Reconcile]: 44,
      [Command.SyncProxy]: 45,
      [Command.ResyncProxy]: 45,
      [Command.CheckCanary]: 45,
    },
    plane: {
      [Command.StopComponent]: 'workload',
      [Command.StartComponent]: 'workload',
      [Command.ApplyObjects]: 'workload',
      [Command.WriteObject]: 'workload',
      [Command.CrashPod]: 'workload',
      [Command.DeliverWatch]: 'reconcile',
      [Command.QueueKey]: 'reconcile',
      [Command.Reconcile]: 'reconcile',
      [Command.SyncProxy]: 'reconcile',
      [Command.ResyncProxy]: 'reconcile',
      [Command.CheckCanary]: 'reconcile',
    },
  };
}

/** The component that a command is for, if it still lives the life that the command was meant for. */
function addressee(
  cluster: ClusterState,
  { component, epoch }: { component: number; epoch: number },
): Component | undefined {
  const found = cluster.components[component];
  return found?.running === true && found.epoch === epoch ? found : undefined;
}

function decideTable<W extends ClusterWorld>(agent: NodeAgent<W>): ClusterDecider<W>['decide'] {
  const sync = (
    world: W,
    component: Component,
    at: number,
    state: number,
    emit: (event: ClusterEvent) => void,
  ): void => {
    const { store, config } = world.cluster;
    const revision = component.pending ? component.cursor : store.revision;
    const full = (state & SyncState.Full) !== 0 || component.runner!.full || !config.proxy.profile.partialSync;
    const text = programChecksum(syncProgram(world, agent, component, revision, full));
    const bits = (state & SyncState.Regular) | (full ? SyncState.Full : 0);
    const { host } = component.node!;
    emit({ kind: Kind.ProxyRulesSynced, at, component: component.number, host, revision, state: bits, text });
  };
  return {
    [Command.ApplyObjects]: ({ cluster }, { at, text }, draw, emit) => {
      const transaction = new Transaction(cluster, OUTSIDE, at, draw, emit);
      for (const manifest of JSON.parse(text) as readonly Manifest[])
        tell(applyManifest(transaction, manifest), at, emit);
    },
    [Command.WriteObject]: ({ cluster }, command, draw, emit) =>
      serveRequest(new Transaction(cluster, OUTSIDE, command.at, draw, emit), command, emit),
    [Command.DeliverWatch]: ({ cluster }, command, _draw, emit) => {
      const component = addressee(cluster, command);
      if (component?.pending !== true) return;
      const revision = deliverable(cluster, component, command.at);
      if (revision === component.cursor) return;
      emit({ kind: Kind.WatchDelivered, at: command.at, component: component.number, revision });
    },
    [Command.Reconcile]: ({ cluster }, command, draw, emit) => {
      const component = addressee(cluster, command);
      if (component !== undefined) reconcileHead(cluster, CONTROLLERS, component, command.at, draw, emit);
    },
    [Command.QueueKey]: ({ cluster }, command, _draw, emit) => {
      const component = addressee(cluster, command);
      if (component === undefined || component.queue.has(command.text)) return;
      emit({ kind: Kind.KeyQueued, at: command.at, component: component.number, text: command.text });
    },
    [Command.SyncProxy]: (world, command, _draw, emit) => {
      const component = addressee(world.cluster, command);
      const dueAt = component?.runner?.dueAt ?? -1;
      if (component !== undefined && dueAt >= 0 && dueAt <= command.at) sync(world, component, command.at, 0, emit);
    },
    [Command.ResyncProxy]: (world, command, _draw, emit) => {
      const component = addressee(world.cluster, command);
      if (component !== undefined) sync(world, component, command.at, SyncState.Full | SyncState.Regular, emit);
    },
    [Command.CheckCanary]: (world, command, _draw, emit) => {
      const component = addressee(world.cluster, command);
      if (component === undefined || agent.hasChain(world, component.node!.host, 'mangle', CANARY)) return;
      sync(world, component, command.at, SyncState.Full, emit);
    },
    [Command.StopComponent]: ({ cluster }, { at, text }, _draw, emit) => {
      const component = componentNamed(cluster, text);
      if (component?.running === true) emit({ kind: Kind.ComponentStopped, at, component: component.number });
    },
    [Command.StartComponent]: ({ cluster }, { at, text }, _draw, emit) => {
      for (const { name, number, running } of cluster.components) {
        if (!running && (text === '*' || text === name)) emit({ kind: Kind.ComponentStarted, at, component: number });
      }
    },
    [Command.CrashPod]: ({ cluster }, { at, text }, _draw, emit) => {
      const found = exitOfCrash(cluster, text, at);
      if (found === undefined) return;
      emit(found.event);
      if (!found.kubelet.running || found.kubelet.queue.has(text)) return;
      emit({ kind: Kind.KeyQueued, at, component: found.kubelet.number, text });
    },
  };
}

/** Chain whose absence tells a kube-proxy that somebody flushed its rules. */
const CANARY = 'KUBE-PROXY-CANARY';

function planTable<W extends ClusterWorld>(): ClusterDecider<W>['plan'] {
  const written = ({ cluster }: W, event: { readonly revision: number }, schedule: Schedule): void => {
    const change = cluster.store.change(event.revision);
    for (const component of concerned(cluster, CONTROLLERS, change)) {
      // Whoever was told of everything before this write waits for it now; the others wait already.
      if (component.pending && component.cursor === event.revision - 1)
        deliverAt(component, deliveryAt(change, component), schedule);
    }
  };
  return {
    [Kind.ObjectWritten]: written,
    [Kind.ObjectDeleted]: written,
    [Kind.WatchDelivered]: ({ cluster }, { at, component: number }, schedule) => {
      const component = cluster.components[number]!;
      const change = nextChange(cluster, CONTROLLERS, component);
      if (change !== undefined) deliverAt(component, Math.max(at, deliveryAt(change, component)), schedule);
      wake(component, at, schedule);
    },
    [Kind.KeyReconciled]: ({ cluster }, { at, component: number, requeueAt, text }, schedule) => {
      const component = cluster.components[number]!;
      if (component.queue.size > 0) work(component, at, schedule);
      if (requeueAt === 0) return;
      schedule({
        kind: Command.QueueKey,
        at: Math.max(at, requeueAt),
        component: number,
        epoch: component.epoch,
        text,
      });
    },
    [Kind.KeyQueued]: ({ cluster }, { at, component }, schedule) => wake(cluster.components[component]!, at, schedule),
    [Kind.ComponentStarted]: ({ cluster }, { at, component: number }, schedule) => {
      const component = cluster.components[number]!;
      wake(component, at, schedule);
      if (component.runner !== undefined) resync(component, at, schedule);
    },
    [Kind.ProxyRulesSynced]: ({ cluster }, { at, component, state }, schedule) => {
      if ((state & SyncState.Regular) !== 0) resync(cluster.components[component]!, at, schedule);
    },
  };
}

function deliverAt({ number, epoch }: Component, at: number, schedule: Schedule): void {
  schedule({ kind: Command.DeliverWatch, at, component: number, epoch });
}

function work({ number, epoch }: Component, at: number, schedule: Schedule): void {
  schedule({ kind: Command.Reconcile, at: at + RECONCILE_NS, component: number, epoch });
}

/** A component that has got something to do begins. */
function wake(component: Component, at: number, schedule: Schedule): void {
  if (!component.woken) return;
  const { number, epoch, runner } = component;
  if (runner === undefined) work(component, at, schedule);
  else schedule({ kind: Command.SyncProxy, at: runner.dueAt, component: number, epoch });
}

/** The next regular sync. @see kubernetes pkg/proxy/iptables/proxier.go: hourly where there is a canary */
function resync({ number, epoch, runner }: Component, at: number, schedule: Schedule): void {
  const { upkeep, syncNs } = runner!.timing;
  schedule({ kind: Command.ResyncProxy, at: at + (upkeep === 'canary' ? HOUR : syncNs), component: number, epoch });
}

/**
 * Somebody changed the rules of a host by hand: where a kube-proxy runs there, its next look for its canary is planned.
 * To be called by the plan of such an event.
 */
export function planCanary({ components }: ClusterState, host: number, at: number, schedule: Schedule): void {
  for (const { kind, node, running, runner, number, epoch, startedAt } of components) {
    if (kind !== 'kube-proxy' || node?.host !== host || !running || runner?.timing.upkeep !== 'canary') continue;
    const { syncNs } = runner.timing;
    const next = startedAt + (Math.floor((at - startedAt) / syncNs) + 1) * syncNs;
    schedule({ kind: Command.CheckCanary, at: next, component: number, epoch });
  }
}
