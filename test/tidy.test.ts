/** The house rules, executed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('house rules');

const LONGEST_FILE = 400;
const BANNED_NAMES = /^(utils?|helpers?|common|misc|shared)\.ts$/;
/** Where this was made is nobody's business. */
const PRIVATE = new RegExp(
  ['/wo' + 'rk/', '/ho' + 'me/[a-z]', 'regis' + 'try\\.npmjs', '\\.\\./sha' + 'red(?!/rulesets )'].join('|'),
);

const files = tracked(['*.ts']);
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

/** Files that git tracks or would, below the working folder. @param patterns as `git ls-files` takes them */
function tracked(patterns: readonly string[]): string[] {
  const list = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns],
    { encoding: 'utf8' },
  );
  return list.split('\0').filter((file) => file !== '' && !file.startsWith('node_modules/'));
}

function offenders(holds: (file: string, text: string) => boolean): string[] {
  return [...texts].filter(([file, text]) => !holds(file, text)).map(([file]) => file);
}

test('each file opens with a paragraph on what it is', () => {
  assert.equal(
    offenders((_, text) => text.replace(/^#!.*\n/, '').startsWith('/**')),
    [],
  );
});

test(`no file is longer than ${LONGEST_FILE} lines`, () => {
  assert.equal(
    offenders((_, text) => text.split('\n').length <= LONGEST_FILE),
    [],
  );
});

test('no file is named for what it is not', () => {
  assert.equal(
    offenders((file) => !BANNED_NAMES.test(basename(file))),
    [],
  );
});

test('each test file runs its suite', () => {
  assert.equal(
    offenders((file, text) => !file.endsWith('.test.ts') || /\.run\(\);\s*$/.test(text)),
    [],
  );
});

test('no test is skipped or alone', () => {
  assert.equal(
    offenders(
      (file, text) => !file.endsWith('.test.ts') || file === 'test/tidy.test.ts' || !/\btest\.(skip|only)\(/.test(text),
    ),
    [],
  );
});

test('nothing tells where it was made', () => {
  const all = tracked(['.']).filter(
    (file) => !/\.(arrow|png)$/.test(file) && file !== 'test/tidy.test.ts' && !file.startsWith('.ci/'),
  );
  assert.equal(
    all.filter((file) => PRIVATE.test(readFileSync(file, 'utf8'))),
    [],
  );
});

test('public addresses are those of the documentation ranges', () => {
  const found = new Map<string, string>();
  for (const file of tracked(['*.ts', '*.yaml', '*.md', '*.rules'])) {
    for (const [address] of readFileSync(file, 'utf8').matchAll(/(?<![\d.]|section )\d{1,3}(\.\d{1,3}){3}(?![\d.])/g))
      if (!isFree(address)) found.set(address, file);
  }
  assert.equal([...found], []);
});

/** Private, special or documentation addresses, and what is no address at all. */
function isFree(address: string): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  if ([a, b, c, d].some((part) => part > 255) || a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  )
    return true;
  return (
    (a === 192 && b === 0 && (c === 2 || c === 0)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113) ||
    (a === 198 && (b === 18 || b === 19))
  );
}

test.run();
