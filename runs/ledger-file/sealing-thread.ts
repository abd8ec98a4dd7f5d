/**
 * A thread that seals blocks and puts them on file, in the order in which they come.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Sealer } from '../../core/ledger.ts';
import { worldCodec } from '../world/event.ts';
import type { FromThread, PackedBlock, ThreadInput, ToThread } from './desk.ts';
import { LedgerWriter } from './writer.ts';

const { path, header } = workerData as ThreadInput;
const writer = new LedgerWriter(path, worldCodec, header);
const sealer = new Sealer(worldCodec, writer.headerDigest, (batch) => writer.write(batch));
const port = parentPort!;

port.on('message', (message: ToThread) => {
  if ('block' in message) return seal(message.block);
  writer.close();
  port.postMessage({ digest: sealer.digest } satisfies FromThread);
});

function seal({ first, count, places, texts, capacity, ints, floats }: PackedBlock): void {
  const sparse = new Array<string | undefined>(capacity).fill(undefined);
  places.forEach((place, i) => {
    sparse[place] = texts[i];
  });
  sealer.take({ first, count, rows: { capacity, ints, floats, texts: sparse } });
  const answer: FromThread = { rows: { capacity, ints, floats } };
  port.postMessage(answer, [ints.buffer as ArrayBuffer, floats.buffer as ArrayBuffer]);
}
