/**
 * Benchmarks are kept whole, found by what a person types, and refused in one line.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { benchFolder, findBench, keepBench, listBenches } from '../../../runs/archive/bench-catalogue.ts';
import { InputError } from '../../../runs/input-error.ts';

const test = suite<{ out: string }>('bench catalogue');

test.before.each((context) => {
  context.out = mkdtempSync(join(tmpdir(), 'kubehop-catalogue-'));
});

test.after.each(({ out }) => {
  rmSync(out, { recursive: true });
});

const page = (id: string): string => `<p>${id}`;

test('keepBench() keeps record and page, and listBenches() has the newest last', ({ out }) => {
  assert.equal(listBenches(out), []);
  const first = keepBench(out, { rates: [1] }, page);
  const second = keepBench(out, { rates: [2] }, page);
  assert.is.not(first.record.id, second.record.id);
  assert.equal(
    listBenches(out).map(({ report }) => report),
    [{ rates: [1] }, { rates: [2] }],
  );
  assert.is(readFileSync(join(first.folder, 'bench.html'), 'utf8'), `<p>${first.record.id}`);
});

test('findBench() takes an id, its beginning, latest, or a path', ({ out }) => {
  const { record, folder } = keepBench(out, { rates: [1] }, page);
  const last = keepBench(out, { rates: [2] }, page).record;
  let shared = 0;
  while (record.id[shared] === last.id[shared]) shared++;
  const names = [record.id, record.id.slice(0, shared + 1), folder, join(folder, 'bench.json')];
  for (const name of names) assert.equal(findBench(out, name), record);
  assert.equal(findBench(out, 'latest'), last);
});

test('findBench() refuses what there is not, and what could be two', ({ out }) => {
  const refused = (name: string, why: RegExp): void => {
    assert.throws(
      () => findBench(out, name),
      (error: unknown) => error instanceof InputError && why.test(error.message),
    );
  };
  refused('latest', /No benchmark is kept yet/);
  keepBench(out, 1, page);
  keepBench(out, 2, page);
  refused('zz', /There is no benchmark "zz"/);
  refused('', /is the start of 2/);
  writeFileSync(join(out, 'other.json'), '{"a":');
  refused(join(out, 'other.json'), /no benchmark's record/);
  refused(join(out, 'none.json'), /no benchmark's record/);
  assert.not(existsSync(join(out, 'none.json')));
});

test('keepBench() says in one line that it cannot write', ({ out }) => {
  writeFileSync(join(out, 'file'), '');
  assert.throws(
    () => keepBench(join(out, 'file'), 1, page),
    (error: unknown) => error instanceof InputError && /Nothing can be kept here/.test(error.message),
  );
  assert.not(existsSync(benchFolder(join(out, 'file'))));
});

test.run();
