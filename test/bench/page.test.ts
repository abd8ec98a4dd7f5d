/**
 * The page needs nothing but itself, and shows all that the report holds.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportPage } from '../../bench/page.ts';
import { readReport } from '../../bench/report.ts';
import { reportTable } from '../../bench/table.ts';
import { sampleReport } from './sample-report.ts';

const test = suite('page');

const page = reportPage('abc123', sampleReport());

test('reportPage() loads nothing from anywhere', () => {
  assert.not.match(page, /https?:|\/\/[a-z]|\bsrc=|<link|@import|url\(/i);
  assert.equal(page.match(/href="[^"]*"/g), ['href="#routes"', 'href="#engine"']);
});

test('reportPage() draws races over sizes as lines, and a single race as bars', () => {
  assert.is(page.match(/<svg /g)?.length, 2);
  assert.is(page.match(/<circle /g)?.length, 4);
  assert.is(page.match(/<rect /g)?.length, 1);
  assert.not.match(page, /NaN|Infinity|undefined/);
});

test('reportPage() keeps what people wrote from being taken for markup', () => {
  assert.match(page, /Read &lt;this&gt; first\./);
  assert.match(page, /Look-ups &amp; more/);
  assert.match(page, /trie &quot;x&quot;/);
});

test('reportPage() holds the report itself', () => {
  const json = /<script type="application\/json" id="report">(.*)<\/script>/.exec(page)![1]!;
  assert.equal(readReport(JSON.parse(json)), sampleReport());
});

test('reportTable() tells machine, versions, load, every runner and every note', () => {
  const text = reportTable(sampleReport());
  for (const part of [
    'Abacus <II>, 2 of 2 cores',
    'Node v20',
    'kubehop 0',
    'load average 0.5 before, 1.5 after',
    'linear',
    'trie "x"',
    'Read <this> first.',
    '–',
  ])
    assert.ok(text.includes(part), part);
});

test('readReport() refuses what another version wrote', () => {
  assert.throws(() => readReport({ ...sampleReport(), format: 0 }), /another version/);
  assert.throws(() => readReport(undefined), /another version/);
});

test.run();
