/**
 * Broken assumptions. The modelled world's outcomes are values from closed lists; an exception from here means
 * that the program itself is wrong, is never caught below `runs`, and ends the process with exit code 4.
 */

/** An assumption of the program did not hold. Not for bad input: that is `runs`' `InputError`. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Asserts what the program takes for granted.
 * @param detail the value that breaks it: told behind the message, and made into text only then, since the data path
 * asserts at every step
 * @throws {InvariantError} when `condition` is false
 */
export function invariant(condition: unknown, message: string, detail?: unknown): asserts condition {
  if (!condition) throw new InvariantError(detail === undefined ? message : `${message}: ${String(detail)}`);
}
