/**
 * A small set of event kinds, and ledgers written with it.
 */
import { type EventsOf, eventCodec } from '../../../core/event-kind.ts';
import { Ledger } from '../../../core/ledger.ts';
import type { LedgerHeader } from '../../../runs/ledger-file/header.ts';
import { LedgerWriter } from '../../../runs/ledger-file/writer.ts';

const COLUMNS = { host: 'i32', delay: 'f64', body: 'text', note: 'text' } as const;

const KINDS = {
  ThingMoved: { kind: 1, fields: { host: 'host', delay: 'delay' } },
  ThingSaid: { kind: 3, fields: { host: 'host', body: 'body', note: 'note' } },
} as const;

export type TestEvent = EventsOf<typeof COLUMNS, typeof KINDS>;

export const CODEC = eventCodec(COLUMNS, KINDS);

export const HEADER: LedgerHeader = {
  files: [{ name: 'scenario.yaml', text: 'kind: Scenario\n', role: 'argument' }],
  sets: ['spec.seed=7'],
  seed: '42',
  profile: 'current',
  toolVersion: '0.1.0',
  settings: { untilNs: 60e9 },
};

/** Writes one decision a group, caused by 1, 2, 3 …, closing a batch after `groupsPerBatch` of them. @returns the file's digest */
export function writeLedger(
  path: string,
  groups: readonly (readonly TestEvent[])[],
  groupsPerBatch = Infinity,
): string {
  const writer = new LedgerWriter(path, CODEC, HEADER);
  const ledger = new Ledger(CODEC, writer.headerDigest, (batch) => writer.write(batch));
  groups.forEach((events, index) => {
    for (const event of events) ledger.append(event, index + 1);
    ledger.endDecision();
    if ((index + 1) % groupsPerBatch === 0) ledger.flush();
  });
  ledger.flush();
  writer.close();
  return ledger.digest;
}
