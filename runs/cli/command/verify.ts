/**
 * `kubehop verify FILE…`
 */
import type { Command } from 'commander';
import { choice } from '../choice.ts';
import { type FileOptions, withFileOptions } from '../command-module.ts';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly output: string;
}

export function define(command: Command, terminal: Terminal): void {
  withFileOptions(command)
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json']);
      const { verifyFiles } = await import('../../verify/verify.ts');
      const { verifyTable } = await import('../../verify/report.ts');
      const result = await verifyFiles(files, {
        sets: options.set,
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        progress: (done, total, { name }) => {
          if (terminal.interactive) terminal.err(`\r\x1b[K ${done + 1} of ${total}: ${name}`);
        },
      });
      if (terminal.interactive) terminal.err('\r\x1b[K');
      for (const notice of result.notices) terminal.err(`${notice}\n`);
      terminal.out(output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : verifyTable(result, files));
      if (result.differences.length > 0) process.exitCode = ExitCode.Failed;
    });
}
