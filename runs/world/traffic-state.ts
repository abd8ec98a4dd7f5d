/**
 * Where each traffic row stands: what is fixed about it, and how many of its requests have begun.
 */
import type { Scenario } from '../scenario/scenario.ts';

export type TrafficRow = Scenario['traffic'][number];

export interface TrafficState {
  readonly rows: readonly TrafficRow[];
  /** Requests begun, by row. */
  readonly begun: number[];
}

export function traffics(scenario: Scenario): TrafficState {
  return { rows: scenario.traffic, begun: scenario.traffic.map(() => 0) };
}
