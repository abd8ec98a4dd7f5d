/**
 * The texts that a person hands over: files, folders of files as `kubectl apply -f` takes them, or standard input.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../input-error.ts';

export interface SourceFile {
  /** As the person named it; errors show it so. */
  readonly name: string;
  readonly text: string;
}

/** A file larger than this is refused unread. */
export const FILE_LIMIT_BYTES = 512 * 2 ** 20;

const MANIFEST = /\.(ya?ml|json)$/;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one FILE argument.
 * @param name a file; a folder, whose YAML and JSON files are read in the order of their names; `-` for standard input
 * @throws {InputError} when it is missing, unreadable, too large, or no text
 */
export function readSources(name: string): SourceFile[] {
  if (name !== '-' && isFolder(name)) {
    const files = readdirSync(name)
      .filter((file) => MANIFEST.test(file))
      .sort();
    if (files.length === 0) throw new InputError({ file: name }, 'The folder has no .yaml, .yml or .json file');
    return files.map((file) => readSource(join(name, file)));
  }
  return [readSource(name)];
}

/** Reads one text file, or standard input for `-`. @throws {InputError} as `readSources` */
export function readSource(name: string): SourceFile {
  const label = name === '-' ? 'stdin' : name;
  if (name !== '-') {
    if (isFolder(name)) throw new InputError({ file: name }, 'This is a folder; a file is wanted');
    const { size } = statSync(name);
    if (size > FILE_LIMIT_BYTES) {
      throw new InputError({ file: name }, `The file has ${size} bytes; at most ${FILE_LIMIT_BYTES} are read`);
    }
  }
  return {
    name: label,
    text: decodeText(
      label,
      attempt(name, () => readFileSync(name === '-' ? 0 : name)),
    ),
  };
}

function decodeText(name: string, bytes: Buffer): string {
  if (bytes.includes(0)) throw new InputError({ file: name }, 'This is a binary file; YAML or JSON is wanted');
  try {
    return decoder.decode(bytes);
  } catch {
    throw new InputError({ file: name }, 'This is not UTF-8 text; YAML or JSON is wanted');
  }
}

function isFolder(name: string): boolean {
  return attempt(name, () => statSync(name)).isDirectory();
}

function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new InputError({ file: name }, 'There is no such file');
    if (code === 'EACCES' || code === 'EPERM') throw new InputError({ file: name }, 'The file may not be read');
    throw new InputError({ file: name }, `The file cannot be read: ${code ?? (error as Error).message}`);
  }
}
