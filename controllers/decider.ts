/**
 * The control plane's tables: what each command decides, what each event changes, and what follows.
 */
import type { Decider } from '../core/decider.ts';
import { HOUR } from '../core/time.ts';
import type { ClusterCommand } from './command.ts';
import { ClusterCommandKind as Command, WriteVerb } from './command.ts';
import type { Component } from './component.ts';
import { CONTROLLERS } from './controllers.ts';
import { clusterDecision } from './decision.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind as Kind, ReconcileOutcome, SyncState } from './event.ts';
import { clusterEvolution } from './evolution.ts';
import { componentsIn } from './kubelet/component-pod.ts';
import { type PodEvent, podRefOf } from './kubelet/pod-worker.ts';
import { planEnded, planProbes } from './kubelet/prober.ts';
import type { NodeAgent } from './node-agent.ts';
import { objectKey } from './object-key.ts';
import type { ClusterState, ClusterWorld } from './state.ts';
import { NODE_MONITOR_NS, RECONCILE_NS } from './timing.ts';
import { deliveryAt, nextChange } from './watch.ts';

type ClusterDecider<W extends ClusterWorld> = Decider<W, ClusterCommand, ClusterEvent>;
type Schedule = (command: ClusterCommand) => void;

/** @param agent what happens on the nodes' network */
export function clusterDecider<W extends ClusterWorld>(agent: NodeAgent<W>): ClusterDecider<W> {
  return {
    decide: clusterDecision(agent),
    evolve: clusterEvolution(agent, CONTROLLERS),
    plan: planTable(),
    rank: {
      // What comes from outside goes in the order in which it was asked for.
      [Command.StopComponent]: 40,
      [Command.StartComponent]: 40,
      [Command.ApplyObjects]: 40,
      [Command.WriteObject]: 40,
      [Command.WriteObjects]: 40,
      [Command.CrashPod]: 40,
      [Command.HangPod]: 40,
      [Command.WriteNodeFile]: 40,
      [Command.TakeProbeAnswer]: 41,
      [Command.RenewLease]: 41,
      [Command.ProbeContainer]: 46,
      [Command.RepeatProbe]: 46,
      [Command.MonitorNodes]: 46,
      [Command.DeliverWatch]: 42,
      [Command.QueueKey]: 43,
      [Command.RetryKey]: 43,
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
      [Command.WriteObjects]: 'workload',
      [Command.CrashPod]: 'workload',
      [Command.HangPod]: 'workload',
      [Command.WriteNodeFile]: 'workload',
      [Command.ProbeContainer]: 'workload',
      [Command.RepeatProbe]: 'workload',
      [Command.TakeProbeAnswer]: 'workload',
      [Command.RenewLease]: 'reconcile',
      [Command.MonitorNodes]: 'reconcile',
      [Command.DeliverWatch]: 'reconcile',
      [Command.QueueKey]: 'reconcile',
      [Command.RetryKey]: 'reconcile',
      [Command.Reconcile]: 'reconcile',
      [Command.SyncProxy]: 'reconcile',
      [Command.ResyncProxy]: 'reconcile',
      [Command.CheckCanary]: 'reconcile',
    },
  };
}

function planTable<W extends ClusterWorld>(): ClusterDecider<W>['plan'] {
  const written = ({ cluster }: W, event: { readonly revision: number }, schedule: Schedule): void => {
    const change = cluster.store.change(event.revision);
    // Whoever was told of everything before this write waits for it now; the others wait already.
    for (const component of cluster.announced) deliverAt(component, deliveryAt(change, component), schedule);
  };
  const stopped = ({ cluster }: W, event: PodEvent, schedule: Schedule): void => {
    const kind = Command.StopComponent;
    for (const text of componentsIn(cluster, event)) schedule({ kind, at: event.at, text });
  };
  return {
    [Kind.ObjectWritten]: written,
    [Kind.ObjectDeleted]: written,
    [Kind.EvictionHeldBack]: (_world, { nextAt, text }, schedule) => {
      if (nextAt > 0) schedule({ kind: Command.WriteObject, at: nextAt, verb: WriteVerb.Evict, text });
    },
    [Kind.WatchDelivered]: ({ cluster }, { at, component: number }, schedule) => {
      const component = cluster.components[number]!;
      // What a kube-proxy is told next comes with the sync that it has asked for.
      if ((component.runner?.dueAt ?? -1) < 0) deliverNext(cluster, component, at, schedule);
      wake(component, at, schedule);
    },
    [Kind.KeyReconciled]: ({ cluster }, { at, component: number, outcome, requeueAt, text }, schedule) => {
      const component = cluster.components[number]!;
      if (component.queue.size > 0) work(component, at, schedule);
      if (requeueAt === 0) return;
      const kind = outcome === ReconcileOutcome.Parked ? Command.RetryKey : Command.QueueKey;
      schedule({ kind, at: Math.max(at, requeueAt), component: number, epoch: component.epoch, text });
    },
    [Kind.KeyQueued]: ({ cluster }, { at, component }, schedule) => wake(cluster.components[component]!, at, schedule),
    [Kind.ComponentStarted]: ({ cluster }, { at, component: number }, schedule) => {
      const component = cluster.components[number]!;
      wake(component, at, schedule);
      if (component.runner !== undefined) resync(component, at, schedule);
      const { epoch } = component;
      if (component.kind === 'node-lifecycle') schedule({ kind: Command.MonitorNodes, at, component: number, epoch });
      if (component.kind !== 'kubelet') return;
      schedule({ kind: Command.RenewLease, at, component: number, epoch });
      for (const worker of component.workers.values()) planProbes(cluster, component, worker, undefined, at, schedule);
    },
    [Kind.LeaseTried]: ({ cluster }, { component: number, nextAt }, schedule) => {
      const { epoch } = cluster.components[number]!;
      schedule({ kind: Command.RenewLease, at: nextAt, component: number, epoch });
    },
    [Kind.NodesMonitored]: ({ cluster }, { at, component: number }, schedule) => {
      const { epoch } = cluster.components[number]!;
      schedule({ kind: Command.MonitorNodes, at: at + NODE_MONITOR_NS, component: number, epoch });
    },
    [Kind.ContainersStarted]: ({ cluster }, event, schedule) => {
      const { namespace, name, containers } = podRefOf(event);
      const kubelet = cluster.components[event.component]!;
      const worker = kubelet.workers.get(objectKey(namespace, name));
      if (worker !== undefined) planProbes(cluster, kubelet, worker, containers, event.at, schedule);
      const kind = Command.StartComponent;
      for (const text of componentsIn(cluster, event)) schedule({ kind, at: event.at, text });
    },
    [Kind.ContainersExited]: stopped,
    [Kind.PodSandboxRemoved]: stopped,
    [Kind.ProbeEnded]: ({ cluster }, event, schedule) => planEnded(cluster, event, schedule),
    [Kind.ProxyRulesSynced]: ({ cluster }, { at, component: number, state }, schedule) => {
      const component = cluster.components[number]!;
      if (component.woken) deliverNext(cluster, component, at, schedule);
      if ((state & SyncState.Regular) !== 0) resync(component, at, schedule);
    },
  };
}

function deliverAt({ number, epoch }: Component, at: number, schedule: Schedule): void {
  schedule({ kind: Command.DeliverWatch, at, component: number, epoch });
}

function deliverNext(cluster: ClusterState, component: Component, at: number, schedule: Schedule): void {
  const change = nextChange(cluster, CONTROLLERS, component);
  if (change !== undefined) deliverAt(component, Math.max(at, deliveryAt(change, component)), schedule);
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
