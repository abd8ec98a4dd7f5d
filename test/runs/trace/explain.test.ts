/**
 * A flow explained out of its ledger file is the flow that ran.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../runs/input-error.ts';
import { type Decision, decisions } from '../../../runs/ledger-file/decision.ts';
import { LedgerReader } from '../../../runs/ledger-file/reader.ts';
import { recordRun } from '../../../runs/run.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';
import { explainFlow } from '../../../runs/trace/explain.ts';
import { FlowRecord } from '../../../runs/trace/flow-record.ts';
import { RuleSources } from '../../../runs/trace/rule-source.ts';
import { storyOf } from '../../../runs/trace/story.ts';
import { traceTable } from '../../../runs/trace/table.ts';
import type { Trace } from '../../../runs/trace/trace.ts';
import { worldCodec } from '../../../runs/world/event.ts';
import { deployment, pod, scenario, service } from '../behaviour/stage.ts';

const test = suite('explain');

const SCENARIO = scenario(
  deployment('web', 2) + service('web', 'web') + service('empty', 'nobody') + pod('client', 'node1'),
  `until: 20s
nodes: 2
kubernetes: { cni: overlay }
timeline: [{ at: 12s, kubectl: scale deployment/web --replicas=1 }]
traffic:
  - { name: good, at: 5s, from: pod/client, to: "http://web/", requests: 40, rate: 4/s }
  - { name: bad, at: 6s, from: pod/client, to: "http://empty/", requests: 2, rate: 1/s }`,
);

const folder = mkdtempSync(join(tmpdir(), 'kubehop-'));
const path = join(folder, 'ledger.arrow');

/** Runs it with a record of one flow beside the ledger. */
async function record(from: Scenario, flow: number): Promise<Trace> {
  let live: FlowRecord | undefined;
  const { simulation } = await recordRun(from, {
    ledgerPath: path,
    header: { files: [], sets: [], seed: from.seed, profile: 'current', toolVersion: '0', settings: {} },
    observe: ({ world, events }) => {
      const own = new FlowRecord(world.net, new RuleSources(from), flow);
      live = own;
      events.subscribe((event) => own.take(event));
    },
  });
  return storyOf(simulation.world.net, live!, {
    from: 'pod/client',
    to: from.traffic[live!.started!.traffic]!.to.text,
    seed: from.seed,
    scenario: from.name,
  });
}

const recorded = (): Iterable<Decision> => decisions(new LedgerReader(path, worldCodec).batches(), worldCodec);

const live = await record(SCENARIO, 30);
test.after(() => rmSync(folder, { recursive: true }));

test('explainFlow() tells a flow of the file as it was told while it ran', () => {
  const explained = explainFlow(SCENARIO, recorded, { flow: 30 });
  assert.is(explained.request.flow, 30);
  assert.ok(explained.hops.length > 20);
  assert.is(traceTable(explained), traceTable(live));
  assert.equal(explained, live);
});

test('explainFlow() tells rules as they were then, not as they are at the end', () => {
  const first = explainFlow(SCENARIO, recorded, { flow: 1 });
  const chances = first.hops.filter(({ rule }) => rule?.includes('KUBE-SEP') && rule.includes('KUBE-SVC'));
  assert.is(chances.length, 1);
  assert.ok(first.hops.some(({ chain, examined }) => chain?.startsWith('KUBE-SVC') && examined !== undefined));
});

test('explainFlow() begins with the first request that failed', () => {
  const explained = explainFlow(SCENARIO, recorded);
  assert.is(explained.outcome, 'refused');
  assert.equal([explained.request.from, explained.request.to], ['pod/client', 'http://empty/']);
});

test('explainFlow() tells one packet alone', () => {
  const { others } = explainFlow(SCENARIO, recorded, { flow: 1 });
  const fin = others.find(({ label }) => label === 'FIN ACK')!;
  const explained = explainFlow(SCENARIO, recorded, { packet: fin.packet });
  assert.is(explained.request.flow, 1);
  assert.equal(explained.reply, []);
  assert.equal(explained.hops, fin.steps);
});

test('explainFlow() says which flows and packets there are', () => {
  for (const [options, line] of [
    [{ flow: 99 }, '--flow 99: this run has flows 1 to 42'],
    [{ packet: 1_000_000 }, /^--packet 1000000: this run has packets 1 to \d+$/],
    [{ flow: 2, packet: 1 }, '--packet 1: it belongs to flow 1, not to flow 2'],
  ] as const) {
    try {
      explainFlow(SCENARIO, recorded, options);
      assert.unreachable(JSON.stringify(options));
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as Error).message, line);
    }
  }
});

test.run();
