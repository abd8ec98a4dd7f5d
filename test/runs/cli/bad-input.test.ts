/**
 * Bad usage and bad input: one line on standard error, exit code 2, nothing written.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SMALL, scenarioFolder } from '../small-scenario.ts';
import { kubehop, kubehopHere } from './kubehop.ts';

const test = suite('bad-input');
const place = scenarioFolder();
test.after(() => place.remove());

const scenario = (from: string, to: string): string => {
  assert.ok(SMALL.includes(from), from);
  return SMALL.replace(from, to);
};

/** Name, text of the file, and how the line must begin and go on. */
const FILES: readonly (readonly [name: string, text: string, wanted: RegExp])[] = [
  ['an unknown key', scenario('  nodes: 2', '  nodse: 2'), /^bad\.yaml:\d+:\d+: .*nodse.*nodes/],
  ['a wrong type', scenario('  nodes: 2', '  nodes: many'), /^bad\.yaml:\d+:\d+: /],
  ['a dangling name', scenario('http://web/', 'http://wbe/'), /^bad\.yaml:\d+:\d+: .*wbe.*web/],
  [
    'a wrong type in a manifest',
    scenario('containerPort: 80', 'containerPort: http'),
    /^bad\.yaml:9:78: .*cannot unmarshal string into Go struct field .* of type int32/,
  ],
  [
    'a node port out of range',
    scenario('nodePort: 30080 }] }', 'nodePort: 40000 }] }'),
    /^bad\.yaml:14:79: The Service "web" is invalid: spec\.ports\[0\]\.nodePort: Invalid value: 40000: provided port is not in the valid range\. The range of valid ports is 30000-32767$/m,
  ],
  ['port 0', scenario('node/node1:30080', 'node/node1:0'), /^bad\.yaml:\d+:\d+: .*1 to 65535/],
  ['no YAML', 'spec: [', /^bad\.yaml:\d+:\d+: /],
  ['nothing', '', /Scenario/],
];

test('each bad file is said in one line at its place', async () => {
  for (const [name, text, wanted] of FILES) {
    writeFileSync(join(place.folder, 'bad.yaml'), text);
    const { stdout, stderr, code } = await kubehopHere(['run', 'bad.yaml', '--requests', 'r.jsonl'], place.folder);
    assert.is(code, 2, name);
    assert.is(stdout, '', name);
    assert.match(stderr, wanted);
    assert.match(stderr, /^[^\n]+\n$/, name);
    assert.not.ok(existsSync(join(place.folder, '.kubehop')), name);
    assert.not.ok(existsSync(join(place.folder, 'r.jsonl')), name);
  }
});

test('each bad option or name is said in one line', async () => {
  mkdirSync(join(place.folder, 'none'), { recursive: true });
  writeFileSync(
    join(place.folder, 'bad.rules'),
    '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dprt 80 -j DROP\nCOMMIT\n',
  );
  writeFileSync(join(place.folder, 'open.rules'), '*filter\n:INPUT ACCEPT [0:0]\n');
  writeFileSync(join(place.folder, 'junk.arrow'), 'no ledger at all, whatever its name says');
  const lines: readonly (readonly [args: readonly string[], wanted: RegExp])[] = [
    [['run'], /missing required argument/],
    [['walk'], /unknown command/],
    [['run', 'small.yaml', '--sed', '3'], /unknown option/],
    [['run', 'missing.yaml'], /^missing\.yaml: There is no such file/],
    [['run', 'small.yaml', '--until', 'soon'], /^--until soon: /],
    [['run', 'small.yaml', '--set', 'nodes=0'], /^--set nodes=0: /],
    [['run', 'small.yaml', '-o', 'xml'], /^-o xml: .*table, json/],
    [['run', 'none'], /^none: /],
    [['run', 'small.yaml', '--out', 'small.yaml'], /^small\.yaml: /],
    [['replay', 'latest'], /There is no run yet/],
    [['log', './junk.arrow'], /^\.\/junk\.arrow: This is not a ledger/],
    [['ruleset', 'small.yaml', '--node', 'node9', '--at', '1s'], /^--node node9: .*node1/],
    [['ruleset', '--load', 'bad.rules'], /^bad\.rules:3:\d+: /],
    [['ruleset', '--load', 'open.rules'], /^open\.rules:\d+:\d+: /],
    [['topology', 'small.yaml', '--at', 'x'], /^--at x: /],
    [['exec', 'small.yaml'], /behind --/],
  ];
  for (const [args, wanted] of lines) {
    const { stdout, stderr, code } = await kubehopHere(args, place.folder);
    assert.is(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.is(stdout, '', args.join(' '));
    assert.match(stderr, wanted);
    assert.match(stderr, /^[^\n]+\n$/, args.join(' '));
  }
  assert.not.ok(existsSync(join(place.folder, '.kubehop')));
});

test('a process ends with the same line and code', () => {
  writeFileSync(join(place.folder, 'bad.yaml'), SMALL.replace('  nodes: 2', '  nodse: 2'));
  const { stdout, stderr, code } = kubehop(['run', 'bad.yaml'], place.folder);
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^bad\.yaml:\d+:\d+: [^\n]*nodse[^\n]*\n$/);
});

test.run();
