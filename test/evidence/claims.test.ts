/** The page of evidence says what the tests say: no row without its test, no test without its row. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { claimsOf, claimTable, lessons, lessonTable, RESTS_ON } from './claims.ts';

const test = suite('evidence');
const page = readFileSync('docs/evidence.md', 'utf8');

test('claimsOf() finds claims of every strength, each with what it rests on', () => {
  const claims = claimsOf();
  for (const rests of RESTS_ON)
    assert.ok(
      claims.some((claim) => claim.rests === rests),
      rests,
    );
  assert.ok(claims.every(({ rests }) => RESTS_ON.includes(rests)));
});

test('docs/evidence.md has each claim with its tests, and names the kernels that it was verified on', () => {
  const versions = /^\| .* \| kernel \| (Linux \d+\.\d+(?:, \d+\.\d+)*) \| /;
  const rows = page.split('\n').filter((line) => / \| kernel \| /.test(line));
  for (const row of rows) assert.match(row, versions);
  const verifiedOn = (behaviour: string): string =>
    versions.exec(rows.find((row) => row.startsWith(`| ${behaviour} |`)) ?? '')?.[1] ?? 'never';
  assert.ok(
    page.includes(claimTable(claimsOf(), ({ behaviour }) => verifiedOn(behaviour))),
    'renew it: npm run evidence',
  );
});

test('docs/evidence.md has each lesson of the kernel', () => {
  assert.ok(page.includes(lessonTable(lessons())), 'renew it: npm run evidence');
});

test('README shows the table of the page', () => {
  const table = /\| behaviour \| rests on \|.*?\n\n/s.exec(page)?.[0] ?? '';
  assert.ok(table !== '' && readFileSync('README.md', 'utf8').includes(table));
});

test.run();
