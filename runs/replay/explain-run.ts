/**
 * A flow of a ledger file, told as a live trace tells it.
 */
import { decisions } from '../ledger-file/decision.ts';
import { LedgerReader } from '../ledger-file/reader.ts';
import { recordedScenario } from '../run-input.ts';
import { type ExplainOptions, explainFlow } from '../trace/explain.ts';
import type { Trace } from '../trace/trace.ts';
import { worldCodec } from '../world/event.ts';

/** @throws {InputError} when the ledger can't be read, or has no such flow or packet */
export function explainRun(path: string, options: ExplainOptions): Trace {
  const reader = new LedgerReader(path, worldCodec);
  try {
    return explainFlow(recordedScenario(reader.header), () => decisions(reader.batches(), worldCodec), options);
  } finally {
    reader.close();
  }
}
