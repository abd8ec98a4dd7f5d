/**
 * Random clusters: the generator, the shrinker and the coverage table by themselves, and so many clusters sent through
 * the kernel as the environment asks for.
 * @evidence kernel: Whole flows over every CNI: outcome, server, source and TTL seen, connections, packets and bytes of every rule
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { trafficFlows } from '../../../runs/verify/flow-choice.ts';
import type { RandomCluster } from '../../../runs/verify/random/cluster.ts';
import { drawCluster } from '../../../runs/verify/random/cluster-draw.ts';
import { coverageCell, existingCells } from '../../../runs/verify/random/coverage.ts';
import { documentOf, scenarioOf } from '../../../runs/verify/random/document.ts';
import { type RandomResult, verifyRandom } from '../../../runs/verify/random/random.ts';
import { randomTable, thinCells } from '../../../runs/verify/random/random-report.ts';
import { shrink, smaller } from '../../../runs/verify/random/shrink.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';

const { KUBEHOP_FULL } = process.env;
/** Clusters that are the same each time, and clusters that nobody has seen, whose seed is printed. */
const [FIXED, FRESH] = [KUBEHOP_FULL === '1' ? 200 : 40, 10];
const FIXED_SEED = '1';
const FLOWS = 12;

const test = suite('verify: random');

function sizeOf({ nodes, hosts, pods, services, rules, flows }: RandomCluster): number {
  return JSON.stringify([nodes, hosts, pods, services, rules, flows]).length;
}

test('drawCluster() draws the same cluster of the same seed, and another of another', () => {
  assert.equal(drawCluster('x:3', FLOWS), drawCluster('x:3', FLOWS));
  assert.not.equal(drawCluster('x:3', FLOWS), drawCluster('x:4', FLOWS));
});

test('documentOf() makes files that are a scenario, with every flow in it', () => {
  for (let i = 0; i < 25; i++) {
    const cluster = drawCluster(`files:${i}`, FLOWS);
    const scenario = scenarioOf(cluster, 'cluster');
    assert.is(scenario.traffic.length, FLOWS);
    assert.is(scenario.nodes.length, cluster.nodes.length);
    assert.is(
      documentOf(cluster, 'cluster').length,
      1 + Object.keys(cluster.rules).length + Object.keys(cluster.ipsets).length,
    );
  }
});

test('coverageCell() puts every flow of random clusters into a cell that exists', () => {
  const known = new Set(existingCells());
  const met = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const cluster = drawCluster(`cells:${i}`, FLOWS);
    const flows = trafficFlows(scenarioOf(cluster, 'cluster'), 1, (net, state, from, asked) =>
      coverageCell(net, state, cluster.cni, from, asked),
    );
    for (const { cell } of flows) {
      assert.ok(known.has(cell), cell);
      met.add(cell);
    }
  }
  assert.ok(met.size > 40, String(met.size));
});

test('thinCells() names the cells that stay under a number, those without a flow too', () => {
  const [first, second] = existingCells() as [string, string];
  const thin = new Map(thinCells({ [first]: 3, [second]: 1 }, 2));
  assert.is(thin.has(first), false);
  assert.is(thin.get(second), 1);
  assert.is(thin.size, existingCells().length - 1);
});

test('smaller() yields clusters that are smaller or plainer, never the same', () => {
  const cluster = drawCluster('smaller:1', FLOWS);
  let count = 0;
  for (const one of smaller(cluster)) {
    assert.ok(sizeOf(one) <= sizeOf(cluster) || one.nodes === cluster.nodes);
    assert.not.equal(one, cluster);
    count++;
  }
  assert.ok(count > FLOWS);
});

test('shrink() keeps nothing that the disagreement does not need', async () => {
  const whole = drawCluster('shrink:2', FLOWS);
  const wanted = whole.flows[5]!;
  const { cluster, shown } = await shrink(
    whole,
    'whole',
    async ({ flows }) =>
      flows.some(({ from, to }) => from === wanted.from && to === wanted.to) ? 'smaller' : undefined,
    500,
  );
  assert.is(shown, 'smaller');
  assert.is(cluster.flows.length, 1);
  assert.equal(cluster.rules, {});
  assert.equal(cluster.services, []);
  assert.ok(cluster.pods.length <= 2);
});

test('shrink() stops after as many trials as it may make', async () => {
  const { trials } = await shrink(drawCluster('shrink:3', FLOWS), 0, async () => 1, 7);
  assert.is(trials, 7);
});

test('randomTable() shows both stories and the command that repeats the cluster', () => {
  const told = {
    server: '',
    peer: undefined,
    ttl: 0,
    status: 0,
    sourcePort: 1,
    rules: [],
    conntrack: [],
    rejection: undefined,
  };
  const result: RandomResult = {
    seed: 's',
    scenarios: 1,
    flows: 1,
    cells: {},
    notices: [],
    differences: [],
    disagreements: [
      {
        seed: 's:4',
        files: [{ name: 'a.yaml', text: 'kind: Pod\n' }],
        differences: [
          {
            scenario: 'a',
            flow: 'flow-1',
            at: 0,
            from: 'node1',
            to: 'tcp://192.0.2.1:80',
            lines: ['outcome: model refused, kernel timeout'],
            stories: { model: { ...told, outcome: 'refused' }, kernel: { ...told, outcome: 'timeout' } },
          },
        ],
      },
    ],
    unsteady: [
      {
        seed: 's:7',
        differences: [
          { scenario: 'b', flow: 'flow-2', at: 0, from: 'node2', to: 'udp://192.0.2.2:53', lines: ['late'] },
        ],
      },
    ],
  };
  const table = randomTable(result, 1);
  assert.match(table, /^kind: Pod$/m);
  assert.match(table, /outcome: refused +\|/);
  assert.match(table, /\| outcome: timeout/);
  assert.match(table, /kubehop verify --random 1 --seed s:4/);
  assert.match(table, /seed s:7 differed, but .*\n {2}flow-2: node2 → udp:\/\/192\.0\.2\.2:53\n {4}late/);
});

const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP random clusters on the kernel: ${missing}`);
else {
  const hold = async (clusters: number, seed: string): Promise<void> => {
    const result = await verifyRandom({ clusters, seed });
    assert.is(result.scenarios, clusters);
    assert.ok(result.flows >= 10 * clusters);
    for (const { seed: once } of result.unsteady) console.log(`Differed, and agreed three times: ${once}`);
    assert.ok(result.differences.length === 0, randomTable(result, clusters));
    assert.ok(result.unsteady.length <= clusters / 10, randomTable(result, clusters));
  };

  test(`verifyRandom() finds no difference in ${FIXED} clusters of seed ${FIXED_SEED}`, () => hold(FIXED, FIXED_SEED));

  if (FRESH > 0) {
    const fresh = String(Date.now() % 1_000_000_007);
    console.log(`Fresh clusters: kubehop verify --random ${FRESH} --seed ${fresh}`);
    test(`verifyRandom() finds no difference in ${FRESH} clusters that nobody has seen`, () => hold(FRESH, fresh));
  }
}

test.run();
