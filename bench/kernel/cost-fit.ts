/**
 * From what was measured to a cost model: a line through the middle of the rounds, how much it hangs on which rounds those
 * were, and how far it is off where it was not fitted.
 */
import type { Backend, Estimate, RuleCost } from '../../runs/cost/cost-model.ts';
import { median } from '../race.ts';
import { xorshift } from '../xorshift.ts';
import { fitLine, type Line } from './line-fit.ts';

/** One place of a rule set, by round: what its first packets took, and what they took without rules. */
export interface CostPoint {
  readonly services: number;
  /** Where the packet goes: `first`, `middle`, `last` service, or `none`. */
  readonly place: string;
  /** Rules that the model says the kernel looks at. */
  readonly examined: number;
  /** Median of the round's packets, in ns; as many rounds as there are in `bareNs`. */
  readonly tookNs: readonly number[];
  readonly bareNs: readonly number[];
}

/** The middle of what several rounds gave, with the lowest and the highest. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Times that rounds are drawn anew. */
const RESAMPLES = 400;
const SEED = 11;

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** What rules added: median over the rounds, each without its own baseline. */
export function addedNs(point: CostPoint): Spread {
  return spreadOf(point.tookNs.map((_, round) => addedIn(point, round)));
}

function addedIn({ tookNs, bareNs }: CostPoint, round: number): number {
  return tookNs[round]! - bareNs[round]!;
}

/**
 * @param points of equally many rounds
 * @param heldOut numbers of services that are kept back from the fit
 * @throws {RangeError} when the rest has not points enough for a line
 */
export function fitCost(backend: Backend, points: readonly CostPoint[], heldOut: readonly number[]): RuleCost {
  const isHeldOut = ({ services }: CostPoint): boolean => heldOut.includes(services);
  const fitted = points.filter((point) => !isHeldOut(point));
  const rounds = Array.from(fitted[0]?.tookNs ?? [], (_, round) => round);
  const line = lineOf(fitted, rounds);
  const draw = xorshift(SEED);
  const others = Array.from({ length: RESAMPLES }, () =>
    lineOf(
      fitted,
      rounds.map(() => draw() % rounds.length),
    ),
  );
  const predicted = ({ examined }: CostPoint): number => line.intercept + line.slope * examined;
  const tried = points.filter(isHeldOut);
  const errors = tried.map((point) => Math.abs(predictionError(predicted(point), point)));
  return {
    backend,
    perRuleNs: estimate(
      line.slope,
      others.map(({ slope }) => slope),
    ),
    constantNs: estimate(
      line.intercept,
      others.map(({ intercept }) => intercept),
    ),
    fittedServices: distinctServices(fitted),
    heldOutServices: distinctServices(tried),
    heldOutError: { median: median(errors), worst: Math.max(...errors) },
  };
}

/** How far a prediction is off, as a share of what was measured: above 0 when it says too much. */
export function predictionError(predictedNs: number, point: CostPoint): number {
  const measured = addedNs(point).median;
  return (predictedNs - measured) / measured;
}

/** Through the medians of some rounds; what counts is how far it is off as a share of the whole packet's time. */
function lineOf(points: readonly CostPoint[], rounds: readonly number[]): Line {
  return fitLine(
    points.map((point) => ({
      x: point.examined,
      y: median(rounds.map((round) => addedIn(point, round))),
      scale: median(rounds.map((round) => point.tookNs[round]!)),
    })),
  );
}

function estimate(value: number, others: readonly number[]): Estimate {
  const sorted = [...others].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { value, low: at(0.025), high: at(0.975) };
}

function distinctServices(points: readonly CostPoint[]): number[] {
  return [...new Set(points.map(({ services }) => services))];
}
