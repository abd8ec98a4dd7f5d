/**
 * A run that goes on from where its ledger stops: events are folded, then the engine decides again. What it writes is,
 * byte for byte, what the run would have written had it never stopped.
 */
import { type Batch, Ledger } from '../../core/ledger.ts';
import { decisions } from '../ledger-file/decision.ts';
import type { LedgerReader } from '../ledger-file/reader.ts';
import { recordedScenario } from '../run-input.ts';
import { Simulation } from '../simulation.ts';
import { type WorldEvent, worldCodec } from '../world/event.ts';

export interface Resumed {
  readonly simulation: Simulation;
  /** The ledger from its first new batch on. */
  readonly ledger: Ledger;
  /** Events that were folded. */
  readonly events: number;
}

/**
 * Folds the first decisions of a ledger.
 * @param events most events to take over; decisions are never cut
 * @param handOver takes the batches that are new, from the one on that the prefix ends in
 */
export function resume(reader: LedgerReader, events: number, handOver: (batch: Batch) => void): Resumed {
  const { first, digest } = lastWholeBatch(reader, events);
  const ledger = new Ledger(worldCodec, digest, handOver, first);
  const simulation = new Simulation(recordedScenario(reader.header), { ledger });
  let folded = 0;
  for (const { cause, events: decided } of decisions(reader.batches(), worldCodec)) {
    if (folded + decided.length > events) break;
    simulation.engine.fold(decided as readonly WorldEvent[], cause);
    for (const event of decided) if (folded++ >= first) ledger.append(event, cause);
    ledger.endDecision();
  }
  return { simulation, ledger, events: folded };
}

/** Where the ledger goes on: behind the last batch that the prefix holds whole. */
function lastWholeBatch(reader: LedgerReader, events: number): { first: number; digest: string } {
  let last = { first: 0, digest: reader.headerDigest };
  for (const batch of reader.batches()) {
    if (batch.first + batch.rows > events) break;
    last = { first: batch.first + batch.rows, digest: batch.digest };
  }
  return last;
}
