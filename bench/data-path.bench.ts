/**
 * The engine whole, in this process: the same run without a ledger, with one, and with observers; its replay; and beside
 * them the plain loop, which is the ceiling.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../core/ledger.ts';
import { LedgerWriter } from '../runs/ledger-file/writer.ts';
import { Replay } from '../runs/replay/replay.ts';
import { runToEnd } from '../runs/rest.ts';
import { type RunInput, readRunInput } from '../runs/run-input.ts';
import { simulate } from '../runs/simulate.ts';
import { Simulation } from '../runs/simulation.ts';
import { worldCodec } from '../runs/world/event.ts';
import { plainHops, recordPlainRun } from './plain-loop.ts';
import { type Race, type Runner, race } from './race.ts';
import { type BenchContext, byScale } from './section.ts';
import { wholeRunScenario } from './whole-run-scenario.ts';

/** Connections of the plain loop, whatever the run has: it is quick. */
const PLAIN_CONNECTIONS = 5_000;
const ENDPOINTS = 3;

export async function dataPathRace(context: BenchContext): Promise<Race> {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-'));
  try {
    const file = join(folder, 'whole-run.yaml');
    const requests = byScale(context, 50, 1_000, 5_000);
    writeFileSync(file, wholeRunScenario({ requests }));
    const { summary } = await simulate(file);
    const hops = summary.packetHops;
    const input = readRunInput([file]);
    const path = join(folder, 'replayed.arrow');
    record(input, path, 0);
    const runners: Runner[] = [
      { name: 'ledger on disk', operations: hops, work: () => record(input, join(folder, 'ledger.arrow'), 0) },
      { name: 'ledger, 1 observer', operations: hops, work: () => record(input, join(folder, 'ledger.arrow'), 1) },
      { name: 'ledger, 3 observers', operations: hops, work: () => record(input, join(folder, 'ledger.arrow'), 3) },
      { name: 'no ledger', operations: hops, work: () => observed(new Simulation(input.scenario), 0) },
      { name: 'no ledger, 3 observers', operations: hops, work: () => observed(new Simulation(input.scenario), 3) },
      { name: 'replay', operations: hops, work: () => replay(path) },
      {
        name: 'plain loop, binary log',
        operations: plainHops(PLAIN_CONNECTIONS),
        work: () => void recordPlainRun(join(folder, 'plain.bin'), PLAIN_CONNECTIONS, ENDPOINTS),
      },
    ];
    const title = `A run of ${requests.toLocaleString('en')} new connections, in this process`;
    // One run takes longer than the time of a round: rounds alone count.
    return await race(title, 'packet-hops', runners, { timeMs: 1, rounds: byScale(context, 1, 3, 7) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function record({ scenario, header }: RunInput, path: string, observers: number): void {
  rmSync(path, { force: true });
  const writer = new LedgerWriter(path, worldCodec, header);
  const ledger = new Ledger(worldCodec, writer.headerDigest, (batch) => writer.write(batch));
  observed(new Simulation(scenario, { ledger }), observers);
  writer.close();
}

function observed(simulation: Simulation, observers: number): void {
  let seen = 0;
  for (let i = 0; i < observers; i++)
    simulation.events.subscribe(() => {
      seen++;
    });
  runToEnd(simulation);
  simulation.engine.finish(simulation.scenario.untilNs ?? simulation.nowNs);
  simulation.check();
  if (observers > 0 && seen === 0) throw new Error('An observer saw nothing');
}

function replay(path: string): void {
  const replayed = new Replay(path);
  replayed.finish();
  replayed.close();
}
