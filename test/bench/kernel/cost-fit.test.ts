/**
 * From measured places to a line: known lines with and without noise, what is held out, and the tables that tell it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addedNs, type CostPoint, fitCost, predictionError } from '../../../bench/kernel/cost-fit.ts';
import { fitLine } from '../../../bench/kernel/line-fit.ts';
import { xorshift } from '../../../bench/xorshift.ts';
import { isCostModel } from '../../../runs/cost/cost-model.ts';

const ROUNDS = 9;
const BARE_NS = 8_000;
const PLACES = [
  ['first', 0.001],
  ['middle', 0.5],
  ['last', 1],
] as const;

/** @param noise of a round's time, as a share of it, given services and round */
function points(
  perRuleNs: number,
  constantNs: number,
  noise: (services: number, round: number) => number = () => 0,
): CostPoint[] {
  return [100, 300, 1_000, 3_000, 10_000].flatMap((services) =>
    PLACES.map(([place, share]) => {
      const examined = 15 + Math.round(services * share);
      const tookNs = Array.from(
        { length: ROUNDS },
        (_, round) => (BARE_NS + constantNs + perRuleNs * examined) * (1 + noise(services, round)),
      );
      return { services, place, examined, tookNs, bareNs: tookNs.map(() => BARE_NS) };
    }),
  );
}

const test = suite('kernel cost fit');

test('fitLine() goes through two points, whatever their scales, and weighs deviations by them', () => {
  const two = [
    { x: 0, y: 1, scale: 1 },
    { x: 4, y: 9, scale: 50 },
  ];
  const through = fitLine(two);
  assert.ok(Math.abs(through.slope - 2) < 1e-12 && Math.abs(through.intercept - 1) < 1e-12);
  const level = fitLine([
    ...two.map((point) => ({ ...point, y: 1 })),
    { x: 0, y: 3, scale: 1 },
    { x: 4, y: 3, scale: 50 },
  ]);
  assert.ok(Math.abs(level.slope) < 1e-12 && Math.abs(level.intercept - 2) < 1e-12);
  const pulled = fitLine([
    { x: 0, y: 0, scale: 1 },
    { x: 1, y: 1, scale: 1 },
    { x: 1, y: 11, scale: 10 },
  ]);
  assert.ok(Math.abs(pulled.slope - 111 / 101) < 1e-12, 'the point at ten times the scale weighs a hundredth');
});

test('fitLine() refuses points at one place', () => {
  assert.throws(
    () =>
      fitLine([
        { x: 3, y: 1, scale: 1 },
        { x: 3, y: 2, scale: 1 },
      ]),
    /two places/,
  );
  assert.throws(() => fitLine([]), /two places/);
});

test('fitCost() finds the line that the points lie on, with an interval of no width and no error', () => {
  const cost = fitCost('iptables-legacy', points(6.5, 3_900), [300, 3_000]);
  for (const [{ value, low, high }, known] of [
    [cost.perRuleNs, 6.5],
    [cost.constantNs, 3_900],
  ] as const)
    for (const figure of [value, low, high]) assert.ok(Math.abs(figure - known) < 1e-6 * known);
  assert.equal(
    [cost.fittedServices, cost.heldOutServices],
    [
      [100, 1_000, 10_000],
      [300, 3_000],
    ],
  );
  assert.ok(cost.heldOutError.median <= cost.heldOutError.worst && cost.heldOutError.worst < 1e-9);
  assert.ok(isCostModel({ cpu: 'Abacus', kernel: 'linux 6.1', load: [0, 0], costs: [cost] }));
});

test('fitCost() has the known slope inside its interval under noise, and rounds far off do not move it', () => {
  const draw = xorshift(5);
  const noise = (_: number, round: number): number => (round < 2 ? 1.5 : 0.02 * (draw() / 2 ** 31 - 1));
  const { perRuleNs, constantNs } = fitCost('iptables-nft', points(19, 5_000, noise), [300]);
  assert.ok(perRuleNs.low < perRuleNs.high && perRuleNs.low <= 19 && 19 <= perRuleNs.high);
  assert.ok(Math.abs(perRuleNs.value - 19) < 0.4, `${perRuleNs.value}`);
  assert.ok(Math.abs(constantNs.value - 5_000) < 500, `${constantNs.value}`);
});

test('fitCost() tells how far it is off where it was not fitted, and is not moved by that', () => {
  const honest = fitCost('iptables-nft', points(19, 5_000), [300, 3_000]);
  const dear = points(19, 5_000).map((point) =>
    point.services === 3_000 ? { ...point, tookNs: point.tookNs.map((ns) => BARE_NS + 2 * (ns - BARE_NS)) } : point,
  );
  const cost = fitCost('iptables-nft', dear, [300, 3_000]);
  assert.equal(cost.perRuleNs, honest.perRuleNs);
  // Half of what was measured at one of the two sizes, right at the other.
  assert.ok(Math.abs(cost.heldOutError.worst - 0.5) < 1e-9);
  assert.ok(Math.abs(cost.heldOutError.median - 0.25) < 1e-9);
});

test('addedNs() takes each round’s own baseline off, predictionError() has the sign of saying too much', () => {
  const point = { services: 1, place: 'none', examined: 9, tookNs: [15, 30, 12], bareNs: [5, 21, 4] };
  assert.equal(addedNs(point), { median: 9, low: 8, high: 10 });
  assert.is(predictionError(18, point), 1);
  assert.is(predictionError(0, point), -1);
});

test.run();
