/**
 * The program: the list of commands. A command's file is loaded when its command is named, since loading all of them
 * costs more than most of them take.
 */
import { Command } from 'commander';
import { toolVersion } from '../tool-version.ts';
import type { CommandModule } from './command-module.ts';
import type { Terminal } from './terminal.ts';

interface Entry {
  readonly summary: string;
  load(): Promise<CommandModule>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: { summary: 'simulate, record the run, print its summary', load: () => import('./command/run.ts') },
};

/** @param args the words behind the program's name */
export async function buildProgram(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('kubehop')
    .description('Shows every hop a Kubernetes packet takes, before it takes it.')
    .version(toolVersion())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(text.replace(/\n(?!$)/g, ' ')),
    });
  const [named, topic] = args.filter((word) => !word.startsWith('-'));
  const wanted = named === 'help' ? topic : named;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary);
    if (name === wanted) (await load()).define(command, terminal);
  }
  return program;
}
