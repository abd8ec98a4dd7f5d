/**
 * The engine's races, small: each runner does what its name says, or throws.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agendaRace } from '../../bench/agenda.bench.ts';
import { busRace } from '../../bench/bus.bench.ts';
import { dataPathRace } from '../../bench/data-path.bench.ts';
import { ledgerRace } from '../../bench/ledger.bench.ts';

const test = suite('engine races');

const SHORT = { timeMs: 1, rounds: 1 };

test('agenda, bus and ledger are raced to their end', async () => {
  const races = [await agendaRace(100, SHORT), await busRace(SHORT), await ledgerRace(SHORT)];
  assert.equal(
    races.map(({ results }) => results.map(({ name }) => name)),
    [
      ['kubehop agenda', 'tinyqueue', 'RxJS VirtualTimeScheduler'],
      ['engine, 0 observers', 'engine, 1 observer', 'engine, 3 observers', 'three calls'],
      ['Arrow, sealed batches', 'JSON Lines'],
    ],
  );
});

test('a run is raced with and without ledger and observers, beside its replay and the plain loop', async () => {
  const { results } = await dataPathRace({ scale: 'quick', race: SHORT, main: '', progress: () => {} });
  assert.equal(
    results.map(({ name }) => name),
    [
      'ledger on disk',
      'ledger, 1 observer',
      'ledger, 3 observers',
      'no ledger',
      'no ledger, 3 observers',
      'replay',
      'plain loop, binary log',
    ],
  );
  for (const { rate } of results) assert.ok(rate > 0);
});

test.run();
