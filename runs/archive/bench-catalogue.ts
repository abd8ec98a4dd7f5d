/**
 * What benchmarks found, kept beside the runs: one folder each under `.kubehop/bench/`, with its record and its page. A
 * folder is put in its place by renaming, so nobody reads half of one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSONFileSyncPreset } from 'lowdb/node';
import { InputError } from '../input-error.ts';
import { LATEST } from './catalogue.ts';
import { isDraft } from './run-draft.ts';
import { finishedNow } from './run-record.ts';

export interface BenchRecord {
  readonly id: string;
  /** RFC 3339, for people. */
  readonly finishedAt: string;
  /** The same instant in milliseconds since 1970. */
  readonly finishedAtMs: number;
  /** As `bench -o json` prints it; what it means is the benchmark's own affair. */
  readonly report: unknown;
}

const RECORD_FILE = 'bench.json';
const PAGE_FILE = 'bench.html';
const ID_DIGITS = 12;

/** The folder of all. @param out the output folder, `.kubehop` by default */
export function benchFolder(out: string): string {
  return join(out, 'bench');
}

/**
 * Keeps a report and its page.
 * @param page makes the page, given the id
 * @returns the record and its folder
 * @throws {InputError} when nothing can be written there
 */
export function keepBench(
  out: string,
  report: unknown,
  page: (id: string) => string,
): { readonly record: BenchRecord; readonly folder: string } {
  const finished = finishedNow();
  const id = createHash('sha256')
    .update(JSON.stringify([finished, report]))
    .digest('hex')
    .slice(0, ID_DIGITS);
  const record: BenchRecord = { id, ...finished, report };
  const folder = join(benchFolder(out), id);
  try {
    mkdirSync(benchFolder(out), { recursive: true });
    const draft = mkdtempSync(join(benchFolder(out), '.draft-'));
    JSONFileSyncPreset<BenchRecord>(join(draft, RECORD_FILE), record).write();
    writeFileSync(join(draft, PAGE_FILE), page(id));
    renameSync(draft, folder);
  } catch (error) {
    throw new InputError({ file: out }, `Nothing can be kept here: ${(error as NodeJS.ErrnoException).code}`);
  }
  return { record, folder };
}

/** All that are kept, the newest at the end. */
export function listBenches(out: string): BenchRecord[] {
  const folder = benchFolder(out);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !isDraft(name))
    .flatMap((name) => readRecord(join(folder, name, RECORD_FILE)) ?? [])
    .sort((a, b) => a.finishedAtMs - b.finishedAtMs || (a.id < b.id ? -1 : 1));
}

/**
 * The one that a person means.
 * @param name an id, a beginning that only one id has, `latest`, or the path of a folder or of its record
 * @throws {InputError} when there is none, or more than one
 */
export function findBench(out: string, name: string): BenchRecord {
  if (name.includes('/') || name.endsWith('.json')) {
    const path = existsSync(name) && statSync(name).isDirectory() ? join(name, RECORD_FILE) : name;
    const record = readRecord(path);
    if (record === undefined) throw new InputError({ file: name }, "This is no benchmark's record");
    return record;
  }
  const place = { file: benchFolder(out) };
  const all = listBenches(out);
  if (all.length === 0) throw new InputError(place, 'No benchmark is kept yet: `npx kubehop bench` makes one');
  if (name === LATEST) return all.at(-1)!;
  const matching = all.filter(({ id }) => id.startsWith(name));
  if (matching.length === 1) return matching[0]!;
  if (matching.length === 0)
    throw new InputError(
      place,
      `There is no benchmark "${name}": \`npx kubehop bench --list\` lists those that there are`,
    );
  throw new InputError(
    place,
    `"${name}" is the start of ${matching.length}: ${matching.map(({ id }) => id).join(', ')}`,
  );
}

/** @returns the record, or `undefined` when the file is missing or is no record */
function readRecord(path: string): BenchRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { data } = JSONFileSyncPreset<Partial<BenchRecord>>(path, {});
    return typeof data?.id === 'string' && typeof data.finishedAtMs === 'number' ? (data as BenchRecord) : undefined;
  } catch {
    return undefined;
  }
}
