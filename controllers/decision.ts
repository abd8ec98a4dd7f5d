/**
 * What each command of the control plane decides.
 */
import type { Decider, Draw } from '../core/decider.ts';
import type { ClusterCommand, ProbeContainer, QueueKey, RepeatProbe, RetryKey } from './command.ts';
import { ClusterCommandKind as Command } from './command.ts';
import { type Component, OUTSIDE } from './component.ts';
import { CONTROLLERS } from './controllers.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind as Kind, SyncState } from './event.ts';
import { programChecksum, syncProgram, syncScope } from './kube-proxy/sync.ts';
import { exitsOfCrash } from './kubelet/crash.ts';
import { probeContainer, takeAnswer } from './kubelet/prober.ts';
import { type NodeFileText, staticKey, staticKeys } from './kubelet/static-pod.ts';
import type { NodeAgent } from './node-agent.ts';
import { monitorNodes, renewLease } from './node-lifecycle/node-monitor.ts';
import type { Manifest } from './object/manifest.ts';
import { splitKey } from './object-key.ts';
import { reconcileHead } from './reconciliation.ts';
import { applyManifest, serveRequest, serveRequests, tell } from './request.ts';
import type { ClusterState, ClusterWorld } from './state.ts';
import { componentNamed } from './state.ts';
import { Transaction } from './transaction.ts';
import { deliverable } from './watch.ts';

/** Chain whose absence tells a kube-proxy that somebody flushed its rules. */
const CANARY = 'KUBE-PROXY-CANARY';

/** The component that a command is for, if it still lives the life that the command was meant for. */
function addressee(
  cluster: ClusterState,
  { component, epoch }: { component: number; epoch: number },
): Component | undefined {
  const found = cluster.components[component];
  return found?.running === true && found.epoch === epoch ? found : undefined;
}

/** Handlers for `Decider.decide`. */
export function clusterDecision<W extends ClusterWorld>(
  agent: NodeAgent<W>,
): Decider<W, ClusterCommand, ClusterEvent>['decide'] {
  const sync = (
    world: W,
    component: Component,
    at: number,
    state: number,
    emit: (event: ClusterEvent) => void,
  ): void => {
    const { store, config } = world.cluster;
    const revision = component.pending ? deliverable(world.cluster, component, at) : store.revision;
    const scope = syncScope(world.cluster, component, revision);
    const full = (state & SyncState.Full) !== 0 || scope.full || !config.proxy.profile.partialSync;
    const text = programChecksum(syncProgram(world, agent, component, revision, full));
    const bits = (state & SyncState.Regular) | (full ? SyncState.Full : 0);
    const { host } = component.node!;
    emit({ kind: Kind.ProxyRulesSynced, at, component: component.number, host, revision, state: bits, text });
  };
  const queue = (
    { cluster }: W,
    command: QueueKey | RetryKey,
    _draw: Draw,
    emit: (event: ClusterEvent) => void,
  ): void => {
    const component = addressee(cluster, command);
    if (component === undefined || component.queue.has(command.text)) return;
    emit({ kind: Kind.KeyQueued, at: command.at, component: component.number, text: command.text });
  };
  const probe = (
    { cluster }: W,
    command: ProbeContainer | RepeatProbe,
    _draw: Draw,
    emit: (event: ClusterEvent) => void,
  ): void => {
    const component = addressee(cluster, command);
    if (component !== undefined) probeContainer(cluster, component, command, emit);
  };
  return {
    [Command.ApplyObjects]: ({ cluster }, { at, text }, draw, emit) => {
      const transaction = new Transaction(cluster, OUTSIDE, at, draw, emit);
      for (const manifest of JSON.parse(text) as readonly Manifest[])
        tell(applyManifest(transaction, manifest), at, emit);
    },
    [Command.WriteObject]: ({ cluster }, command, draw, emit) =>
      serveRequest(new Transaction(cluster, OUTSIDE, command.at, draw, emit), command, emit),
    [Command.WriteObjects]: ({ cluster }, command, draw, emit) =>
      serveRequests(new Transaction(cluster, OUTSIDE, command.at, draw, emit), command, emit),
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
    [Command.QueueKey]: queue,
    [Command.RetryKey]: queue,
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
      const found = exitsOfCrash(cluster, text, at);
      if (found === undefined) return;
      for (const event of found.events) emit(event);
      if (!found.kubelet.running || found.kubelet.queue.has(text)) return;
      emit({ kind: Kind.KeyQueued, at, component: found.kubelet.number, text });
    },
    [Command.HangPod]: ({ cluster }, { at, text, hangs }, _draw, emit) => {
      const pod = cluster.store.get('Pod', ...splitKey(text));
      const kubelet = cluster.kubelets.get(pod?.spec.nodeName ?? '');
      const worker = kubelet?.workers.get(text);
      if (kubelet === undefined || worker?.sandbox === undefined) return;
      const { number, node } = kubelet;
      const ref = JSON.stringify(worker.ref);
      emit({ kind: Kind.PodHung, at, component: number, host: node!.host, hangs, text: ref });
    },
    [Command.WriteNodeFile]: ({ cluster }, { at, node, text }, _draw, emit) => {
      const kubelet = cluster.kubelets.get(node);
      if (kubelet === undefined) return;
      const before = staticKeys(kubelet);
      emit({ kind: Kind.NodeFileWritten, at, component: kubelet.number, host: kubelet.node!.host, text });
      if (!kubelet.running) return;
      const { manifest } = JSON.parse(text) as NodeFileText;
      const keys = new Set([...before, ...(manifest === undefined ? [] : [staticKey(manifest, node)])]);
      for (const key of keys) {
        if (kubelet.queue.has(key)) continue;
        emit({ kind: Kind.KeyQueued, at, component: kubelet.number, text: key });
      }
    },
    [Command.ProbeContainer]: probe,
    [Command.RepeatProbe]: probe,
    [Command.TakeProbeAnswer]: ({ cluster }, command, _draw, emit) => takeAnswer(cluster, command, emit),
    [Command.RenewLease]: (world, command, draw, emit) => {
      const component = addressee(world.cluster, command);
      if (component === undefined) return;
      const connected = agent.isConnected?.(world, component.node!.host) ?? true;
      renewLease(world.cluster, component, connected, command.at, draw, emit);
    },
    [Command.MonitorNodes]: ({ cluster }, command, draw, emit) => {
      const component = addressee(cluster, command);
      if (component !== undefined) monitorNodes(cluster, component, command.at, draw, emit);
    },
  };
}
