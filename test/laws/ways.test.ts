/**
 * What hosts remember of ways saves looking for them again and changes nothing: a run whose memory is void with each
 * event has the same ledger.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Ledger } from '../../core/ledger.ts';
import { Simulation } from '../../runs/simulation.ts';
import { worldCodec } from '../../runs/world/event.ts';
import { SHIPPED, shippedScenario } from './shipped.ts';

const test = suite('remembered ways');

const UNTIL_NS = 25e9;

/** Digest of a run, and how many ways were found in memory. */
function run(name: string, forgetful: boolean): { digest: string; found: number } {
  const ledger = new Ledger(worldCodec, 'start', () => {});
  const simulation = new Simulation(shippedScenario(name, UNTIL_NS), { ledger });
  const { net } = simulation.world;
  let found = 0;
  const find = net.ways.find.bind(net.ways);
  net.ways.find = (...key: Parameters<typeof find>) => {
    const way = find(...key);
    if (way?.generation === net.generation) found++;
    return way;
  };
  if (forgetful) simulation.events.subscribe(() => net.generation++);
  simulation.runUntil(UNTIL_NS);
  simulation.engine.finish(UNTIL_NS);
  return { digest: ledger.digest, found };
}

let found = 0;

for (const name of SHIPPED) {
  test(`${name}: the same ledger with and without memory`, () => {
    const [remembering, forgetful] = [run(name, false), run(name, true)];
    assert.is(remembering.digest, forgetful.digest);
    assert.is(forgetful.found, 0);
    found += remembering.found;
  });
}

test('most scenarios have packets that go by a way from memory', () => {
  assert.ok(found > 1_000, `${found} ways were found in memory`);
});

test.run();
