/**
 * The catalogue: runs appear whole, keep apart, and are found by what a person types.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findRun, listRuns, removeRun } from '../../../runs/archive/catalogue.ts';
import { RunDraft } from '../../../runs/archive/run-draft.ts';
import { runId } from '../../../runs/archive/run-record.ts';
import { InputError } from '../../../runs/input-error.ts';

const test = suite('archive');
const root = mkdtempSync(join(tmpdir(), 'kubehop-archive-'));
test.after(() => rmSync(root, { recursive: true }));
let folders = 0;
const freshFolder = () => join(root, `out${folders++}`);

function store(out: string, id: string, ledger = 'rows', digest = 'd'): string {
  const draft = new RunDraft(out);
  writeFileSync(draft.ledgerPath, ledger);
  return draft.finish({ id, scenario: 's', seed: '1', digest, events: 3, toolVersion: '0', summary: { a: 1 } });
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.reason;
    throw error;
  }
  return 'accepted';
}

test('runId() is the head of the digest', () => {
  assert.is(runId('0123456789abcdef0123456789abcdef'), '0123456789ab');
});

test('a run is not seen before it is whole, and leaves nothing behind when it is thrown away', () => {
  const out = freshFolder();
  const draft = new RunDraft(out);
  writeFileSync(draft.ledgerPath, 'half');
  assert.equal(listRuns(out), []);
  assert.match(
    refusal(() => findRun(out, 'latest')),
    /There is no run yet/,
  );
  draft.discard();
  assert.equal(readdirSync(join(out, 'runs')), []);
});

test('findRun() knows ids, unique prefixes and latest', () => {
  const out = freshFolder();
  store(out, 'abc111');
  store(out, 'abd222');
  store(out, 'abc333');
  assert.is(findRun(out, 'abd').record!.id, 'abd222');
  assert.is(findRun(out, 'abc111').record!.id, 'abc111');
  assert.is(findRun(out, 'latest').record!.id, 'abc333');
  assert.equal(
    listRuns(out).map(({ record }) => record.id),
    ['abc111', 'abd222', 'abc333'],
  );
  assert.is(
    refusal(() => findRun(out, 'abc')),
    '"abc" is the start of 2 runs: abc111, abc333',
  );
  assert.match(
    refusal(() => findRun(out, 'x')),
    /There is no run "x"/,
  );
  assert.match(
    refusal(() => findRun(out, '')),
    /There is no run ""/,
  );
  store(out, 'abc111');
  assert.is(findRun(out, 'latest').record!.id, 'abc111');
  assert.equal(findRun(out, 'abc111').record!.summary, { a: 1 });
});

test('findRun() takes the path of a folder or of a ledger', () => {
  const out = freshFolder();
  const folder = store(out, 'abc111');
  assert.is(findRun('elsewhere', folder).record!.id, 'abc111');
  assert.is(findRun('elsewhere', join(folder, 'ledger.arrow')).record!.id, 'abc111');
  assert.is(
    refusal(() => findRun('elsewhere', `${folder}/nothing.arrow`)),
    'There is no such run',
  );
  assert.is(
    refusal(() => findRun('elsewhere', root)),
    'This folder has no ledger.arrow',
  );
});

test('a run takes the place of one with the same id', () => {
  const out = freshFolder();
  store(out, 'abc111', 'old', 'd1');
  const folder = store(out, 'abc111', 'new', 'd2');
  assert.is(readFileSync(join(folder, 'ledger.arrow'), 'utf8'), 'new');
  assert.is(findRun(out, 'abc111').record!.digest, 'd2');
  assert.equal(readdirSync(join(out, 'runs')), ['abc111']);
});

test('removeRun() takes one run away and no other', () => {
  const out = freshFolder();
  store(out, 'abc111');
  store(out, 'abd222');
  assert.is(removeRun(out, 'abc').id, 'abc111');
  assert.equal(readdirSync(join(out, 'runs')), ['abd222']);
  assert.match(
    refusal(() => removeRun(out, 'abc')),
    /There is no run "abc"/,
  );
  assert.match(
    refusal(() => removeRun(out, '../x')),
    /is a path/,
  );
});

test('a folder that holds no record is passed over', () => {
  const out = freshFolder();
  const folder = store(out, 'abc111');
  store(out, 'abd222');
  writeFileSync(join(folder, 'run.json'), '{"id":');
  assert.equal(
    listRuns(out).map(({ record }) => record.id),
    ['abd222'],
  );
});

test('RunDraft says where no run can be written', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  assert.is(
    refusal(() => new RunDraft(file)),
    'No run can be written here: ENOTDIR',
  );
});

test('twenty runs that finish at once all stand, and one that all write is whole', async () => {
  const out = freshFolder();
  const gate = new Int32Array(new SharedArrayBuffer(4));
  // A thread doesn't take over the loader that reads TypeScript.
  const program = `import('tsx/esm/api').then(({ register }) => {
    register();
    return import(${JSON.stringify(new URL('./writer.ts', import.meta.url).href)});
  })`;
  const writers = Array.from(
    { length: 20 },
    (_, number) => new Worker(program, { eval: true, workerData: { out, number, gate } }),
  );
  const ended = writers.map((writer) => new Promise((done, fail) => writer.once('exit', done).once('error', fail)));
  await Promise.all(writers.map((writer) => new Promise((done) => writer.once('message', done))));
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  assert.equal(await Promise.all(ended), new Array(20).fill(0));
  const runs = listRuns(out);
  assert.is(runs.length, 21);
  for (const { record, ledgerPath } of runs) {
    assert.is(readFileSync(ledgerPath, 'utf8'), `ledger of ${record.id}`);
    assert.is(record.digest, `digest of ${record.id}`);
  }
  assert.equal(
    readdirSync(join(out, 'runs')).filter((name) => name.startsWith('.')),
    [],
  );
});

test.run();
