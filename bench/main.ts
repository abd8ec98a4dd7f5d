/**
 * `kubehop bench`: what the engine costs, as ratios within this one run.
 */
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { agendaRace } from './agenda.bench.ts';
import { ledgerRace } from './ledger.bench.ts';
import { formatRace, type Race } from './race.ts';
import { type WholeRun, wholeRun } from './whole-run.bench.ts';

export interface BenchReport {
  readonly machine: string;
  readonly node: string;
  readonly races: readonly Race[];
  readonly wholeRuns: readonly WholeRun[];
}

/** @param main the command's JavaScript file, for whole runs; @param progress told of each part before it begins */
export async function runBench(main: string, progress: (part: string) => void): Promise<BenchReport> {
  const races: Race[] = [];
  for (const pending of [1_000, 100_000]) {
    progress(`agenda, ${pending} pending`);
    races.push(await agendaRace(pending));
  }
  progress('ledger');
  races.push(await ledgerRace());
  progress('whole run');
  const wholeRuns = [2_000, 20_000].map((requests) => wholeRun(main, requests));
  return {
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} of ${cpus().length} cores, ${platform()} ${arch()}`,
    node: process.version,
    races,
    wholeRuns,
  };
}

export function formatBench(report: BenchReport): string {
  const rows = report.wholeRuns.map(
    ({ name, events, packetHops, wallSeconds, packetHopsPerSecond }) =>
      `  ${name.padEnd(24)} ${events} events, ${packetHops} packet-hops in ${wallSeconds.toFixed(2)} s: ${Math.round(packetHopsPerSecond).toLocaleString('en')} packet-hops/s\n`,
  );
  return `${report.machine}, Node ${report.node}\n\n${report.races.map(formatRace).join('\n')}\nWhole run, wall clock of the command, ledger on disk\n${rows.join('')}`;
}
