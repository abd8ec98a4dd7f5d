/**
 * Explains a flow of a recorded run: the ledger is folded, nothing is decided again, and the story is told as a live
 * trace tells it.
 */
import type { Kinded } from '../../core/decider.ts';
import { NetEventKind, type NetEventOf } from '../../net/event.ts';
import { Outcome } from '../../net/request.ts';
import { InputError } from '../input-error.ts';
import type { Decision } from '../ledger-file/decision.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatOrigin } from '../scenario/target.ts';
import { Simulation } from '../simulation.ts';
import type { WorldEvent } from '../world/event.ts';
import { FlowRecord } from './flow-record.ts';
import { RuleSources } from './rule-source.ts';
import { type Asked, storyOf } from './story.ts';
import type { Trace } from './trace.ts';

export interface ExplainOptions {
  /** Number of the flow; absent: that of `packet`, else the first request that failed, else the first. */
  readonly flow?: number | undefined;
  /** Number of the one packet to tell. */
  readonly packet?: number | undefined;
}

/**
 * @param scenario as read from the ledger's own inputs
 * @param decisions all of the ledger, from the first; called twice
 * @throws {InputError} when there is no such flow or packet
 */
export function explainFlow(
  scenario: Scenario,
  decisions: () => Iterable<Decision>,
  options: ExplainOptions = {},
): Trace {
  const flow = findFlow(decisions(), options);
  const simulation = new Simulation(scenario);
  const { net } = simulation.world;
  const record = new FlowRecord(net, new RuleSources(scenario), flow);
  const subscription = simulation.events.subscribe((event) => record.take(event));
  for (const { cause, events } of decisions()) {
    simulation.engine.fold(events as readonly WorldEvent[], cause);
    if (record.completed !== undefined && !record.isMoving && !hasSockets(simulation, flow)) break;
  }
  subscription.unsubscribe();
  simulation.check();
  return storyOf(net, record, askedFor(scenario, record), options.packet);
}

/** A connection is over once its sockets wait for nothing but forgetting. */
function hasSockets({ world }: Simulation, flow: number): boolean {
  for (const socket of world.net.sockets.values()) if (socket.flow === flow) return true;
  return false;
}

/** Who asked for what, as the scenario's traffic row says it. */
function askedFor(scenario: Scenario, { started, lookups }: FlowRecord): Asked {
  const row = scenario.traffic[(started ?? lookups.started)?.traffic ?? -1];
  return {
    from: row === undefined ? '' : formatOrigin(row.from),
    to: row?.to.text ?? '',
    seed: scenario.seed,
    scenario: scenario.name,
  };
}

type FlowEvent = Kinded & { readonly flow?: number; readonly packet?: number };

function findFlow(decisions: Iterable<Decision>, { flow, packet }: ExplainOptions): number {
  let last = 0;
  let lastPacket = 0;
  for (const { events } of decisions) {
    for (const event of events as readonly FlowEvent[]) {
      if (event.kind === NetEventKind.RequestStarted || event.kind === NetEventKind.LookupStarted) {
        last = event.flow!;
        if (packet === undefined && last === flow) return last;
        continue;
      }
      if (event.kind <= NetEventKind.PacketReleased) lastPacket = Math.max(lastPacket, event.packet ?? 0);
      if (packet !== undefined) {
        if (event.kind <= NetEventKind.PacketReleased && event.packet === packet) return ofFlow(event, flow, packet);
      } else if (flow === undefined && event.kind === NetEventKind.RequestCompleted) {
        const { outcome } = event as NetEventOf<'RequestCompleted'>;
        if (outcome !== Outcome.Answered) return event.flow!;
      }
    }
  }
  if (packet !== undefined)
    throw new InputError(undefined, `--packet ${packet}: this run has ${some(lastPacket, 'packet')}`);
  if (flow !== undefined || last === 0)
    throw new InputError(undefined, `--flow ${flow ?? 1}: this run has ${some(last, 'flow')}`);
  return 1;
}

function ofFlow(event: FlowEvent, flow: number | undefined, packet: number): number {
  if (flow !== undefined && flow !== event.flow)
    throw new InputError(undefined, `--packet ${packet}: it belongs to flow ${event.flow}, not to flow ${flow}`);
  return event.flow!;
}

function some(last: number, what: string): string {
  return last === 0 ? `no ${what}s` : last === 1 ? `${what} 1 alone` : `${what}s 1 to ${last}`;
}
