/**
 * `kubehop run FILE…`
 */
import type { Command } from 'commander';
import { choice } from '../choice.ts';
import { type FileOptions, withFileOptions, withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly until?: string;
  readonly out: string;
  readonly output: string;
  readonly requests?: string;
  readonly strict: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(withFileOptions(command))
    .option('--until <duration>', "instead of the scenario's own end")
    .option('-o, --output <format>', 'table or json', 'table')
    .option('--requests <file>', 'also write one line of JSON for each request')
    .option('--strict', 'exit 3 when something met what the model does not know', false)
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json']);
      const { performRun } = await import('../perform-run.ts');
      process.exitCode = await performRun(files, { ...options, output }, terminal);
    });
}
