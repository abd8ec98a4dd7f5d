/**
 * Recorded runs: folding the file gives the world that the run had, from any prefix a run goes on to the same bytes, and
 * a changed byte of history is found.
 */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../../core/ledger.ts';
import { compareRuns } from '../../../runs/compare.ts';
import { LedgerReader } from '../../../runs/ledger-file/reader.ts';
import { EventLines } from '../../../runs/replay/event-line.ts';
import { Replay } from '../../../runs/replay/replay.ts';
import { resume } from '../../../runs/replay/resume.ts';
import { verifyLedger } from '../../../runs/replay/verify-digest.ts';
import { observeRun, type RunFigures } from '../../../runs/report/run-figures.ts';
import { type RunEnd, recordRun } from '../../../runs/run.ts';
import { readRunInput } from '../../../runs/run-input.ts';
import { worldCodec } from '../../../runs/world/event.ts';
import { scenarioFolder } from '../small-scenario.ts';
import { worldText } from './world-text.ts';

const test = suite('replay');
const place = scenarioFolder();
test.after(() => place.remove());

const SECOND = 1e9;
const path = join(place.folder, 'ledger.arrow');
let end: RunEnd;
let liveFigures: RunFigures;
/** The live world at an instant on the way. */
let midway: ReturnType<typeof worldText>;

async function record(ledgerPath: string, sets: readonly string[] = []): Promise<RunEnd> {
  const { scenario, header } = readRunInput([place.path], { sets });
  let figures: () => RunFigures;
  const recorded = await recordRun(scenario, {
    ledgerPath,
    header,
    observe(simulation) {
      figures = observeRun(simulation).figures;
    },
  });
  liveFigures = figures!();
  return recorded;
}

test.before(async () => {
  end = await record(path);
  const replayed = new Replay(path);
  replayed.close();
  const { simulation } = resume(new LedgerReader(path, worldCodec), 0, () => {});
  simulation.runUntil(12.3 * SECOND);
  midway = structuredClone(worldText(simulation));
});

test('fold of the file gives the live world: connections, counters, sockets, objects', () => {
  const replay = new Replay(path);
  replay.finish();
  assert.equal(
    JSON.parse(JSON.stringify(worldText(replay.simulation))),
    JSON.parse(JSON.stringify(worldText(end.simulation))),
  );
  assert.is(replay.events, end.events);
  assert.is(replay.reader.digest, end.digest);
  replay.close();
});

test('foldUntil() gives the world of that instant', () => {
  const replay = new Replay(path);
  replay.foldUntil(12.3 * SECOND);
  assert.equal(JSON.parse(JSON.stringify(worldText(replay.simulation))), JSON.parse(JSON.stringify(midway)));
  assert.ok(!replay.ended);
  replay.close();
});

test('a measure gives the same figures live and replayed', () => {
  const replay = new Replay(path);
  const observed = observeRun(replay.simulation);
  replay.finish();
  // A ledger knows its files by names relative to the scenario's folder.
  const live = JSON.stringify(liveFigures).replaceAll(`${place.folder}/`, '');
  assert.equal(JSON.parse(JSON.stringify(observed.figures())), JSON.parse(live));
  replay.close();
});

test('resume() goes on to the same bytes from any prefix', () => {
  const reader = new LedgerReader(path, worldCodec);
  const whole = [...reader.batches()].map(({ first, rows, digest }) => ({ first, rows, digest }));
  for (const events of [0, 1, 37, Math.floor(end.events / 3), whole[0]!.rows, end.events - 5, end.events]) {
    const batches: Batch[] = [];
    const resumed = resume(reader, events, ({ first, rows, digest, columns }) =>
      batches.push({ first, rows, digest, columns }),
    );
    assert.ok(resumed.events <= events && resumed.events >= Math.min(events, end.events) - 200);
    resumed.simulation.runUntil(end.endNs);
    resumed.simulation.engine.finish(end.endNs);
    assert.is(resumed.ledger.digest, end.digest, `from ${events} events`);
    assert.is(resumed.ledger.length, end.events);
    assert.equal(
      batches.map(({ first, rows, digest }) => ({ first, rows, digest })),
      whole.slice(whole.length - batches.length),
    );
  }
  reader.close();
});

test('verifyLedger() simulates the same bytes again', async () => {
  const { recorded, simulated, difference, events } = await verifyLedger(path);
  assert.is(difference, undefined);
  assert.is(recorded, end.digest);
  assert.is(simulated, end.digest);
  assert.is(events, end.events);
});

test('verifyLedger() shows the first event of a ledger that another history was written into', async () => {
  // A run of another seed, under a header that claims this one.
  const { scenario } = readRunInput([place.path], { seed: '8' });
  const { header } = readRunInput([place.path]);
  const forged = join(place.folder, 'forged.arrow');
  await recordRun(scenario, { ledgerPath: forged, header });
  const { difference } = await verifyLedger(forged);
  assert.ok(difference !== undefined);
  assert.is.not(difference!.recorded, difference!.simulated);
  assert.ok(difference!.sequence < 20);
});

test('compareRuns() finds the first event that differs, and the requests whose fate changed', async () => {
  const other = join(place.folder, 'other.arrow');
  await record(other, ['spec.timeline[1].at=17s', 'spec.traffic[1].timeout=100ms']);
  const same = compareRuns(path, path);
  assert.ok(same.same && same.first === undefined && same.changed.length === 0);
  const different = compareRuns(path, other);
  assert.not.ok(different.same);
  assert.match(different.first!.left!, /"seq":\d+/);
  assert.is.not(different.first!.left, different.first!.right);
  assert.is(different.requests, same.requests);
  for (const { left, right } of different.changed) assert.is.not(left, right);
});

test('compareRuns() names a request whose rule came earlier', async () => {
  const other = join(place.folder, 'earlier.arrow');
  await record(other, ['spec.timeline[1].at=11s']);
  const { changed } = compareRuns(path, other);
  const outside = changed.filter(({ traffic }) => traffic === 'outside');
  assert.ok(outside.length > 0);
  assert.ok(outside.every(({ left, right }) => left!.startsWith('answered 200') && right!.startsWith('inFlight')));
});

test('EventLines tells each event in names, and every one of the ledger', () => {
  const replay = new Replay(path);
  const lines = new EventLines(replay.simulation.world, { rules: true });
  const kinds = new Set<string>();
  let count = 0;
  let dark: Record<string, unknown> | undefined;
  replay.simulation.events.subscribe((event) => {
    const line = lines.line(event, count++);
    kinds.add(line.kind);
    assert.is(line.at, event.at);
    JSON.parse(JSON.stringify(line));
    if (line['verdict'] === 'dropped') dark ??= line;
  });
  replay.finish();
  replay.close();
  assert.is(count, end.events);
  assert.ok(
    ['RequestCompleted', 'PacketDropped', 'ObjectWritten', 'ProxyRulesSynced'].every((kind) => kinds.has(kind)),
  );
  assert.is(dark!['host'], 'node1');
  assert.is(dark!['reason'], 'netfilter-drop');
  assert.is(dark!['flags'], 'SYN');
  assert.match(String(dark!['before']), /^198\.51\.100\.7:\d+ > 10\.0\.0\.11:30080$/);
  assert.match(String(dark!['after']), /^198\.51\.100\.7:\d+ > 10\.244\.\d\.\d+:80$/);
  assert.is((dark!['rules'] as string[]).at(-1), 'filter -A FORWARD -p tcp -m tcp --dport 80 -j DROP');
});

test.run();
