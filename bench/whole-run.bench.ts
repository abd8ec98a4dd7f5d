/**
 * A whole run seen from outside: the wall clock of the command, start-up included, with its ledger on disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchContext, byScale, type Sheet, type SheetRow } from './section.ts';
import { type WholeRunOptions, wholeRunScenario } from './whole-run-scenario.ts';

export const WHOLE_RUN_COLUMNS = ['events', 'packet-hops', 'wall s', 'packet-hops/s'] as const;

export function wholeRuns(context: BenchContext): Sheet {
  const runs: readonly (readonly [string, WholeRunOptions])[] = byScale<
    readonly (readonly [string, WholeRunOptions])[]
  >(
    context,
    [['50 new connections', { requests: 50 }]],
    [
      ['2,000 new connections', { requests: 2_000 }],
      ['20,000 new connections', { requests: 20_000 }],
      ['150 long connections', { requests: 150, size: '512Ki' }],
    ],
    [
      ['2,000 new connections', { requests: 2_000 }],
      ['36,000 new connections', { requests: 36_000 }],
      ['1,000 long connections', { requests: 1_000, size: '512Ki' }],
      ['20,000 new, 10 services', { requests: 20_000, services: 10 }],
      ['20,000 new, 10,000 services', { requests: 20_000, services: 10_000 }],
    ],
  );
  const rows = runs.map(([name, options]) => {
    context.progress(`whole run, ${name}`);
    return wholeRun(context.main, name, options);
  });
  return {
    title: 'Whole run from outside: wall clock of the command, ledger on disk',
    columns: WHOLE_RUN_COLUMNS,
    rows,
  };
}

/** @param main the command's JavaScript file. @throws when the run does not end well */
function wholeRun(main: string, name: string, options: WholeRunOptions): SheetRow {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-'));
  try {
    const file = join(folder, 'whole-run.yaml');
    writeFileSync(file, wholeRunScenario(options));
    const args = [...process.execArgv, main, 'run', file, '--out', join(folder, 'out'), '-o', 'json'];
    const startedAt = performance.now();
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const wallSeconds = (performance.now() - startedAt) / 1000;
    if (child.status !== 0) throw new Error(`The run ended with ${child.status}: ${child.stderr}`);
    const { events, packetHops } = JSON.parse(child.stdout) as { events: number; packetHops: number };
    return { name, values: [events, packetHops, wallSeconds, packetHops / wallSeconds] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
