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
  trace: { summary: "tell one request's way, hop by hop", load: () => import('./command/trace.ts') },
  explain: { summary: 'tell a request of a recorded run', load: () => import('./command/explain.ts') },
  replay: { summary: 'fold a recorded run: its state at any instant', load: () => import('./command/replay.ts') },
  log: { summary: "print a run's events", load: () => import('./command/log.ts') },
  compare: { summary: 'find where two runs part', load: () => import('./command/compare.ts') },
  runs: { summary: 'list, show and remove recorded runs', load: () => import('./command/runs.ts') },
  ruleset: { summary: 'print the rules of a node, or of a file', load: () => import('./command/ruleset.ts') },
  topology: { summary: 'print hosts, interfaces, routes and links', load: () => import('./command/topology.ts') },
  verify: { summary: "send each flow on this machine's kernel too", load: () => import('./command/verify.ts') },
  conformance: { summary: 'send recorded probes through the model', load: () => import('./command/conformance.ts') },
  bench: { summary: 'race the parts of the engine, and time whole runs', load: () => import('./command/bench.ts') },
  exec: { summary: "one operator's command in the simulated cluster", load: () => import('./command/exec.ts') },
  schema: { summary: "print the scenario's JSON Schema", load: () => import('./command/schema.ts') },
};

/**
 * @param args the words behind the program's name, up to `--`
 * @param behind the words behind `--`: another program's
 */
export async function buildProgram(
  args: readonly string[],
  behind: readonly string[],
  terminal: Terminal,
): Promise<Command> {
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
    if (name === wanted) (await load()).define(command, terminal, behind);
  }
  return program;
}
