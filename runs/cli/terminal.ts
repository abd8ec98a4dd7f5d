/**
 * Where commands write: tables to standard output; notices, warnings and hints to standard error.
 */
import { type Style, styleOf } from '../report/style.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** For what goes to standard output. */
  readonly style: Style;
  /** Somebody watches standard error. */
  readonly interactive: boolean;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => {
      stdout.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
    style: styleOf(stdout, env),
    interactive: stderr.isTTY === true && env['CI'] === undefined,
  };
}
