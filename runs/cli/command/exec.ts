/**
 * `kubehop exec FILE… -- CMD ARG…`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { type FileOptions, withFileOptions } from '../command-module.ts';
import { simulateTo } from '../instant.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly at?: string;
  readonly on?: string;
}

/** @param behind the words behind `--` */
export function define(command: Command, terminal: Terminal, behind: readonly string[]): void {
  withFileOptions(command)
    .usage('[options] <files...> -- <command> [argument...]')
    .option('--at <instant>', "default: the scenario's end")
    .option('--on <host>', 'host/NAME, node/NAME or pod/[NS/]NAME; default: the first node')
    .action(async (files: string[], options: Options) => {
      if (behind.length === 0) throw new InputError(undefined, 'Wanted is the command to run, behind --');
      const { exec } = await import('../../exec/exec.ts');
      const { readSource, readSources } = await import('../../manifest/source.ts');
      const simulation = simulateTo(files, options, options.at, behind.join(' '));
      const result = exec(simulation, {
        on: options.on,
        argv: behind,
        stdin: readsStdin(behind) ? readSource('-').text : '',
        readFiles: readSources,
      });
      terminal.err(result.stderr);
      terminal.out(result.stdout);
      process.exitCode = result.exitCode;
    });
}

/** Only then: a terminal would be waited for. */
function readsStdin(words: readonly string[]): boolean {
  return words.some((word) => /(^|\s)(-|ip6?tables-restore)(\s|$)/.test(word));
}
