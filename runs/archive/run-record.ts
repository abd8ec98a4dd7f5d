/**
 * A run's catalogue record, `run.json` beside its ledger: what `runs ls` shows without opening the ledger.
 */
import { JSONFileSyncPreset } from 'lowdb/node';

export interface RunRecord {
  readonly id: string;
  /** The scenario's name. */
  readonly scenario: string;
  readonly seed: string;
  /** Chained digest of the whole ledger. */
  readonly digest: string;
  readonly events: number;
  readonly toolVersion: string;
  /** RFC 3339, for people. */
  readonly finishedAt: string;
  /** The same instant in milliseconds since 1970, with a fraction; within a process it never goes back. */
  readonly finishedAtMs: number;
  /** What `run -o json` printed. */
  readonly summary: unknown;
}

/** Digits of an id: enough that ids of a folder's runs differ, few enough to type. */
const ID_DIGITS = 12;

/** A run's id: the head of the digest of its inputs, settings, seed and version. Equal runs have equal ids. */
export function runId(headerDigest: string): string {
  return headerDigest.slice(0, ID_DIGITS);
}

/** Now, on a clock that only goes forward within this process. */
export function finishedNow(): { finishedAt: string; finishedAtMs: number } {
  const finishedAtMs = performance.timeOrigin + performance.now();
  return { finishedAt: new Date(finishedAtMs).toISOString(), finishedAtMs };
}

export function writeRecord(path: string, record: RunRecord): void {
  JSONFileSyncPreset<RunRecord>(path, record).write();
}

/** @returns the record, or `undefined` when the file is missing or is no record */
export function readRecord(path: string): RunRecord | undefined {
  try {
    const { data } = JSONFileSyncPreset<Partial<RunRecord>>(path, {});
    return typeof data?.id === 'string' && typeof data.finishedAtMs === 'number' ? (data as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
