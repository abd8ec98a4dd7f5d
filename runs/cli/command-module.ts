/**
 * What a command's file exports: it adds its options and its action to the command that the program has made for it.
 */
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

export interface CommandModule {
  /** @param behind the words behind `--` */
  define(command: Command, terminal: Terminal, behind: readonly string[]): void;
}

/** Collects an option that may be given more than once. */
export function repeated(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

/** Options of every command that takes FILEs. */
export interface FileOptions {
  readonly seed?: string;
  readonly set: readonly string[];
}

export function withFileOptions(command: Command): Command {
  return command
    .argument('<files...>', 'YAML or JSON files or folders, - for standard input; one holds the Scenario')
    .option('--seed <seed>', "instead of the scenario's own seed")
    .option('--set <path=value>', 'change one value of the scenario; may be repeated', repeated, []);
}

/** The folder that holds the runs. */
export const DEFAULT_OUT = '.kubehop';

/** The words that name a run for good: `latest` is another one tomorrow. A path stays as it is. */
export function runWords(run: string, id: string | undefined, out: string): string[] {
  if (id === undefined || run.includes('/') || run.endsWith('.arrow')) return [run];
  return [id, ...(out === DEFAULT_OUT ? [] : ['--out', out])];
}

export function withOut(command: Command): Command {
  return command.option('--out <folder>', 'where runs are kept', DEFAULT_OUT);
}
