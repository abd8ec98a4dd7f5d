/**
 * Colours of a report, and whether there are any: only on a terminal that somebody looks at.
 */
import pc from 'picocolors';

export type Style = ReturnType<typeof pc.createColors>;

/** Without colour: for files, pipes and tests. */
export const PLAIN: Style = pc.createColors(false);

/** @see https://no-color.org */
export function styleOf(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const wanted = stream.isTTY === true && env['NO_COLOR'] === undefined && env['CI'] === undefined;
  return pc.createColors(wanted && env['TERM'] !== 'dumb');
}
