/**
 * A whole run seen from outside: the wall clock of the command, start-up included, with its ledger on disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainHops, recordPlainRun } from './plain-loop.ts';
import { median } from './race.ts';
import { type BenchContext, byScale, type Sheet, timed } from './section.ts';
import { type WholeRunOptions, wholeRunScenario } from './whole-run-scenario.ts';

const COLUMNS = ['events', 'packet-hops', 'wall s', 'packet-hops/s', 'of the plain loop'] as const;
/** Of the plain loop, which takes a part of a second for them. */
const PLAIN_CONNECTIONS = 20_000;
const ENDPOINTS = 3;

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
      ['25,000 new connections', { requests: 25_000 }],
      ['1,000 long connections', { requests: 1_000, size: '512Ki' }],
      // What the start takes, so that it can be taken off the next but one.
      ['200 new, 10 services', { requests: 200, services: 10 }],
      ['200 new, 10,000 services', { requests: 200, services: 10_000 }],
      ['20,000 new, 10 services', { requests: 20_000, services: 10 }],
      ['20,000 new, 10,000 services', { requests: 20_000, services: 10_000 }],
    ],
  );
  const plain = plainRow(context);
  const ceiling = plain.values[3]!;
  const rows = runs.map(([name, options]) => {
    context.progress(`whole run, ${name}`);
    const { values } = wholeRun(context.main, options);
    return { name, values: [...values, values[3]! / ceiling] };
  });
  const title = 'Whole run from outside: wall clock of the command, ledger on disk';
  return { title, columns: COLUMNS, rows: [...rows, { ...plain, values: [...plain.values, 1] }] };
}

/** The plain loop with its log on disk, in this process: the middle one of three. */
function plainRow(context: BenchContext): { readonly name: string; readonly values: (number | null)[] } {
  const connections = byScale(context, 200, PLAIN_CONNECTIONS, PLAIN_CONNECTIONS);
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-'));
  try {
    const seconds = median(
      [1, 2, 3].map(() => timed(() => recordPlainRun(join(folder, 'plain.bin'), connections, ENDPOINTS)).ms / 1000),
    );
    const hops = plainHops(connections);
    const name = `plain loop, ${connections.toLocaleString('en')} connections`;
    return { name, values: [null, hops, seconds, hops / seconds] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param main the command's JavaScript file. @throws when the run does not end well */
function wholeRun(main: string, options: WholeRunOptions): { readonly values: number[] } {
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
    return { values: [events, packetHops, wallSeconds, packetHops / wallSeconds] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
