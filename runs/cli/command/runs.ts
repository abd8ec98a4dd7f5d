/**
 * `kubehop runs ls|show|rm`
 */
import type { Command } from 'commander';
import { withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly out: string;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(command.command('ls', { isDefault: true }).description('list the runs, the newest last')).action(
    async (options: Options) => {
      const { listRuns } = await import('../../archive/catalogue.ts');
      const rows = [
        ['RUN', 'SCENARIO', 'SEED', 'EVENTS', 'DIGEST', 'FINISHED'],
        ...listRuns(options.out).map(({ record }) => {
          const { id, scenario, seed, events, digest, finishedAt } = record;
          return [id, scenario, seed, String(events), digest.slice(0, 12), finishedAt];
        }),
      ];
      const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
      for (const row of rows)
        terminal.out(
          `${row
            .map((cell, i) => cell.padEnd(widths[i]!))
            .join('  ')
            .trimEnd()}\n`,
        );
    },
  );
  const run = 'an id, its beginning, or latest';
  withOut(command.command('show').description("print a run's record as JSON").argument('<run>', run)).action(
    async (name: string, options: Options) => {
      const { findRun } = await import('../../archive/catalogue.ts');
      const { InputError } = await import('../../input-error.ts');
      const { record, folder } = findRun(options.out, name);
      if (record === undefined) throw new InputError({ file: folder }, 'This run has no record, only a ledger');
      terminal.out(`${JSON.stringify(record, undefined, 2)}\n`);
    },
  );
  withOut(command.command('rm').description('remove a run').argument('<run>', run)).action(
    async (name: string, options: Options) => {
      const { removeRun } = await import('../../archive/catalogue.ts');
      terminal.out(`Removed ${removeRun(options.out, name).id}\n`);
    },
  );
}
