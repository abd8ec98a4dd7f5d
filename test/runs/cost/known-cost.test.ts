/**
 * Which cost model predictions are made by, what they say, and what shipped with the program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keepBench } from '../../../runs/archive/bench-catalogue.ts';
import { type CostModel, isCostModel, predictedNs, type RuleCost } from '../../../runs/cost/cost-model.ts';
import { costSource, costText } from '../../../runs/cost/cost-text.ts';
import { knownCost } from '../../../runs/cost/known-cost.ts';
import { SHIPPED_COST } from '../../../runs/cost/shipped-cost.ts';

const test = suite<{ out: string }>('known cost');

const estimate = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });

function cost(backend: RuleCost['backend'], perRuleNs: number): RuleCost {
  return {
    backend,
    perRuleNs: estimate(perRuleNs),
    constantNs: estimate(4_000),
    fittedServices: [100, 1_000],
    heldOutServices: [300],
    heldOutError: { median: 0.02, worst: 0.05 },
  };
}

function model(cpu: string): CostModel {
  const costs = [cost('iptables-legacy', 6), cost('iptables-nft', 20)];
  return { cpu, kernel: 'linux 6.1.0-7-amd64', load: [0.5, 1], costs };
}

test.before.each((context) => {
  context.out = mkdtempSync(join(tmpdir(), 'kubehop-known-cost-'));
});

test.after.each(({ out }) => {
  rmSync(out, { recursive: true });
});

test('knownCost() is the newest that was kept with a model, quick ones and others left aside', ({ out }) => {
  const page = (): string => '';
  keepBench(out, { scale: 'usual', costModel: model('older') }, page);
  keepBench(out, { scale: 'usual', costModel: model('newer') }, page);
  keepBench(out, { scale: 'quick', costModel: model('quick') }, page);
  keepBench(out, { scale: 'full' }, page);
  keepBench(out, { scale: 'full', costModel: { cpu: 'broken', kernel: '', costs: [{}] } }, page);
  keepBench(out, null, page);
  const known = knownCost(out);
  assert.equal([known.model.cpu, known.shipped], ['newer', false]);
  assert.match(known.day, /^\d{4}-\d\d-\d\d$/);
});

test('knownCost() is what shipped where nothing was measured, and that says its machine', ({ out }) => {
  const known = knownCost(out);
  assert.is(known.model, SHIPPED_COST);
  assert.ok(known.shipped && isCostModel(SHIPPED_COST));
  assert.match(costSource(known), `shipped figures (${SHIPPED_COST.cpu}, Linux `);
});

test('predictedNs() takes the constant once a host, costText() says it with its source', () => {
  const own = model('Abacus');
  assert.is(predictedNs(own.costs[1]!, { rules: 5_000, hosts: 2 }), 108_000);
  const known = { model: own, day: '2026-01-02', shipped: false };
  assert.is(
    costText({ rules: 5_000, hosts: 2 }, known),
    'first packet: 5,000 rules examined ≈ +38us iptables-legacy, +108us iptables-nft',
  );
  assert.is(costSource(known), 'bench --kernel of 2026-01-02: Abacus, Linux 6.1');
});

test('costText() says nothing where no rule was looked at', ({ out }) => {
  assert.is(costText({ rules: 0, hosts: 0 }, knownCost(out)), undefined);
  assert.is(costText(undefined, knownCost(out)), undefined);
});

test.run();
