/**
 * The bus is what runs a world: a plane whose responder is taken away stands still, a probe changes nothing, and what
 * a probe throws ends the run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bufferTime } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plane } from '../../../core/decider.ts';
import { Ledger } from '../../../core/ledger.ts';
import { recordRun } from '../../../runs/run.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { worldCodec } from '../../../runs/world/event.ts';
import { deployment, pod, Stage, scenario, service } from './stage.ts';

const test = suite('planes and probes');

const SCENARIO = scenario(
  deployment('web', 2) + service('web', 'web') + pod('client', 'node1'),
  `until: 20s
nodes: 2
timeline: [{ at: 12s, kubectl: scale deployment/web --replicas=4 }]
traffic: [{ name: in, at: 5s, from: pod/client, to: "http://web/", requests: 140, rate: 10/s, arrivals: poisson }]`,
);

/** Events of some kinds, between the instant that the plane went and the end. */
function after(plane: Plane, kinds: readonly [number, number]): number {
  const stage = new Stage(SCENARIO).run(10);
  stage.simulation.engine.responders[plane].unsubscribe();
  const seen = stage.events.length;
  stage.run(20);
  return stage.events.slice(seen).filter(({ kind }) => kind >= kinds[0] && kind <= kinds[1]).length;
}

const PACKETS = [1, 7] as const;
const REQUESTS = [20, 20] as const;
const LOOKUPS = [40, 40] as const;
const QUERIES = [41, 41] as const;

test('without its responder the packet plane stands still: requests start, nothing is sent', () => {
  assert.is(after('packet', PACKETS), 0);
  assert.ok(after('packet', LOOKUPS) > 50);
});

test('without its responder the dns plane stands still: requests start, and nobody asks where their names lead', () => {
  assert.ok(after('dns', LOOKUPS) > 50);
  assert.is(after('dns', QUERIES), 0);
  assert.is(after('dns', REQUESTS), 0);
});

test('without its responder the reconcile plane stands still: a Deployment is written, no pod follows', () => {
  const stage = new Stage(SCENARIO).run(10);
  stage.simulation.engine.responders.reconcile.unsubscribe();
  stage.run(20);
  const view = stage.simulation.world.cluster.store.view();
  assert.is(view.get('Deployment', 'default', 'web')?.spec.replicas, 4);
  assert.is(view.list('Pod').filter(({ metadata }) => metadata.name.startsWith('web-')).length, 2);
  assert.ok(after('reconcile', PACKETS) > 500);
});

test('without its responder the workload plane stands still: nobody asks, the control plane goes on', () => {
  assert.is(after('workload', REQUESTS), 0);
  const whole = new Stage(SCENARIO).run(20);
  assert.ok(whole.events.filter(({ kind, at }) => kind === 20 && at > 10e9).length > 50);
});

/** Chained digest of a run's ledger, with what `observe` puts on it. */
function digestOf(from: Scenario, observe: (simulation: Simulation) => void): { digest: string; events: number } {
  const ledger = new Ledger(worldCodec, 'start', () => {});
  const simulation = new Simulation(from, { ledger });
  observe(simulation);
  simulation.runUntil(20e9);
  simulation.engine.finish(20e9);
  return { digest: ledger.digest, events: ledger.length };
}

test('bufferTime() on the virtual clock sees every event, and not one byte of the ledger changes', () => {
  const sizes: number[] = [];
  const plain = digestOf(SCENARIO, () => {});
  const probed = digestOf(SCENARIO, ({ engine }) => {
    engine.bus.events.pipe(bufferTime(1_000, engine.bus.clock)).subscribe((batch) => sizes.push(batch.length));
  });
  assert.equal(probed, plain);
  assert.ok(sizes.length >= 20, `${sizes.length} buffers in 20 virtual seconds`);
  assert.is(
    sizes.reduce((sum, size) => sum + size, 0),
    plain.events,
  );
});

test('the digest tells runs apart: another seed, another digest', () => {
  const plain = digestOf(SCENARIO, () => {});
  assert.is.not(digestOf({ ...SCENARIO, seed: '2' }, () => {}).digest, plain.digest);
});

test('what an observer throws ends the run with its error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-'));
  try {
    await recordRun(SCENARIO, {
      ledgerPath: join(folder, 'ledger.arrow'),
      header: { files: [], sets: [], seed: SCENARIO.seed, profile: 'current', toolVersion: '0', settings: {} },
      observe: ({ engine }) => {
        let seen = 0;
        engine.bus.events.subscribe(() => {
          if (++seen === 1000) throw new RangeError('the probe is broken');
        });
      },
    });
    assert.unreachable('the run went on');
  } catch (error) {
    assert.instance(error, RangeError);
    assert.match((error as Error).message, 'the probe is broken');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
