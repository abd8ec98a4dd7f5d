#!/usr/bin/env node
/**
 * The command `kubehop`: performs its words and ends with their exit code.
 */
import { perform } from './perform.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await perform(process.argv.slice(2), processTerminal());
