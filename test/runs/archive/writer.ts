/**
 * One of many threads that write runs at once: started by the test with the output folder and a number of its own.
 * Says that it is ready, waits for the start, then writes one run of its own and one that all write.
 */
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { RunDraft } from '../../../runs/archive/run-draft.ts';

const { out, number, gate } = workerData as { out: string; number: number; gate: Int32Array };
parentPort!.postMessage('ready');
Atomics.wait(gate, 0, 0);
for (const id of [`own${number}`, 'shared']) {
  const draft = new RunDraft(out);
  writeFileSync(draft.ledgerPath, `ledger of ${id}`);
  const digest = `digest of ${id}`;
  draft.finish({ id, scenario: id, seed: '1', digest, events: number, toolVersion: '0', summary: {} });
}
