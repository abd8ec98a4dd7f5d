/**
 * Loops of their own. A loop that calls one way after the other is compiled for all of them together, and the later ones
 * pay for the earlier: each runner of a race gets the same text as a function of its own.
 */

/**
 * @param body of a function; it returns something that depends on all that it did, so that nothing is left out
 * @param parameters their names, with commas
 */
export function freshLoop<A extends readonly unknown[]>(parameters: string, body: string): (...values: A) => number {
  return new Function(parameters, body) as (...values: A) => number;
}
