/**
 * A run's folder while it is being written. It stands aside under a name of its own and takes its place by renaming
 * when it is whole, so that a reader never sees half a run and runs side by side never write into one folder.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../input-error.ts';
import { finishedNow, type RunRecord, writeRecord } from './run-record.ts';

export const LEDGER_FILE = 'ledger.arrow';
export const RECORD_FILE = 'run.json';

/** Drafts have names that no id has; listings pass them over. */
const DRAFT_PREFIX = '.draft-';

/** How often a folder is tried to be put in place while others put theirs there. */
const ATTEMPTS = 100;

export class RunDraft {
  readonly #runs: string;
  readonly #folder: string;

  /**
   * Makes the folder.
   * @param out the output folder, `.kubehop` by default
   * @throws {InputError} when it can't be made
   */
  constructor(out: string) {
    this.#runs = runsFolder(out);
    try {
      mkdirSync(this.#runs, { recursive: true });
      this.#folder = mkdtempSync(join(this.#runs, DRAFT_PREFIX));
    } catch (error) {
      throw new InputError({ file: out }, `No run can be written here: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  /** Where the ledger is to be written. */
  get ledgerPath(): string {
    return join(this.#folder, LEDGER_FILE);
  }

  /** A place for a further file of the run. */
  path(file: string): string {
    return join(this.#folder, file);
  }

  /** Puts the run in its place, and takes that of an earlier one with the same id. @returns its folder */
  finish(record: Omit<RunRecord, 'finishedAt' | 'finishedAtMs'>): string {
    writeRecord(this.path(RECORD_FILE), { ...record, ...finishedNow() });
    const target = join(this.#runs, record.id);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attemptRename(this.#folder, target)) return target;
      // Somebody's run stands there: the same one, by its id. Put it aside and try again.
      const aside = mkdtempSync(join(this.#runs, DRAFT_PREFIX));
      attemptRename(target, join(aside, 'run'));
      rmSync(aside, { recursive: true, force: true });
    }
    throw new InputError({ file: target }, 'The run cannot be put in its place: others keep writing it');
  }

  /** Throws the draft away. */
  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function runsFolder(out: string): string {
  return join(out, 'runs');
}

export function isDraft(name: string): boolean {
  return name.startsWith(DRAFT_PREFIX);
}

/** @returns whether `from` now stands at `to`; false when something is there already or `from` has gone */
function attemptRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}
