/**
 * `kubehop run` and what reads its runs back, as processes.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../../runs/report/summary.ts';
import { SMALL, scenarioFolder } from '../small-scenario.ts';
import { kubehop, kubehopHere, LOADER, MAIN } from './kubehop.ts';

const test = suite('run');
const place = scenarioFolder();
test.after(() => place.remove());
const here = (args: readonly string[]) => kubehopHere(args, place.folder);

test('run -o json is one document with every field, and two processes give the same digest', () => {
  const other = join(place.folder, 'elsewhere');
  mkdirSync(other);
  writeFileSync(join(other, 'small.yaml'), SMALL);
  const first = kubehop(['run', 'small.yaml', '-o', 'json', '--requests', 'r.jsonl'], place.folder);
  const second = kubehop(
    ['run', join(other, 'small.yaml'), '-o', 'json', '--out', 'apart', '--seed', '7'],
    place.folder,
  );
  assert.is(first.code, 0, first.stderr);
  const summary = JSON.parse(first.stdout) as Summary;
  const again = JSON.parse(second.stdout) as Summary;
  assert.equal(Object.keys(summary), [
    'run',
    'scenario',
    'seed',
    'digest',
    'events',
    'packetHops',
    'virtualTimeSeconds',
    'wallSeconds',
    'traffic',
    'packets',
    'drops',
    'expectations',
    'findings',
    'notices',
  ]);
  assert.is(summary.seed, '7');
  assert.is(summary.virtualTimeSeconds, 24);
  // Neither the folder nor `--out` is in them, and a seed is the same wherever it is said.
  assert.is(summary.digest, again.digest);
  assert.is(summary.run, again.run);
  const row = summary.traffic[0]!;
  assert.equal(Object.keys(row.failed), ['refused', 'reset', 'timeout', 'unreachable', 'unresolved', 'unknown']);
  assert.equal(row.status, { '200': 30 });
  const [low, high] = row.latencyIntervalsSeconds!.p50;
  assert.ok(low <= row.latencySeconds!.p50 && row.latencySeconds!.p50 <= (high ?? Number.POSITIVE_INFINITY));
  assert.ok(row.latencySeconds!.p50 <= row.latencySeconds!.p99 && row.latencySeconds!.p99 <= row.latencySeconds!.max);
  const { sent, ...ends } = summary.packets;
  assert.is(
    sent,
    Object.values(ends).reduce((sum, count) => sum + count, 0),
  );
  const requests = readFileSync(join(place.folder, 'r.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.is(
    requests.length,
    summary.traffic.reduce((sum, { requests: count }) => sum + count, 0),
  );
  assert.equal(Object.keys(requests[0]!), [
    'traffic',
    'n',
    'at',
    'outcome',
    'status',
    'backend',
    'seen',
    'hops',
    'latencySeconds',
    'flow',
  ]);
  assert.equal(readdirSync(join(place.folder, '.kubehop', 'runs', summary.run)).sort(), ['ledger.arrow', 'run.json']);
});

test('a table names its seed, ends with the command that repeats it, and fits 100 columns without colour', async () => {
  const { stdout, stderr, code } = await kubehopHere(
    ['run', 'small.yaml', '--seed', '9', '--until', '30s'],
    place.folder,
  );
  assert.is(code, 0, stderr);
  assert.match(stdout, /\nseed +9\n/);
  assert.match(stdout, /\nrepeat +npx kubehop run small\.yaml --seed 9 --until 30s\n$/);
  assert.not.ok(stdout.includes('\x1b'));
  for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
});

test('the catalogue, replay, log, compare and explain read the runs back', async () => {
  const ls = await here(['runs', 'ls']);
  const ids = ls.stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(' ')[0]!);
  assert.is(ids.length, 2);
  const record = JSON.parse((await here(['runs', 'show', ids[0]!.slice(0, 6)])).stdout) as { seed: string };
  assert.is(record.seed, '7');
  assert.is((await here(['replay', ids[0]!, '--verify'])).code, 0);
  assert.match(
    (await here(['replay', ids[0]!, '--at', '12s', '--show', 'endpoints'])).stdout,
    /endpoints\/web +10\.244/,
  );
  const log = await here(['log', ids[0]!, '-o', 'jsonl', '--kind', 'RequestCompleted', '--flow', '1']);
  const line = JSON.parse(log.stdout) as Record<string, unknown>;
  assert.is(line['traffic'], 'inside');
  assert.is(line['outcome'], 'answered');
  const nobody = await here(['log', ids[0]!, '--host', 'nod1']);
  assert.equal(nobody, {
    stdout: '',
    stderr: '--host nod1: There is no such host in this run; did you mean "node1"?\n',
    code: 2,
  });
  assert.is((await here(['log', ids[0]!, '--host', 'client', '--kind', 'HostChanged'])).code, 0);
  assert.is((await here(['compare', ids[0]!, ids[0]!])).code, 0);
  const compared = await here(['compare', ids[0]!, 'latest']);
  assert.is(compared.code, 1);
  assert.match(compared.stdout, /^The first difference is event \d+\n/);
  const explained = (await here(['explain', 'latest', '--flow', '1'])).stdout;
  assert.match(explained, /KUBE-SVC-/);
  assert.match(explained, new RegExp(`\\nrepeat +npx kubehop explain ${ids[1]} --flow 1\\n$`));
  assert.is((await here(['runs', 'rm', ids[1]!])).code, 0);
  assert.match((await here(['runs', 'show', ids[1]!])).stderr, /There is no run/);
});

test('an expectation that fails makes it exit 1, an unknown rule under --strict exit 3', async () => {
  writeFileSync(join(place.folder, 'expecting.yaml'), `${SMALL}  expect:\n    - { traffic: empty, answered: 1.0 }\n`);
  const failed = await kubehopHere(['run', 'expecting.yaml'], place.folder);
  assert.is(failed.code, 1, failed.stderr);
  assert.match(failed.stdout, /✗ empty: answered = 1\n +got 0 of 3\n +expecting\.yaml:\d+:\d+/);
  const odd = '-A FORWARD -p tcp -m tcp --dport 80 -m time --weekdays Mon -j ACCEPT';
  writeFileSync(join(place.folder, 'odd.rules'), `*filter\n:FORWARD ACCEPT [0:0]\n${odd}\nCOMMIT\n`);
  writeFileSync(
    join(place.folder, 'odd.yaml'),
    SMALL.replace('  nodes: 2', '  nodes: 2\n  rules: { node1: odd.rules, node2: odd.rules }'),
  );
  const strict = await kubehopHere(['run', 'odd.yaml', '--strict'], place.folder);
  assert.is(strict.code, 3, strict.stderr + strict.stdout);
  assert.match(strict.stdout, /unknown-rule on node\d\n.*-m time/);
  assert.is((await kubehopHere(['run', 'odd.yaml'], place.folder)).code, 0);
});

test('SIGINT ends it cleanly: nothing is kept, and it says so', async () => {
  const out = join(place.folder, 'interrupted');
  const many = SMALL.replace('requests: 60', 'requests: 200000')
    .replace('rate: 10/s, timeout', 'rate: 10/s, timeout')
    .replace('until: 24s', 'until: 50000s');
  writeFileSync(join(place.folder, 'long.yaml'), many);
  const args = [...LOADER, MAIN, 'run', 'long.yaml', '--out', out, '--requests', 'long.jsonl'];
  const child = spawn(process.execPath, args, { cwd: place.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const runs = join(out, 'runs');
  while (!existsSync(runs)) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => setTimeout(done, 700));
  child.kill('SIGINT');
  const code = await new Promise((done) => child.on('close', done));
  assert.is(code, 130, stderr);
  assert.match(stderr, /^Interrupted at .* of virtual time: nothing was kept\n$/);
  assert.equal(readdirSync(runs), []);
  assert.equal(
    readdirSync(place.folder).filter((name) => name.startsWith('long.jsonl')),
    [],
  );
});

test.run();
