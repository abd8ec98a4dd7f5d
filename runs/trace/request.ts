/**
 * Traces a request: a scenario runs up to an instant, one request more is opened there, and its packets are followed
 * until it has ended. The ordinary traffic of the scenario goes on beside it.
 */

import { SECOND } from '../../core/time.ts';
import { NetEventKind } from '../../net/event.ts';
import { InputError } from '../input-error.ts';
import { checkEnds } from '../scenario/reference-check.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatOrigin, parseOrigin, parseTarget, type Target } from '../scenario/target.ts';
import { LATEST_END_NS, Simulation } from '../simulation.ts';
import { withDnsFor } from '../world/cluster-dns.ts';
import { RunCommandKind } from '../world/command.ts';
import { filledTarget, originHost, originPod, targetAddress } from '../world/endpoint.ts';
import { openingOf } from '../world/traffic.ts';
import { FlowRecord } from './flow-record.ts';
import { RuleSources } from './rule-source.ts';
import { storyOf } from './story.ts';
import type { Trace } from './trace.ts';

export interface TraceOptions {
  /** `host/NAME`, `node/NAME`, `pod/[NS/]NAME`, `deployment/[NS/]NAME`. */
  readonly from: string;
  /** URL, such as `http://web/`. */
  readonly to: string;
  /** Virtual instant in ns; absent: the scenario's end. */
  readonly at?: number;
  /** ns that the client waits; absent: as long as its kernel does. */
  readonly timeoutNs?: number;
}

/** No traffic row has this number: the traced request belongs to none. */
const NO_ROW = -1;
/** A request that hasn't ended this long after its start never will. */
const PATIENCE_NS = 600 * SECOND;
/** How long the rest of a connection is followed once the request has ended. */
const AFTERWARDS_NS = SECOND;

const PORTLESS = { headers: {}, connection: 'new' } as const;

/** @throws {InputError} when `from` or `to` can't be read, or nobody of that name runs at that instant */
export function traceRequest(scenario: Scenario, options: TraceOptions): Trace {
  const origin = parseOrigin(options.from);
  if (origin === undefined)
    throw new InputError(
      undefined,
      `--from ${options.from}: wanted is host/NAME, node/NAME, pod/[NAMESPACE/]NAME or deployment/[NAMESPACE/]NAME`,
    );
  const typed = readTarget(options.to);
  checkEnds(scenario, { text: options.from, origin }, typed);
  const simulation = new Simulation(withDnsFor(scenario, `curl ${options.to}`));
  if (options.at !== undefined) simulation.runUntil(options.at);
  else runToEnd(simulation);
  const { world } = simulation;
  const host = originHost(world, origin, 0);
  if (host === undefined)
    throw new InputError(undefined, `--from ${options.from}: there is no such ${origin.type} at this instant`);
  const record = new FlowRecord(world.net, new RuleSources(scenario));
  const asked = { from: formatOrigin(origin), to: options.to, seed: scenario.seed, scenario: scenario.name };
  const target = filledTarget(world, origin, 0, typed) ?? typed;
  const address = targetAddress(world, host, target);
  if (address === undefined && target.destination.type === 'pod')
    throw new InputError(undefined, `--to ${options.to}: there is no such pod at this instant`);
  if (address === undefined && target.destination.type !== 'name') return unresolved(simulation, asked);
  if (address !== undefined) world.net.addresses.intern(address);
  const row = {
    ...PORTLESS,
    to: target,
    sizeBytes: undefined,
    timeoutNs: options.timeoutNs,
    source: undefined,
    sourcePort: undefined,
  };
  const command = { kind: RunCommandKind.OpenRequest, at: simulation.nowNs, traffic: NO_ROW, number: 0 } as const;
  const subscription = simulation.events.subscribe((event) => {
    const begins = event.kind === NetEventKind.RequestStarted || event.kind === NetEventKind.LookupStarted;
    if (record.flow === 0 && begins && event.traffic === NO_ROW) record.flow = event.flow;
    record.take(event);
  });
  simulation.schedule(openingOf(world, row, command, host.id, originPod(world, origin, 0), address));
  simulation.runWhile(() => record.completed === undefined, simulation.nowNs + PATIENCE_NS);
  settle(simulation, record);
  subscription.unsubscribe();
  simulation.check();
  return storyOf(world.net, record, asked);
}

function readTarget(to: string): Target {
  const target = parseTarget(to);
  if (typeof target === 'string') throw new InputError(undefined, `--to ${to}: wanted is ${target}`);
  if (target.destination.type === 'variable')
    throw new InputError(undefined, `--to ${to}: variables are not filled in here`);
  if (!['http', 'tcp', 'udp', 'icmp'].includes(target.scheme))
    throw new InputError(undefined, `--to ${to}: ${target.scheme} is not modelled yet`);
  return target;
}

function runToEnd(simulation: Simulation): void {
  const { untilNs } = simulation.scenario;
  if (untilNs !== undefined) return simulation.runUntil(untilNs);
  while (!simulation.isIdle()) if (simulation.engine.step(500, LATEST_END_NS) < 500) break;
}

/** Lets the rest of the connection pass by: its FINs, and what is still on the wire. */
function settle(simulation: Simulation, record: FlowRecord): void {
  const until = simulation.nowNs + AFTERWARDS_NS;
  const { agenda } = simulation.engine.bus.clock;
  simulation.runWhile(() => record.isMoving || agenda.nextAt === simulation.nowNs, until);
}

function unresolved(
  simulation: Simulation,
  asked: { from: string; to: string; seed: string; scenario: string },
): Trace {
  return {
    request: { from: asked.from, to: asked.to, atNs: simulation.nowNs, flow: 0, protocol: '', tuple: '' },
    outcome: 'unresolved',
    status: null,
    server: null,
    hops: [],
    reply: [],
    summary: `The name in ${asked.to} leads nowhere from ${asked.from}: nothing was sent.`,
    tookNs: null,
    packetHops: null,
    ttlHops: null,
    others: [],
    seed: asked.seed,
    scenario: asked.scenario,
  };
}
