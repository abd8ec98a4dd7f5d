/**
 * Claims about requests after a change, and about objects at an instant.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Expectation } from '../../../runs/report/expectation.ts';
import { observeRun } from '../../../runs/report/run-figures.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { read } from '../scenario/sample.ts';
import { SMALL } from '../small-scenario.ts';

const test = suite('later-claim');
const SECOND = 1e9;

/** As `path: seen` and the like come out of a scenario's file. */
function judge(expect: readonly Record<string, unknown>[]): string[] {
  const scenario = read(SMALL.replace('kubectl: scale deployment/web --replicas=4', 'kubectl: delete service web'));
  const where = { file: 'small.yaml', line: 1, column: 1 };
  const simulation = new Simulation({
    ...scenario,
    expect: expect.map((entry) => ({ ...entry, where }) as unknown as Expectation),
  });
  const observed = observeRun(simulation);
  simulation.runUntil(24 * SECOND);
  simulation.engine.finish(24 * SECOND);
  return observed.figures().expectations.map(({ passed, text }) => `${passed ? 'holds' : 'fails'}: ${text}`);
}

test('within holds its claims against requests that start later alone', () => {
  const all = { operator: '=', value: 1 };
  const results = judge([
    { traffic: 'inside', outcome: 'answered' },
    { traffic: 'inside', outcome: 'unresolved', within: { of: 'scale-up', timeNs: 0 } },
    { traffic: 'outside', answered: all, within: { of: 'scale-up', timeNs: 2 * SECOND } },
  ]);
  assert.equal(results, [
    'fails: inside: outcome answered',
    'holds: inside: outcome unresolved, later than 0s after scale-up',
    'fails: outside: answered = 1, later than 2s after scale-up',
  ]);
});

test('an object is what it was at the instant asked for, all that fell due then included', () => {
  const results = judge([
    { object: 'service/web', atNs: 11 * SECOND, path: '.spec.ports[0].nodePort', equals: 30080 },
    { object: 'service/web', atNs: 11 * SECOND, path: '.spec.ports[0].nodePort', equals: 30081 },
    { object: 'service/web', atNs: 12 * SECOND, path: '.spec.type', equals: 'NodePort' },
    { object: 'deployment/web', path: '.status.readyReplicas', equals: 3 },
  ]);
  assert.equal(
    results.map((line) => line.slice(0, 5)),
    ['holds', 'fails', 'fails', 'holds'],
  );
});

test.run();
