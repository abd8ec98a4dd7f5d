/**
 * Whatever happens to machines, rules, components and links: every packet ends once, every request is counted, folding
 * gives the state that ran, and any flow can be told.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../core/ledger.ts';
import { Ledger } from '../../core/ledger.ts';
import { NetEventKind, type PassageEvent } from '../../net/event.ts';
import { decisions } from '../../runs/ledger-file/decision.ts';
import { Simulation } from '../../runs/simulation.ts';
import { FlowRecord } from '../../runs/trace/flow-record.ts';
import { traceMermaid } from '../../runs/trace/mermaid.ts';
import { RuleSources } from '../../runs/trace/rule-source.ts';
import { storyOf } from '../../runs/trace/story.ts';
import { traceTable } from '../../runs/trace/table.ts';
import { type WorldEvent, worldCodec } from '../../runs/world/event.ts';
import { CHAOS_SECONDS, chaos } from './chaos.ts';
import { worldDigests } from './world-digest.ts';

const test = suite('chaos');
const NUMBERS = [0, 4, 5, 14, 20];
const UNTIL_NS = CHAOS_SECONDS * 1e9;

/** A batch whose arrays are its own: the ledger uses them again. */
function kept(batch: Batch): Batch {
  const columns = Object.fromEntries(
    Object.entries(batch.columns).map(([name, column]) => [name, (column as Float64Array).slice(0, batch.rows)]),
  );
  return { ...batch, columns: columns as unknown as Batch['columns'] };
}

for (const number of NUMBERS) {
  test(`chaos ${number}: packets and requests add up, and folding gives the state that ran`, () => {
    const scenario = chaos(number);
    const batches: Batch[] = [];
    const ledger = new Ledger(worldCodec, 'start', (batch) => batches.push(kept(batch)));
    const live = new Simulation(scenario, { ledger });
    const fates = new Map<number, number>();
    const revived: number[] = [];
    const begun = new Set<number>();
    let completed = 0;
    live.events.subscribe((event) => {
      if (event.kind === NetEventKind.RequestStarted || event.kind === NetEventKind.LookupStarted)
        begun.add(event.flow);
      if (event.kind === NetEventKind.RequestCompleted) completed++;
      if (event.kind > NetEventKind.PacketUnknown) return;
      const { packet } = event as PassageEvent;
      if ((fates.get(packet) ?? 0) > NetEventKind.PacketForwarded) revived.push(packet);
      fates.set(packet, event.kind);
    });
    live.runUntil(UNTIL_NS);
    live.engine.finish(UNTIL_NS);
    const { net } = live.world;
    assert.equal(revived, []);
    for (const [packet, kind] of fates)
      assert.is(net.packets.has(packet), kind <= NetEventKind.PacketForwarded, `packet ${packet}`);
    assert.is(net.nextPacket - 1, fates.size);
    const open = new Set([...net.requests.keys(), ...net.dns.lookups.keys()]);
    assert.is(begun.size, completed + open.size, 'a look-up and the request behind it are one flow');
    assert.ok(fates.size > 1000 && completed > 50);

    const folded = new Simulation(scenario);
    const source = new RuleSources(scenario);
    const records = Array.from({ length: 12 }, (_, i) => new FlowRecord(folded.world.net, source, 1 + i * 23));
    const broken: unknown[] = [];
    folded.events.subscribe((event) => {
      try {
        for (const record of records) record.take(event);
      } catch (error) {
        broken.push(error);
      }
    });
    for (const { cause, events } of decisions(batches, worldCodec)) folded.engine.fold(events as WorldEvent[], cause);
    folded.engine.bus.clock.advance(UNTIL_NS);
    assert.equal(broken, []);
    assert.equal(worldDigests(folded), worldDigests(live));

    for (const record of records) {
      if (record.started === undefined) continue;
      const trace = storyOf(folded.world.net, record, { from: 'client', to: 'url', seed: '', scenario: 'chaos' });
      for (const text of [traceTable(trace), traceTable(trace, { packets: true }), traceMermaid(trace)]) {
        assert.not.match(text, /undefined|NaN/);
        assert.ok(text.length > 50);
      }
    }
  });
}

test.run();
