/**
 * A process of its own for the laws: `record OUT NAME…` runs shipped scenarios and writes their ledgers, `fold OUT
 * NAME…` reads such ledgers back. Either prints a line of JSON for each: name, digest of the bytes, digests of the world.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decisions } from '../../runs/ledger-file/decision.ts';
import { LedgerReader } from '../../runs/ledger-file/reader.ts';
import { recordRun } from '../../runs/run.ts';
import { Simulation } from '../../runs/simulation.ts';
import { type WorldEvent, worldCodec } from '../../runs/world/event.ts';
import { shippedScenario } from './shipped.ts';
import { worldDigests } from './world-digest.ts';

/** Virtual time that the laws watch. */
const UNTIL_NS = 25e9;

const [mode, out, ...names] = process.argv.slice(2) as [string, string, ...string[]];
for (const name of names) {
  const scenario = shippedScenario(name, UNTIL_NS);
  const path = join(out, `${name}.arrow`);
  let simulation: Simulation;
  if (mode === 'record') {
    const header = { files: [], sets: [], seed: scenario.seed, profile: 'current', toolVersion: '0', settings: {} };
    simulation = (await recordRun(scenario, { ledgerPath: path, header })).simulation;
  } else {
    simulation = new Simulation(scenario);
    const reader = new LedgerReader(path, worldCodec);
    for (const { cause, events } of decisions(reader.batches(), worldCodec))
      simulation.engine.fold(events as WorldEvent[], cause);
    reader.close();
    simulation.engine.bus.clock.advance(scenario.untilNs!);
  }
  const bytes = createHash('sha256').update(readFileSync(path)).digest('hex');
  process.stdout.write(`${JSON.stringify({ name, bytes, world: worldDigests(simulation) })}\n`);
}
