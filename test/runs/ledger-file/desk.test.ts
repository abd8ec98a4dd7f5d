/**
 * A long run's ledger is sealed in a thread beside it: the file has the same bytes as one that was sealed on the spot,
 * and what the disk refuses ends the run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeRunScenario } from '../../../bench/whole-run-scenario.ts';
import type * as source from '../../../runs/run.ts';
import { readRunInput } from '../../../runs/run-input.ts';

const test = suite('runs/ledger-file/desk');

// Threads start from files that node can read by itself: those that were built.
const built = (await import(new URL('../../../dist/runs/run.js', import.meta.url).href)) as typeof source;

/** 45 events each: together more than are kept back before a thread is started. */
const REQUESTS = 3_000;

test('the thread writes the bytes that are written on the spot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-desk-'));
  try {
    writeFileSync(join(folder, 'scenario.yaml'), wholeRunScenario({ requests: REQUESTS, rate: 300 }));
    const { scenario, header } = readRunInput([join(folder, 'scenario.yaml')]);
    const run = (name: string, onTheSpot: boolean) =>
      built.recordRun(scenario, {
        ledgerPath: join(folder, name),
        header,
        // Who reads batches as they come has them made on the spot.
        observe: (simulation) => onTheSpot && simulation.engine.bus.facts.subscribe(),
      });
    const [beside, here] = [await run('beside.arrow', false), await run('here.arrow', true)];
    assert.ok(beside.events > 100_000, `${beside.events} events`);
    assert.is(beside.digest, here.digest);
    assert.is(Buffer.compare(readFileSync(join(folder, 'beside.arrow')), readFileSync(join(folder, 'here.arrow'))), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a ledger that cannot be written ends the run with what the disk says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-desk-'));
  try {
    writeFileSync(join(folder, 'scenario.yaml'), wholeRunScenario({ requests: REQUESTS, rate: 300 }));
    const { scenario, header } = readRunInput([join(folder, 'scenario.yaml')]);
    const ledgerPath = join(folder, 'gone', 'ledger.arrow');
    const error = await built.recordRun(scenario, { ledgerPath, header }).then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason,
    );
    assert.is(error?.code, 'ENOENT');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
