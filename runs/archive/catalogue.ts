/**
 * The catalogue of runs: the folders under `.kubehop/runs/`, read as they stand. There is no index that two runs
 * could overwrite each other's part of.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { InputError } from '../input-error.ts';
import { isDraft, LEDGER_FILE, RECORD_FILE, runsFolder } from './run-draft.ts';
import { type RunRecord, readRecord } from './run-record.ts';

export interface StoredRun {
  readonly folder: string;
  readonly ledgerPath: string;
  /** Absent for a ledger that stands alone, such as one of a run that was killed. */
  readonly record: RunRecord | undefined;
}

export const LATEST = 'latest';

/** All whole runs, the one that finished last at the end. */
export function listRuns(out: string): (StoredRun & { readonly record: RunRecord })[] {
  const runs = runsFolder(out);
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((name) => !isDraft(name))
    .flatMap((name) => {
      const folder = join(runs, name);
      const record = readRecord(join(folder, RECORD_FILE));
      return record === undefined ? [] : [{ folder, ledgerPath: join(folder, LEDGER_FILE), record }];
    })
    .sort((a, b) => a.record.finishedAtMs - b.record.finishedAtMs || (a.record.id < b.record.id ? -1 : 1));
}

/**
 * The run that a person means.
 * @param name an id, a prefix that only one id has, `latest`, or the path of a run's folder or ledger file
 * @throws {InputError} when there is none, or more than one
 */
export function findRun(out: string, name: string): StoredRun {
  if (name.includes(sep) || name.includes('/') || name.endsWith('.arrow')) return runAt(name);
  const runs = listRuns(out);
  const place = { file: runsFolder(out) };
  if (runs.length === 0) throw new InputError(place, 'There is no run yet: `npx kubehop run FILE` makes one');
  if (name === LATEST) return runs.at(-1)!;
  const exact = runs.find(({ record }) => record.id === name);
  if (exact !== undefined) return exact;
  const matching = name === '' ? [] : runs.filter(({ record }) => record.id.startsWith(name));
  const [first, second] = matching;
  if (first === undefined) {
    throw new InputError(place, `There is no run "${name}": \`npx kubehop runs ls\` lists those that there are`);
  }
  if (second !== undefined) {
    const ids = matching.slice(0, 4).map(({ record }) => record.id);
    const more = matching.length > ids.length ? ' …' : '';
    throw new InputError(place, `"${name}" is the start of ${matching.length} runs: ${ids.join(', ')}${more}`);
  }
  return first;
}

function runAt(path: string): StoredRun {
  if (!existsSync(path)) throw new InputError({ file: path }, 'There is no such run');
  const folder = statSync(path).isDirectory() ? path : join(path, '..');
  const ledgerPath = folder === path ? join(path, LEDGER_FILE) : path;
  if (!existsSync(ledgerPath)) throw new InputError({ file: path }, `This folder has no ${LEDGER_FILE}`);
  return { folder, ledgerPath, record: readRecord(join(folder, RECORD_FILE)) };
}

/** Removes a run. @returns its record. @throws {InputError} as `findRun` */
export function removeRun(out: string, name: string): RunRecord {
  if (name.includes('/')) throw new InputError(undefined, `"${name}" is a path: wanted is the id of a run`);
  const { folder, record } = findRun(out, name);
  // Out of the catalogue first, so that nobody reads a run that is half gone.
  const aside = join(runsFolder(out), `.draft-removed-${record!.id}-${process.pid}`);
  renameSync(folder, aside);
  rmSync(aside, { recursive: true, force: true });
  return record!;
}
