/**
 * To a run's end: its `until`, or for a run without one the instant when nothing but upkeep is left, at most an hour.
 */
import { SECOND } from '../core/time.ts';
import { LATEST_END_NS, type Simulation } from './simulation.ts';

/** Commands between two looks at the outside. */
const SLICE = 20_000;

/** Runs to the end, with a pause for the caller after each slice. */
export function* endingSteps(simulation: Simulation): Generator<void, void> {
  const { engine, scenario } = simulation;
  if (scenario.untilNs !== undefined) {
    while (engine.step(SLICE, scenario.untilNs) === SLICE) yield;
    return;
  }
  const { agenda } = engine.bus.clock;
  // Whether it has come to rest is looked at on whole seconds of virtual time, so that a run ends at the same instant
  // wherever it was taken up.
  for (let stopNs = 0; stopNs <= LATEST_END_NS; stopNs = Math.ceil(agenda.nextAt / SECOND) * SECOND) {
    while (engine.step(SLICE, stopNs) === SLICE) yield;
    if (simulation.isIdle()) return;
    yield;
  }
}

/** Runs to the end in one go; the clock then stands there. */
export function runToEnd(simulation: Simulation): void {
  for (const _ of endingSteps(simulation)) {
    // Nobody else waits for a turn.
  }
  simulation.runUntil(simulation.scenario.untilNs ?? simulation.nowNs);
}
