/**
 * This tool's own version, as its package says.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../core/error.ts';

let version: string | undefined;

export function toolVersion(): string {
  version ??= readVersion(dirname(fileURLToPath(import.meta.url)));
  return version;
}

/** The package's own file stands above this one, at another height in the sources than in what is built from them. */
function readVersion(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const found = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
      if (found.name === 'kubehop' && found.version !== undefined) return found.version;
    }
    invariant(folder !== dirname(folder), 'The package file of kubehop is missing');
  }
}
