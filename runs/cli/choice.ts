/**
 * Options that take one of a few words.
 */
import { InputError } from '../input-error.ts';

/** @throws {InputError} for any other word */
export function choice<T extends string>(option: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === given);
  if (found === undefined)
    throw new InputError({ file: `${option} ${given}` }, `wanted is one of ${allowed.join(', ')}`);
  return found;
}
