/**
 * `replay --verify`: the run simulated again from the inputs in its ledger's header, and its batches held against those
 * on file as they come.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kinded } from '../../core/decider.ts';
import type { Batch } from '../../core/ledger.ts';
import { LedgerReader } from '../ledger-file/reader.ts';
import { recordRun } from '../run.ts';
import { recordedScenario } from '../run-input.ts';
import { worldCodec } from '../world/event.ts';

export interface DifferingEvent {
  /** Number of the event, from 0. */
  readonly sequence: number;
  /** Its text in both; `undefined` where that side has ended. */
  readonly recorded: string | undefined;
  readonly simulated: string | undefined;
}

export interface Verification {
  readonly seed: string;
  readonly recorded: string;
  readonly simulated: string;
  readonly events: number;
  readonly difference: DifferingEvent | undefined;
}

/** @throws {InputError} when the ledger can't be read */
export async function verifyLedger(path: string): Promise<Verification> {
  const reader = new LedgerReader(path, worldCodec);
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-verify-'));
  try {
    const recorded = reader.batches();
    const stop = new AbortController();
    let difference: DifferingEvent | undefined;
    const compare = (batch: Batch): void => {
      if (difference !== undefined) return;
      const other = recorded.next().value ?? undefined;
      if (other?.digest === batch.digest) return;
      difference = differing(other, batch);
      stop.abort();
    };
    const end = await recordRun(recordedScenario(reader.header), {
      ledgerPath: join(folder, 'ledger.arrow'),
      header: reader.header,
      observe: ({ engine }) => {
        engine.bus.facts.subscribe(compare);
      },
      signal: stop.signal,
    });
    const more = difference === undefined ? recorded.next().value : undefined;
    if (more) difference = differing(more, undefined);
    for (const _ of recorded) {
      // The rest is read for its digest.
    }
    return {
      seed: reader.header.seed,
      recorded: reader.digest,
      simulated: end.digest,
      events: reader.events,
      difference,
    };
  } finally {
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function differing(recorded: Batch | undefined, simulated: Batch | undefined): DifferingEvent | undefined {
  const start = recorded?.first ?? simulated!.first;
  const rows = Math.max(recorded?.rows ?? 0, simulated?.rows ?? 0);
  for (let row = 0; row < rows; row++) {
    const [left, right] = [recorded, simulated].map((batch) => eventText(batch, row));
    if (left !== right) return { sequence: start + row, recorded: left, simulated: right };
  }
  // The events are the same: what differs is the chain before them.
  return { sequence: start, recorded: recorded?.digest, simulated: simulated?.digest };
}

function eventText(batch: Batch | undefined, row: number): string | undefined {
  if (batch === undefined || row >= batch.rows) return undefined;
  const { kind, ...fields } = worldCodec.read(batch.columns, row) as Kinded & Record<string, unknown>;
  return JSON.stringify({ kind: worldCodec.nameOf[kind], cause: batch.columns.cause[row], ...fields });
}
