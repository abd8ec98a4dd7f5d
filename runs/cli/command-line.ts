/**
 * Command lines as a person can paste them back into a shell.
 */

/** One word, in quotes where a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
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
  return commandLine([
    'kubehop',
    command,
    ...files,
    '--seed',
    seed,
    ...(until === undefined ? [] : ['--until', until]),
    ...set.flatMap((text) => ['--set', text]),
  ]);
}
