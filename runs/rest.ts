/**
 * To a run's end: its `until`, or for a run without one the instant when nothing but upkeep is left, at most an hour.
 */
import { LATEST_END_NS, type Simulation } from './simulation.ts';

/** Commands between two looks at the outside. */
const SLICE = 20_000;
/** Commands between two looks at whether the run has come to rest; its end, and so its ledger, depends on this. */
const RESTING_SLICE = 500;

/** Runs to the end, with a pause for the caller after each slice. */
export function* endingSteps(simulation: Simulation): Generator<void, void> {
  const { engine, scenario } = simulation;
  const openEnded = scenario.untilNs === undefined;
  const slice = openEnded ? RESTING_SLICE : SLICE;
  const endNs = scenario.untilNs ?? LATEST_END_NS;
  while (engine.step(slice, endNs) === slice && !(openEnded && simulation.isIdle())) yield;
}

/** Runs to the end in one go; the clock then stands there. */
export function runToEnd(simulation: Simulation): void {
  for (const _ of endingSteps(simulation)) {
    // Nobody else waits for a turn.
  }
  simulation.runUntil(simulation.scenario.untilNs ?? simulation.nowNs);
}
