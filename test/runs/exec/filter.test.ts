/** The filters behind pipes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeedCluster } from './seed-cluster.ts';

const test = suite('exec/filter');
const cluster = new SeedCluster();

/** Output and exit code of a filter over these lines. */
function filtered(command: string, ...lines: string[]): [string, number] {
  const { stdout, exitCode } = cluster.type(
    command.includes(' ') ? command : `${command} `,
    undefined,
    `${lines.join('\n')}\n`,
  );
  return [stdout, exitCode];
}

// The expected lines were printed by GNU grep 3.8 and coreutils 9.1.

test('grep() keeps matching lines and exits 1 when there are none', () => {
  assert.equal(filtered('grep b', 'a', 'b'), ['b\n', 0]);
  assert.equal(filtered('grep z', 'a'), ['', 1]);
  assert.equal(filtered('grep -v b', 'a', 'b'), ['a\n', 0]);
  assert.equal(filtered('grep -i B', 'a', 'b'), ['b\n', 0]);
  assert.equal(filtered('grep -c b', 'a', 'b', 'b'), ['2\n', 0]);
  assert.equal(filtered('grep -q b', 'b'), ['', 0]);
  assert.equal(filtered('grep -o "1[0-9]"', 'x10 y11'), ['10\n11\n', 0]);
  assert.equal(filtered('grep -w ab', 'abc', 'x ab y'), ['x ab y\n', 0]);
});

test('grep() -A sets runs that do not touch apart', () => {
  assert.equal(filtered('grep -A1 b', 'a', 'b', 'c', 'd', 'e', 'b'), ['b\nc\n--\nb\n', 0]);
  assert.equal(filtered('grep -n -A 1 b', 'a', 'b', 'c', 'd', 'b'), ['2:b\n3-c\n--\n5:b\n', 0]);
  assert.equal(filtered('grep -B1 c', 'a', 'b', 'c'), ['b\nc\n', 0]);
});

test('grep() reads + and | as plain characters unless -E or a backslash says otherwise', () => {
  assert.equal(filtered('grep "a+"', 'a+', 'aa'), ['a+\n', 0]);
  assert.equal(filtered('grep -E "a+|z"', 'aa', 'z', 'b'), ['aa\nz\n', 0]);
  assert.equal(filtered('grep "x\\|z"', 'x', 'y', 'z'), ['x\nz\n', 0]);
  assert.equal(filtered('grep -F "a.b"', 'a.b', 'acb'), ['a.b\n', 0]);
});

test('grep() refuses what it cannot read with exit code 2', () => {
  const { stderr, exitCode } = cluster.type('grep -A');
  assert.ok(stderr.startsWith("grep: option requires an argument -- 'A'\nUsage: grep "));
  assert.is(exitCode, 2);
  assert.is(cluster.type('grep [').stderr, 'grep: Invalid regular expression\n');
});

test('head(), tail(), sort(), uniq() and wc() do as coreutils do', () => {
  assert.equal(filtered('head -n 1', 'a', 'b'), ['a\n', 0]);
  assert.equal(filtered('head -n -1', 'a', 'b', 'c'), ['a\nb\n', 0]);
  assert.equal(filtered('tail -n 1', 'a', 'b'), ['b\n', 0]);
  assert.equal(filtered('tail -n +2', 'a', 'b'), ['b\n', 0]);
  assert.equal(filtered('sort -rn', '9', '10', '1'), ['10\n9\n1\n', 0]);
  assert.equal(filtered('sort -u', 'b', 'a', 'b'), ['a\nb\n', 0]);
  assert.equal(filtered('uniq -c', 'a', 'a', 'b'), ['      2 a\n      1 b\n', 0]);
  assert.equal(filtered('wc -l', 'a', 'b'), ['2\n', 0]);
  assert.equal(filtered('wc -lc', 'a', 'b'), ['      2       4\n', 0]);
  assert.equal(filtered('wc ', 'a', 'b'), ['      2       2       4\n', 0]);
});

test.run();
