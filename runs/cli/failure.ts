/**
 * How a command that threw ends: bad input in one line, a fault of the program with what repeats it.
 */
import { CommanderError } from 'commander';
import { RulesetError } from '../../net/netfilter/ruleset-error.ts';
import { InputError } from '../input-error.ts';
import { ExitCode } from './exit-code.ts';

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Success : ExitCode.Usage;
  return error instanceof InputError || error instanceof RulesetError ? ExitCode.Usage : ExitCode.Internal;
}

/** @param repeat the command line that failed. @returns what goes to standard error, with its end of line */
export function failureText(error: unknown, repeat: string): string {
  // Commander has said it already.
  if (error instanceof CommanderError) return '';
  if (error instanceof InputError || error instanceof RulesetError)
    return `${error.message.replace(/\s*\n\s*/g, ' ')}\n`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Internal error: ${stack}\nThis is a fault of kubehop, not of your files. To repeat it:\n  ${repeat}\n`;
}
