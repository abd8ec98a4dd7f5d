/**
 * Writing events: columns sealed and put into an Arrow stream, against one JSON line an event. Both write to disk.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../core/ledger.ts';
import { NetEventKind, type NetEventOf } from '../net/event.ts';
import { LedgerWriter } from '../runs/ledger-file/writer.ts';
import { worldCodec } from '../runs/world/event.ts';
import { type Race, type RaceOptions, type Runner, race } from './race.ts';

const EVENTS = 50_000;

function hop(i: number): NetEventOf<'PacketForwarded'> {
  const addresses = {
    originalSource: 7,
    originalDestination: 9,
    beforeSource: 7,
    beforeDestination: 9,
    source: 12,
    destination: 30,
  };
  const ports = { originalPorts: i, beforePorts: i, ports: i };
  const header = { header: 0x06400018, sequence: i, acknowledgement: 1, payloadBytes: 73, sizeBytes: 125 };
  const way = {
    inInterface: 3,
    outInterface: 5,
    target: 8,
    path: 2,
    entry: i & 1023,
    state: 0x2662,
    until: i * 1000 + 250,
  };
  return {
    kind: NetEventKind.PacketForwarded,
    at: i * 1000,
    host: 2,
    flow: i >> 3,
    packet: i,
    inner: 0,
    ...addresses,
    ...ports,
    ...header,
    ...way,
  };
}

export async function ledgerRace(options: RaceOptions): Promise<Race> {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-'));
  const events = Array.from({ length: EVENTS }, (_, i) => hop(i));
  const header = { files: [], sets: [], seed: 'bench', profile: 'current', toolVersion: 'bench', settings: {} };
  try {
    const runners: Runner[] = [
      {
        name: 'Arrow, sealed batches',
        operations: EVENTS,
        work: () => {
          const path = join(folder, 'ledger.arrow');
          rmSync(path, { force: true });
          const writer = new LedgerWriter(path, worldCodec, header);
          const ledger = new Ledger(worldCodec, writer.headerDigest, (batch) => writer.write(batch));
          for (const event of events) {
            ledger.append(event, event.packet);
            ledger.endDecision();
          }
          ledger.flush();
          writer.close();
        },
      },
      {
        name: 'JSON Lines',
        operations: EVENTS,
        work: () => {
          const file = openSync(join(folder, 'ledger.jsonl'), 'w');
          for (let i = 0; i < EVENTS; i += 1000) {
            let lines = '';
            for (let j = i; j < i + 1000; j++) lines += `${JSON.stringify(events[j])}\n`;
            writeSync(file, lines);
          }
          closeSync(file);
        },
      },
    ];
    return await race('Ledger append, to disk', 'events', runners, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
