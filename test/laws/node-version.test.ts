/** Law 3: every Node version that we name gives the same bytes, and so do two processes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('Node versions');

const MAIN = 'dist/bundle/main.js';
const VERSIONS = ['20', '22', '24', '26'];

/** Runs the flagship under a Node version. @returns the digest and the ledger's bytes, or why not */
function runUnder(
  command: string,
  args: readonly string[],
): { readonly digest: string; readonly ledger: Buffer } | string {
  const out = mkdtempSync(join(tmpdir(), 'kubehop-node-'));
  try {
    const child = spawnSync(
      command,
      [...args, MAIN, 'run', 'runs/scenarios/flagship.yaml', '--out', out, '-o', 'json'],
      { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 },
    );
    if (child.status !== 0)
      return `${command} ${args.join(' ')} ended with ${child.status}: ${child.stderr.slice(-300)}`;
    const { run, digest } = JSON.parse(child.stdout) as { run: string; digest: string };
    return { digest, ledger: readFileSync(join(out, 'runs', run, 'ledger.arrow')) };
  } finally {
    rmSync(out, { recursive: true });
  }
}

test('two processes write the same bytes', () => {
  const [first, second] = [runUnder(process.execPath, []), runUnder(process.execPath, [])];
  if (typeof first === 'string' || typeof second === 'string') throw new Error(String(first));
  assert.is(first.digest, second.digest);
  assert.ok(first.ledger.equals(second.ledger));
});

test(`Node ${VERSIONS.join(', ')} write the same bytes`, () => {
  const available = VERSIONS.filter((version) => {
    const probe = spawnSync('npx', ['-y', `node@${version}`, '--version'], { encoding: 'utf8', timeout: 120_000 });
    const found = probe.status === 0 && probe.stdout.trim().startsWith(`v${version}.`);
    if (!found) process.stdout.write(`SKIP Node ${version}: npx cannot fetch it here\n`);
    return found;
  });
  const results = available.map((version) => runUnder('npx', ['-y', `node@${version}`]));
  for (const [index, result] of results.entries()) {
    if (typeof result === 'string') throw new Error(result);
    const first = results[0] as Exclude<typeof result, string>;
    assert.is(result.digest, first.digest, `Node ${available[index]}`);
    assert.ok(result.ledger.equals(first.ledger), `Node ${available[index]}: the file`);
  }
});

test.run();
