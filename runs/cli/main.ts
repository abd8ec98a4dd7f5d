#!/usr/bin/env node
/**
 * The command `kubehop`: runs one command line and ends with its exit code.
 */
import { setFlagsFromString } from 'node:v8';
import { commandLine } from './command-line.ts';
import { exitCodeOf, failureText } from './failure.ts';
import { buildProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// Left to itself V8 lets garbage grow to several times what lives before it looks: a long run would seem to leak.
setFlagsFromString('--heap-growing-percent=50');

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const terminal = processTerminal();
const words = process.argv.slice(2);
const end = words.indexOf('--');
const args = end < 0 ? words : words.slice(0, end);
const behind = end < 0 ? [] : words.slice(end + 1);
try {
  const program = await buildProgram(args, behind, terminal);
  if (args.length === 0) program.help({ error: true });
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  terminal.err(failureText(error, commandLine(['kubehop', ...words])));
  process.exitCode = exitCodeOf(error);
}
