/**
 * What an entry of the timeline does: objects applied, a command typed, a fault. Carried out at its instant, by the
 * deciders of the layers that it concerns.
 */
import { type ClusterCommand, ClusterCommandKind } from '../../controllers/command.ts';
import { CONTROLLER_MANAGER } from '../../controllers/component.ts';
import type { Draw } from '../../core/decider.ts';
import { type NetCommand, NetCommandKind } from '../../net/command.ts';
import { TcpFlag } from '../../net/packet.ts';
import { deferredLine } from '../exec/deferred.ts';
import { placeNamed } from '../exec/place.ts';
import { InputError } from '../input-error.ts';
import type { TimelineAction } from '../scenario/scenario.ts';
import type { Fault } from '../scenario/schema/timeline.ts';
import { formatOrigin } from '../scenario/target.ts';
import type { World } from './world.ts';

export interface Action {
  readonly commands: readonly (NetCommand | ClusterCommand)[];
  readonly exitCode: number;
  /** What the command said, if it was one. */
  readonly text: string;
}

const DONE = { exitCode: 0, text: '' };
const HOST_STATES: Readonly<Record<string, number>> = { down: 0, up: 1, partitioned: 2 };
const FLAGS: Readonly<Record<string, number>> = {
  FIN: TcpFlag.Fin,
  SYN: TcpFlag.Syn,
  RST: TcpFlag.Rst,
  PSH: TcpFlag.Psh,
  ACK: TcpFlag.Ack,
  URG: TcpFlag.Urg,
};

/** What an entry comes to at this instant. */
export function actionOf(world: World, entry: TimelineAction, at: number, _draw: Draw): Action {
  if (entry.applied.length > 0) {
    const text = JSON.stringify(entry.applied.map(({ object }) => object));
    return { ...DONE, commands: [{ kind: ClusterCommandKind.ApplyObjects, at, text }] };
  }
  if (entry.fault !== undefined) return { ...DONE, commands: faultOf(world, entry.fault, at) };
  if (entry.kubectl !== undefined) return typed(world, undefined, `kubectl ${entry.kubectl}`, at);
  return typed(world, entry.on, entry.run!, at);
}

/** A line typed on a machine or in a pod; kubectl is at hand on any. */
function typed(world: World, on: TimelineAction['on'], line: string, at: number): Action {
  try {
    return deferredLine(world, on === undefined ? undefined : placeNamed(world, formatOrigin(on)), line, at);
  } catch (error) {
    // Nobody can type on a machine that is down, or in a pod that has gone.
    if (!(error instanceof InputError)) throw error;
    return { commands: [], exitCode: 1, text: `${error.reason}\n` };
  }
}

function faultOf({ net, cluster }: World, fault: Fault, at: number): (NetCommand | ClusterCommand)[] {
  switch (fault.type) {
    case 'node': {
      const machine: NetCommand = {
        kind: NetCommandKind.SetHost,
        at,
        host: net.hostNamed(fault.node)!.id,
        state: HOST_STATES[fault.state]!,
      };
      // What runs on a machine stops and starts with it. Cut off, its pods and rules go on as they are: nobody there hears
      // of anything new, and nobody hears of them.
      const kind = fault.state !== 'up' ? ClusterCommandKind.StopComponent : ClusterCommandKind.StartComponent;
      return [machine, ...['kubelet', 'kube-proxy'].map((name) => ({ kind, at, text: `${name}@${fault.node}` }))];
    }
    case 'component': {
      const kind = fault.state === 'stopped' ? ClusterCommandKind.StopComponent : ClusterCommandKind.StartComponent;
      return componentsOf(cluster, fault.component, fault.node).map((text) => ({ kind, at, text }));
    }
    case 'pod': {
      const text = `${fault.namespace}/${fault.pod}`;
      if (fault.state === 'crash') return [{ kind: ClusterCommandKind.CrashPod, at, text }];
      return [{ kind: ClusterCommandKind.HangPod, at, text, hangs: fault.state === 'hang' ? 1 : 0 }];
    }
    case 'link':
      return linkBetween(net, fault.between).map((link) => ({
        kind: NetCommandKind.SetLink,
        at,
        link: link.id,
        up: fault.state === undefined ? link.up : fault.state === 'up',
        delayNs: fault.delayNs ?? link.delayNs,
        lossRatio: fault.loss ?? link.lossRatio,
      }));
    case 'drop': {
      const flags = fault.flags.reduce((bits, name) => bits | (FLAGS[name] ?? 0), 0);
      const named = (name: string): number =>
        net.hostNamed(
          name
            .replace(/^(host|node)\//, '')
            .replace(/^pod\/(?!.*\/)/, 'default/')
            .replace(/^pod\//, ''),
        )?.id ?? 0;
      return [
        { kind: NetCommandKind.ArmFault, at, from: named(fault.from), to: named(fault.to), flags, count: fault.count },
      ];
    }
    default:
      return [];
  }
}

/** Names of the components that a fault means: without a node, those of all nodes. */
function componentsOf({ components }: World['cluster'], component: string, node: string | undefined): string[] {
  const meant = components.filter(({ kind, node: own }) =>
    component === 'controller-manager'
      ? CONTROLLER_MANAGER.has(kind)
      : kind === component && (node === undefined || own?.name === node),
  );
  return meant.map(({ name }) => name);
}

/** The links that both machines have an end of. */
function linkBetween(net: World['net'], [a, b]: readonly [string, string]) {
  const ids = [a, b].map((name) => net.hostNamed(name)?.id ?? 0);
  return net.links.filter(
    (link) => link !== undefined && ids.every((id) => link.ends.some((end) => net.interface(end).host === id)),
  ) as NonNullable<(typeof net.links)[number]>[];
}
