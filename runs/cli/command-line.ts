/**
 * Command lines as a person can paste them back into a shell.
 */

/** One word, in quotes where a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** A command line of this program, as it can be typed where README's first command has been. */
export function kubehopLine(words: readonly string[]): string {
  return commandLine(['npx', 'kubehop', ...words]);
}

export interface RepeatOptions {
  readonly seed: string;
  readonly until?: string | undefined;
  readonly set?: readonly string[];
}

/** The command that repeats a run: its seed is always named, also where the file says it. */
export function repeatCommand(
  command: string,
  files: readonly string[],
  { seed, until, set = [] }: RepeatOptions,
): string {
  return kubehopLine([
    command,
    ...files,
    '--seed',
    seed,
    ...(until === undefined ? [] : ['--until', until]),
    ...set.flatMap((text) => ['--set', text]),
  ]);
}
