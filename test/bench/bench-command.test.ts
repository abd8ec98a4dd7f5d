/**
 * `kubehop bench`: what it prints, keeps and compares. No figure is judged here, only that there are some.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runBench } from '../../bench/main.ts';
import type { BenchReport } from '../../bench/report.ts';
import { findBench, keepBench } from '../../runs/archive/bench-catalogue.ts';
import { kubehopHere } from '../runs/cli/kubehop.ts';
import { sampleReport } from './sample-report.ts';

const test = suite<{ folder: string }>('bench command');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-command-'));
});

test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true });
});

const page = (id: string): string => `<p>${id}`;

test('bench PART races that part alone, prints JSON and keeps it with its page', async ({ folder }) => {
  const { stdout, stderr, code } = await kubehopHere(['bench', 'conntrack', '--quick', '-o', 'json'], folder);
  assert.is(code, 0);
  const report = JSON.parse(stdout) as BenchReport;
  assert.equal(
    report.sections.map(({ name }) => name),
    ['conntrack'],
  );
  const [finding] = report.sections[0]!.races;
  assert.equal(
    finding!.results.map(({ name }) => name),
    ['kubehop table', 'Map of texts'],
  );
  for (const { rate, rates, samples } of finding!.results) {
    assert.ok(rate > 0 && rates.low <= rate && rate <= rates.high && samples > 0);
  }
  const id = /^Kept as (\w{12}): /m.exec(stderr)![1]!;
  const out = join(folder, '.kubehop');
  assert.equal(findBench(out, id).report, report);
  assert.ok(readFileSync(join(out, 'bench', id, 'bench.html'), 'utf8').includes(id));
});

test('bench --list, --show and --compare work on what is kept, without racing', async ({ folder }) => {
  const out = join(folder, '.kubehop');
  const before = keepBench(out, sampleReport(), page).record.id;
  const after = keepBench(out, sampleReport(2), page).record.id;
  const listed = await kubehopHere(['bench', '--list'], folder);
  assert.match(listed.stdout, new RegExp(`^${before} .* quick +routes,engine .*\n${after} `));
  const shown = await kubehopHere(['bench', '--show', after], folder);
  assert.match(shown.stdout, /^Look-ups & more, 10,000 prefixes$/m);
  const compared = await kubehopHere(['bench', '--show', 'latest', '--compare', before], folder);
  assert.match(compared.stdout, /trie "x" .*2\.00 x .*faster/);
  const html = await kubehopHere(['bench', '--show', after, '-o', 'html'], folder);
  assert.match(html.stdout, /^<!doctype html>/);
  for (const { code, stderr } of [listed, shown, compared, html]) assert.equal([code, stderr], [0, '']);
});

test('bench refuses what it does not know in one line, before it races', async ({ folder }) => {
  for (const [args, why] of [
    [['rotues'], /bench rotues: wanted is one of routes, services, conntrack, engine/],
    [['--compare', 'latest'], /No benchmark is kept yet/],
    [['--full', '--quick'], /wanted is one of them/],
    [['-o', 'yaml'], /wanted is one of table, json, html/],
  ] as const) {
    const { code, stdout, stderr } = await kubehopHere(['bench', ...args], folder);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, why);
    assert.is(stderr.trim().split('\n').length, 1);
  }
  assert.not(existsSync(join(folder, '.kubehop')));
});

test('bench --show refuses the report of another version', async ({ folder }) => {
  const { id } = keepBench(join(folder, '.kubehop'), { format: 0 }, page).record;
  const { code, stderr } = await kubehopHere(['bench', '--show', id], folder);
  assert.is(code, 2);
  assert.match(stderr, /another version/);
});

test('runBench() gives routes and services every way and every figure', async () => {
  const parts: string[] = [];
  const report = await runBench({
    sections: ['routes', 'services'],
    scale: 'quick',
    main: '',
    progress: (part) => parts.push(part),
  });
  assert.equal(parts, ['routes, IPv4, 1,000 prefixes', 'routes, IPv6, 1,000 prefixes', 'services, 100 × 3 endpoints']);
  const [routes, services] = report.sections;
  const ways = (section: typeof routes) => section!.races.map(({ results }) => results.length);
  assert.equal(
    [ways(routes), ways(services)],
    [
      [6, 6, 5, 5],
      [4, 4],
    ],
  );
  for (const { sheets } of report.sections)
    for (const { columns, rows } of sheets)
      for (const { values } of rows) {
        assert.is(values.length, columns.length);
        for (const value of values) assert.ok(value === null || (Number.isFinite(value) && value >= 0));
      }
  const [toService, toNone] = services!.sheets[0]!.rows.map(({ values }) => values as number[]);
  assert.ok(toService![0]! <= toService![1]! && toService![1]! <= toService![2]! && toService![2]! <= toService![3]!);
  // Without a service every packet takes the same way.
  assert.is(toNone![0], toNone![3]);
});

test.run();
