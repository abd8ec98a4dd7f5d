/**
 * The inputs of a run on their way into a ledger's header and back: what was read from disk for the run is read from
 * the ledger for its replay, through the same door.
 */
import { dirname, join, posix, relative, sep } from 'node:path';
import { InputError } from './input-error.ts';
import type { InputFile, LedgerHeader } from './ledger-file/header.ts';
import { readSource, type SourceFile } from './manifest/source.ts';
import type { Scenario } from './scenario/scenario.ts';

/** Opens a file on disk that another file names. @throws {InputError} when it can't be read */
export function openBeside(name: string, from: SourceFile): SourceFile {
  return readSource(join(dirname(from.name), name));
}

/** All inputs of a scenario, under names relative to its own folder. */
export function inputFiles(sources: readonly SourceFile[], scenario: Scenario): InputFile[] {
  const folder = dirname(scenario.source.name);
  const nameFrom = (name: string) => relative(folder, name).split(sep).join('/');
  return [
    ...sources.map(({ name, text }) => ({ name: nameFrom(name), text, role: 'argument' as const })),
    ...scenario.referenced.map(({ name, text }) => ({ name: nameFrom(name), text, role: 'referenced' as const })),
  ];
}

/** The FILEs of a recorded run, and how to open what they name. */
export function recordedSources(header: LedgerHeader): {
  readonly sources: SourceFile[];
  readonly open: (name: string, from: SourceFile) => SourceFile;
} {
  const open = (name: string, from: SourceFile): SourceFile => {
    const wanted = posix.join(posix.dirname(from.name), name);
    const found = header.files.find((file) => file.name === wanted);
    if (found === undefined) throw new InputError({ file: wanted }, 'The ledger does not hold this file');
    return { name: found.name, text: found.text };
  };
  const sources = header.files
    .filter(({ role }) => role === 'argument')
    .map(({ name, text }): SourceFile => ({ name, text }));
  return { sources, open };
}
