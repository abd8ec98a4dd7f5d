/** A node more costs little: nodes share rule sets, programs and routes, and are told of a change once. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LargeClusterOptions, largeCluster } from '../../bench/large-cluster.ts';
import { ClusterEventKind } from '../../controllers/event.ts';
import { NetEventKind } from '../../net/event.ts';
import { isFresh } from '../../net/netfilter/counters.ts';
import { TableId } from '../../net/netfilter/hook.ts';
import { Outcome } from '../../net/request.ts';
import { runToEnd } from '../../runs/rest.ts';
import { readScenario } from '../../runs/scenario/read.ts';
import { Simulation } from '../../runs/simulation.ts';

const test = suite('scale');

const FULL = process.env['KUBEHOP_FULL'] === '1';
const GIBIBYTE = 1 << 30;

function large(options: LargeClusterOptions, more = '') {
  const text = largeCluster(options).replace('"items":[', `"items":[${more}`);
  const simulation = new Simulation(
    readScenario([{ name: 'large.yaml', text }], {
      open: () => {
        throw new Error('Nothing else is read');
      },
    }),
  );
  let deliveries = 0;
  let syncs = 0;
  let answered = 0;
  const { components } = simulation.world.cluster;
  simulation.events.subscribe((event) => {
    if (event.kind === ClusterEventKind.ProxyRulesSynced) syncs++;
    if (event.kind === ClusterEventKind.WatchDelivered && components[event.component]!.runner !== undefined)
      deliveries++;
    if (event.kind === NetEventKind.RequestCompleted && event.outcome === Outcome.Answered) answered++;
  });
  runToEnd(simulation);
  const { net } = simulation.world;
  const nodes = net.hosts.filter((host) => host?.role === 'node').map((host) => host!);
  return { nodes, deliveries, syncs, answered };
}

test('all nodes share one nat table, and only those that a packet came through count', () => {
  const { nodes, deliveries, syncs, answered } = large({ nodes: 40, pods: 160, services: 20, connections: 50 });
  assert.is(answered, 50);
  assert.is(nodes.length, 40);
  assert.is(new Set(nodes.map(({ ruleset }) => ruleset.table(TableId.Nat))).size, 1);
  assert.is(new Set(nodes.map(({ natRanges }) => natRanges)).size, 1);
  const counting = nodes.filter(({ counters }) => !isFresh(counters));
  assert.ok(counting.length > 0 && counting.length < nodes.length, `${counting.length} nodes count`);
  // Each sync but the first of a node was asked for by one delivery; 160 pods that come up tell nobody more.
  assert.ok(deliveries >= syncs - nodes.length && deliveries < 2 * syncs, `${deliveries} deliveries, ${syncs} syncs`);
  assert.ok(syncs < 12 * nodes.length, `${syncs} syncs of ${nodes.length} nodes`);
});

test('a Local policy sets apart the nodes that have an endpoint, and no others', () => {
  const local = { type: 'NodePort', externalTrafficPolicy: 'Local', selector: { app: 'app1' }, ports: [{ port: 80 }] };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'local' }, spec: local };
  const { nodes } = large({ nodes: 20, pods: 23, services: 4, connections: 0 }, `${JSON.stringify(service)},`);
  const byTable = new Map<unknown, number>();
  for (const { ruleset } of nodes) {
    const table = ruleset.table(TableId.Nat);
    byTable.set(table, (byTable.get(table) ?? 0) + 1);
  }
  assert.equal(
    [...byTable.values()].sort((a, b) => b - a),
    [19, 1],
  );
});

if (FULL) {
  test('5,000 nodes, 150,000 pods and 10,000 services converge, change and answer 200,000 connections in 8 GiB', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubehop-scale-'));
    try {
      const file = join(folder, 'large.yaml');
      writeFileSync(file, largeCluster({ nodes: 5_000, pods: 150_000, services: 10_000, connections: 200_000 }));
      const peak = join(folder, 'peak.mjs');
      writeFileSync(
        peak,
        "process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS * 1024));",
      );
      const main = 'dist/bundle/main.js';
      const args = ['--max-old-space-size=7168', '--import', peak, main, 'run', file, '--out', folder, '-o', 'json'];
      const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
      assert.is(child.status, 0, child.stderr.slice(-2_000));
      const { traffic } = JSON.parse(child.stdout) as { traffic: { answered: number }[] };
      const peakBytes = Number(/PEAK (\d+)/.exec(child.stderr)![1]);
      assert.is(
        traffic.reduce((sum, row) => sum + row.answered, 0),
        200_000,
      );
      assert.ok(peakBytes < 8 * GIBIBYTE, `${(peakBytes / GIBIBYTE).toFixed(1)} GiB`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
