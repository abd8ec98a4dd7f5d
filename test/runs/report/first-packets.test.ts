/**
 * Rules that first packets met: the measure over a run's events against the steps of a trace of the same request.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Examined } from '../../../runs/cost/cost-model.ts';
import { examinedByTrace } from '../../../runs/cost/trace-examined.ts';
import { firstPackets } from '../../../runs/report/first-packets.ts';
import { traceRequest } from '../../../runs/trace/request.ts';
import { deployment, pod, Stage, scenario, service } from '../behaviour/stage.ts';

const OBJECTS =
  deployment('web', 1, 'node2') +
  service('web', 'web', '[{ port: 80, nodePort: 30080 }]', ', type: NodePort') +
  service('empty', 'nobody') +
  pod('client', 'node1');

const WAYS = [
  ['pod/client', 'http://web/'],
  ['node/node1', 'http://node/node2:30080/'],
  ['host/outside', 'http://node/node1:30080/'],
  ['pod/client', 'http://empty/'],
] as const;

/** @param traffic YAML flow of each row but its two ends */
function world(cni: string, traffic: string) {
  const rows = WAYS.map(([from, to]) => `  - { ${traffic}, from: ${from}, to: "${to}" }`);
  return scenario(
    OBJECTS,
    `until: 30s\nnodes: 2\nkubernetes: { cni: ${cni} }\nhosts: [{ name: outside, ip: 198.51.100.7 }]\ntraffic:\n${rows.join('\n')}`,
  );
}

function measured(
  from: ReturnType<typeof scenario>,
  untilSeconds = 30,
): { figures: (Examined | undefined)[]; completed: number } {
  const stage = new Stage(from);
  const seen: (Examined | undefined)[][] = [];
  stage.simulation.events.pipe(firstPackets(stage.net, WAYS.length)).subscribe((figure) => seen.push(figure));
  stage.run(untilSeconds).simulation.engine.bus.complete();
  assert.is(seen.length, 1);
  return { figures: seen[0]!, completed: stage.completed.length };
}

const test = suite('first packets');

for (const cni of ['routed', 'overlay']) {
  test(`firstPackets() counts the rules and hosts that a trace tells, ${cni}`, () => {
    const from = world(cni, 'at: 20s');
    const { figures } = measured(from);
    const traced = WAYS.map(([origin, to]) => examinedByTrace(traceRequest(from, { from: origin, to, at: 10e9 })));
    assert.equal(figures, traced);
    for (const { rules, hosts } of traced) assert.ok(rules > hosts && hosts > 0);
  });
}

test('firstPackets() has a row’s mean of its first requests, and nothing of a row without any', () => {
  const one = measured(world('routed', 'at: 20s'));
  const many = measured(world('routed', 'at: 20s, requests: 30'));
  assert.ok(many.completed > 60, `${many.completed}`);
  assert.equal(many.figures, one.figures);
  assert.equal(
    measured(world('routed', 'at: 20s'), 10).figures,
    WAYS.map(() => undefined),
  );
});

test.run();
