/**
 * Bad input from a person: one line that says where and what, exit code 2, nothing written. Everything that reads a
 * file, an option or a recorded run throws this and nothing else.
 */

/** Exit code of bad usage and bad input. */
export const EXIT_BAD_INPUT = 2;

/** A place in a text that a person wrote. Lines and columns count from 1. */
export interface Where {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** `file:line:col`, `file:line` or `file`, as far as it is known. */
export function formatWhere(where: Where): string {
  const line = where.line === undefined ? '' : `:${where.line}`;
  const column = where.line === undefined || where.column === undefined ? '' : `:${where.column}`;
  return `${where.file}${line}${column}`;
}

export class InputError extends Error {
  override readonly name = 'InputError';
  readonly exitCode = EXIT_BAD_INPUT;
  readonly where: Where | undefined;
  /** What is wrong, without the place. */
  readonly reason: string;

  /** @param where absent when the input has no place, as an option on the command line */
  constructor(where: Where | undefined, reason: string) {
    const line = reason.replace(/\s*\n\s*/g, ' ');
    super(where === undefined ? line : `${formatWhere(where)}: ${line}`);
    this.where = where;
    this.reason = line;
  }

  get file(): string | undefined {
    return this.where?.file;
  }

  get line(): number | undefined {
    return this.where?.line;
  }

  get column(): number | undefined {
    return this.where?.column;
  }
}
