/**
 * A scenario running: the world, the engine that moves it, and what a caller may ask of both. Without a ledger it is what
 * `exec`, `trace` and tests use; `run` adds the ledger and the disk.
 */
import type { Observable } from 'rxjs';
import { UPKEEP_COMMANDS } from '../controllers/command.ts';
import type { Draw } from '../core/decider.ts';
import { Engine } from '../core/engine.ts';
import type { EventRows } from '../core/ledger.ts';
import { keyedDraw } from '../core/random.ts';
import { HOUR, SECOND } from '../core/time.ts';
import { NetCommandKind } from '../net/command.ts';
import { isProbe } from '../net/request.ts';
import { ContainerLogs } from './container-log/container-logs.ts';
import type { Scenario } from './scenario/scenario.ts';
import { RunCommandKind, type WorldCommand } from './world/command.ts';
import { worldDecider } from './world/decider.ts';
import type { WorldEvent } from './world/event.ts';
import { openWorld, type World } from './world/world.ts';

/** Commands that a caller may ask for in one go before it is taken for a fault of the program. */
const SLICE = 10_000;
/** Where a run without `until` ends at the latest. */
export const LATEST_END_NS = HOUR;

/** Commands that keep nothing alive: what goes on for ever, and what only tidies up. */
const IDLE_KINDS: ReadonlySet<number> = new Set([
  ...UPKEEP_COMMANDS,
  NetCommandKind.FireSocketTimer,
  NetCommandKind.FireOpeningTimer,
  NetCommandKind.ForgetSocket,
  NetCommandKind.SolicitNeighbour,
  NetCommandKind.FireLookupTimer,
  NetCommandKind.FireForwardTimer,
  NetCommandKind.ExpireLookup,
]);

export interface SimulationOptions {
  readonly ledger?: EventRows;
  /** Instead of the seed's own draws: replays on picks that were observed. */
  readonly draw?: Draw;
  /** What containers write is kept, for whoever asks for it. */
  readonly keepLogs?: boolean;
}

export class Simulation {
  readonly scenario: Scenario;
  readonly world: World;
  readonly engine: Engine<World, WorldCommand, WorldEvent>;
  readonly logs: ContainerLogs | undefined;

  constructor(scenario: Scenario, options: SimulationOptions = {}) {
    const { world, agent } = openWorld(scenario);
    this.scenario = scenario;
    this.world = world;
    this.engine = new Engine(
      worldDecider(scenario, agent),
      world,
      options.draw ?? keyedDraw(scenario.seed),
      options.ledger,
    );
    this.logs = options.keepLogs === true ? new ContainerLogs(world, scenario, this.engine.bus.events) : undefined;
    this.engine.bus.clock.agenda.tieOrder = scenario.ties;
    this.schedule({ kind: RunCommandKind.StartRun, at: 0 });
  }

  get nowNs(): number {
    return this.engine.nowNs;
  }

  get events(): Observable<WorldEvent> {
    return this.engine.bus.events;
  }

  /** @returns its sequence number */
  schedule(command: WorldCommand): number {
    return this.engine.bus.schedule(command);
  }

  /** Runs everything that falls due up to an instant, that included. */
  runUntil(atNs: number): void {
    while (this.engine.step(SLICE, atNs) === SLICE);
    if (atNs > this.nowNs) this.engine.bus.clock.advance(atNs);
  }

  /** Runs until `done` holds or nothing more is to come before `latestNs`. @returns whether it holds */
  runWhile(pending: () => boolean, latestNs = this.nowNs + 10 * 60 * SECOND): boolean {
    while (pending()) if (this.engine.step(1, latestNs) === 0) return false;
    return true;
  }

  /** Whether only upkeep is left to come, so that a run without `until` may end. */
  isIdle(): boolean {
    const { requests, packets, dns } = this.world.net;
    for (const { traffic } of requests.values()) if (!isProbe(traffic)) return false;
    if (packets.size > 0 || dns.lookups.size > 0) return false;
    return this.engine.bus.clock.agenda.list().every(({ item }) => this.#isIdle(item));
  }

  /** A time-out of a request that has ended, or of a probe, is nothing to wait for. */
  #isIdle(item: WorldCommand): boolean {
    if (item.kind !== NetCommandKind.ExpireRequest) return IDLE_KINDS.has(item.kind);
    const traffic = this.world.net.requests.get(item.flow)?.traffic;
    return traffic === undefined || isProbe(traffic);
  }

  /** @throws what an observer threw */
  check(): void {
    this.engine.check();
  }
}
