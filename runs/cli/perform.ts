/**
 * One command line, from its words to its exit code.
 */
import { kubehopLine } from './command-line.ts';
import { ExitCode } from './exit-code.ts';
import { exitCodeOf, failureText } from './failure.ts';
import { buildProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** @param words behind the program's name. @returns the exit code; never throws */
export async function perform(words: readonly string[], terminal: Terminal): Promise<number> {
  const end = words.indexOf('--');
  const args = end < 0 ? words : words.slice(0, end);
  const behind = end < 0 ? [] : words.slice(end + 1);
  process.exitCode = ExitCode.Success;
  try {
    const program = await buildProgram(args, behind, terminal);
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    terminal.err(failureText(error, kubehopLine(words)));
    return exitCodeOf(error);
  }
}
