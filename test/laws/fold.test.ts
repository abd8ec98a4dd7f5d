/**
 * A run is a fold: the ledger file, read in another process, gives the state that ran, counters and pending commands
 * included; and two processes write the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SHIPPED } from './shipped.ts';

const test = suite('a run is a fold');

interface Told {
  readonly name: string;
  readonly bytes: string;
  readonly world: Readonly<Record<string, string>>;
}

const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'kubehop-')));
test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs a process of its own over every shipped scenario. */
function inChild(mode: 'record' | 'fold', folder: string): Map<string, Told> {
  const child = new URL('./child.ts', import.meta.url).pathname;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', child, mode, folder, ...SHIPPED], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  assert.is(status, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  return new Map(lines.map((line) => [line.name, line]));
}

const live = inChild('record', folders[0]!);
const folded = inChild('fold', folders[0]!);
const again = inChild('record', folders[1]!);

for (const name of SHIPPED) {
  test(`${name}: the folded file is the state that ran`, () => {
    assert.equal(folded.get(name)!.world, live.get(name)!.world);
    assert.ok(Object.keys(live.get(name)!.world).some((part) => part.startsWith('host node')));
  });

  test(`${name}: another process writes the same bytes`, () => {
    assert.is(again.get(name)!.bytes, live.get(name)!.bytes);
  });
}

test('the digests tell scenarios apart', () => {
  assert.is(new Set([...live.values()].map(({ bytes }) => bytes)).size, SHIPPED.length);
});

test.run();
