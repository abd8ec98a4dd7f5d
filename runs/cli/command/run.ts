/**
 * `kubehop run FILE…`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { choice } from '../choice.ts';
import { type FileOptions, withFileOptions, withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly until?: string;
  readonly out: string;
  readonly output: string;
  readonly requests?: string;
  readonly strict: boolean;
  readonly exploreTies?: string;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(withFileOptions(command))
    .option('--until <duration>', "instead of the scenario's own end")
    .option('-o, --output <format>', 'table or json', 'table')
    .option('--requests <file>', 'also write one line of JSON for each request')
    .option('--strict', 'exit 3 when something met what the model does not know', false)
    .option('--explore-ties <number>', 'run that many orders of what falls due at one instant, and keep none')
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json']);
      if (options.exploreTies !== undefined) {
        const count = Number(options.exploreTies);
        if (!Number.isInteger(count) || count < 1 || count > 10_000) {
          throw new InputError({ file: `--explore-ties ${options.exploreTies}` }, 'wanted is a number from 1 to 10000');
        }
        const { exploreTies } = await import('../explore-ties.ts');
        return exploreTies(files, count, { ...options, output }, terminal);
      }
      const { performRun } = await import('../perform-run.ts');
      process.exitCode = await performRun(files, { ...options, output }, terminal);
    });
}
