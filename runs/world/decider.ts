/**
 * The whole world as one decider: the network's tables, the control plane's, and the run's own.
 */
import type { ContainerNetwork } from '../../controllers/cni/container-network.ts';
import { ClusterCommandKind } from '../../controllers/command.ts';
import { clusterDecider, planCanary } from '../../controllers/decider.ts';
import { type ClusterEvent, ClusterEventKind, type ClusterEventOf } from '../../controllers/event.ts';
import type { Decide, Decider, Draw, Evolve, Plan } from '../../core/decider.ts';
import { netDecide, netEvolve, netPlan, netPlane, netRank } from '../../net/decider.ts';
import { NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import { unsettling } from '../../net/unsettling.ts';
import { AFTER_LOOKUP } from '../../net/workload/client.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { actionOf } from './action.ts';
import { closeApiPort, openApiPort } from './api-port.ts';
import { dnsDeployment, hasClusterDns } from './cluster-dns.ts';
import { RunCommandKind as C, type WorldCommand } from './command.ts';
import { RunEventKind as E, type WorldEvent } from './event.ts';
import { nodeManifests } from './node-manifest.ts';
import { planExit, planHung, planProbeEnded, planProbeSent } from './probe.ts';
import { planSynced } from './stale-connection.ts';
import { openRequest, planBegun, planEnded } from './traffic.ts';
import type { World } from './world.ts';

type Schedule = (command: WorldCommand) => void;
type Emit = (event: WorldEvent) => void;

type DecideTable = Readonly<Record<number, Decide<World, never, WorldEvent>>>;
type EvolveTable = Readonly<Record<number, Evolve<World, never>>>;
type PlanTable = Readonly<Record<number, Plan<World, WorldCommand, never>>>;

export function worldDecider(scenario: Scenario, agent: ContainerNetwork): Decider<World, WorldCommand, WorldEvent> {
  const cluster = clusterDecider<World>(agent);
  const decide = {
    ...netDecide,
    ...cluster.decide,
    [C.StartRun]: (_world: World, { at }: { at: number }, _draw: Draw, emit: Emit) =>
      emit({ kind: E.RunStarted, at, text: scenario.name }),
    [C.TakeAction]: (world: World, { at, entry }: { at: number; entry: number }, draw: Draw, emit: Emit) => {
      const { commands, exitCode, text } = actionOf(world, scenario.timeline[entry]!, at, draw);
      emit({ kind: E.ActionTaken, at, entry, exitCode, text });
      for (const command of commands)
        (decide as unknown as DecideTable)[command.kind]!(world, command as never, draw, emit);
    },
    [C.OpenRequest]: openRequest,
  };
  const clusterEvolve = {
    ...cluster.evolve,
    [ClusterEventKind.ObjectWritten]: (world: World, event: ClusterEvent) => {
      (cluster.evolve as unknown as EvolveTable)[event.kind]!(world, event as never);
      knowAddresses(world, event);
    },
    [ClusterEventKind.ComponentStopped]: (world: World, event: ClusterEventOf<'ComponentStopped'>) => {
      (cluster.evolve as unknown as EvolveTable)[event.kind]!(world, event as never);
      const api = apiHost(world, event.component);
      if (api !== undefined) closeApiPort(api);
    },
    [ClusterEventKind.ComponentStarted]: (world: World, event: ClusterEventOf<'ComponentStarted'>) => {
      (cluster.evolve as unknown as EvolveTable)[event.kind]!(world, event as never);
      const api = apiHost(world, event.component);
      if (api !== undefined) openApiPort(api);
    },
  };
  const evolve = {
    ...netEvolve,
    ...unsettling<World>(clusterEvolve as unknown as EvolveTable),
    [E.RunStarted]: () => {},
    [E.ActionTaken]: () => {},
    [E.ArrivalDrawn]: () => {},
    [E.RequestFailed]: ({ traffic }: World, event: { traffic: number }) => {
      traffic.begun[event.traffic]!++;
    },
  };
  const inherited = { ...netPlan, ...cluster.plan } as unknown as PlanTable;
  const plan = {
    ...inherited,
    [E.RunStarted]: (_world: World, { at }: { at: number }, schedule: Schedule) => begin(scenario, at, schedule),
    [E.ArrivalDrawn]: (
      _world: World,
      { traffic, number, nextAt }: { traffic: number; number: number; nextAt: number },
      schedule: Schedule,
    ) => schedule({ kind: C.OpenRequest, at: nextAt, traffic, number }),
    [E.RequestFailed]: (
      world: World,
      { at, traffic, number }: { at: number; traffic: number; number: number },
      schedule: Schedule,
    ) => {
      planBegun(world, traffic, number, schedule);
      planEnded(world, at, traffic, number, schedule);
    },
    [NetEventKind.RequestStarted]: (
      world: World,
      event: { traffic: number; number: number; keep: number },
      schedule: Schedule,
    ) => {
      inherited[NetEventKind.RequestStarted]!(world, event as never, schedule);
      if ((event.keep & AFTER_LOOKUP) === 0) planBegun(world, event.traffic, event.number, schedule);
    },
    [NetEventKind.LookupStarted]: (world: World, event: { traffic: number; number: number }, schedule: Schedule) => {
      inherited[NetEventKind.LookupStarted]!(world, event as never, schedule);
      planBegun(world, event.traffic, event.number, schedule);
    },
    [NetEventKind.RequestCompleted]: (
      world: World,
      event: { at: number; traffic: number; number: number },
      schedule: Schedule,
    ) => {
      inherited[NetEventKind.RequestCompleted]!(world, event as never, schedule);
      planProbeEnded(world, event as NetEventOf<'RequestCompleted'>, schedule);
      planEnded(world, event.at, event.traffic, event.number, schedule);
    },
    [ClusterEventKind.ProbeSent]: planProbeSent,
    [ClusterEventKind.ContainersExited]: (
      world: World,
      event: ClusterEventOf<'ContainersExited'>,
      schedule: Schedule,
    ) => {
      inherited[ClusterEventKind.ContainersExited]!(world, event as never, schedule);
      planExit(world, event, schedule);
    },
    [ClusterEventKind.PodHung]: planHung,
    [ClusterEventKind.ProxyRulesSynced]: (
      world: World,
      event: ClusterEventOf<'ProxyRulesSynced'>,
      schedule: Schedule,
    ) => {
      inherited[ClusterEventKind.ProxyRulesSynced]!(world, event as never, schedule);
      planSynced(world, event, schedule);
    },
    [NetEventKind.RulesEdited]: (world: World, { host, at }: { host: number; at: number }, schedule: Schedule) =>
      planCanary(world.cluster, host, at, schedule),
  };
  return {
    decide,
    evolve,
    plan,
    rank: { ...netRank, ...cluster.rank, [C.StartRun]: 0, [C.TakeAction]: 5, [C.OpenRequest]: 60 },
    plane: {
      ...netPlane,
      ...cluster.plane,
      [C.StartRun]: 'workload',
      [C.TakeAction]: 'workload',
      [C.OpenRequest]: 'workload',
    },
  } as unknown as Decider<World, WorldCommand, WorldEvent>;
}

/** The machine that the API server runs on, if it is the component of that number. */
function apiHost({ net, cluster }: World, component: number): Host | undefined {
  const first = cluster.config.nodes[0];
  return first === undefined || cluster.apiServer.number !== component ? undefined : net.host(first.host);
}

/** Everything that stands on the agenda from the start. */
function begin(scenario: Scenario, at: number, schedule: Schedule): void {
  const dns = hasClusterDns(scenario) ? [dnsDeployment()] : [];
  const objects = [...nodeManifests(scenario), ...scenario.objects.map(({ object }) => object), ...dns];
  schedule({ kind: ClusterCommandKind.ApplyObjects, at, text: JSON.stringify(objects) });
  schedule({ kind: ClusterCommandKind.StartComponent, at, text: '*' });
  for (const [entry, { atNs }] of scenario.timeline.entries()) schedule({ kind: C.TakeAction, at: atNs, entry });
  for (const [traffic, { atNs }] of scenario.traffic.entries())
    schedule({ kind: C.OpenRequest, at: atNs, traffic, number: 0 });
}

/** Addresses that an object brings into the world: decisions name them by handle and make none. */
function knowAddresses({ net }: World, event: ClusterEvent): void {
  if (event.kind !== ClusterEventKind.ObjectWritten || !event.text.includes('"kind":"Service"')) return;
  const { kind, spec } = JSON.parse(event.text) as {
    kind: string;
    spec?: { clusterIPs?: string[]; clusterIP?: string; externalIPs?: string[] };
  };
  if (kind !== 'Service') return;
  for (const address of [spec?.clusterIP, ...(spec?.clusterIPs ?? []), ...(spec?.externalIPs ?? [])])
    if (address && address !== 'None') net.addresses.intern(address);
}
