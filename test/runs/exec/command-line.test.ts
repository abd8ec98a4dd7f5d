/** Command lines as a shell reads them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCommandLine, parseShellLine, parseShellWords, SyntaxComplaint } from '../../../runs/exec/command-line.ts';

const test = suite('exec/command-line');

test('parseCommandLine() splits at blanks and takes quotes off', () => {
  assert.equal(parseCommandLine(`curl -w '%{http_code}\\n' "a \\"b\\" c" d\\ e x"y"z`), [
    'curl',
    '-w',
    '%{http_code}\\n',
    'a "b" c',
    'd e',
    'xyz',
  ]);
  assert.equal(parseCommandLine('scale deployment/web --replicas=5'), ['scale', 'deployment/web', '--replicas=5']);
  assert.equal(parseCommandLine("grep ''"), ['grep', '']);
});

test('parseCommandLine() gives back any words that were quoted for it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 5 }), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
      assert.equal(parseCommandLine(line), words);
    }),
  );
});

test('parseShellLine() tells pipes from alternatives and sequences', () => {
  const found = parseShellLine('a 1 | b && c || d; e # not this');
  assert.equal(
    found.map(({ after, commands }) => [after, ...commands.map(({ argv }) => argv.join(' '))]),
    [
      [';', 'a 1', 'b'],
      ['&&', 'c'],
      ['||', 'd'],
      [';', 'e'],
    ],
  );
});

test('parseShellLine() reads the three redirections that it knows', () => {
  const [{ commands } = { commands: [] }] = parseShellLine('a 2>&1 | b 2>/dev/null | c >/dev/null');
  assert.equal(
    commands.map(({ argv, errors, silent }) => [argv, errors, silent]),
    [
      [['a'], 'joined', false],
      [['b'], 'dropped', false],
      [['c'], 'kept', true],
    ],
  );
});

test('parseShellWords() takes a quoted operator in the words for an operator, as it came through a shell already', () => {
  assert.is(parseShellWords(['iptables-save', '|', 'grep', 'a|b'])[0]?.commands.length, 2);
});

test('parseShellLine() complains in the words of dash', () => {
  const complaint = (line: string): string => {
    try {
      parseShellLine(line);
    } catch (error) {
      return error instanceof SyntaxComplaint ? error.message : String(error);
    }
    return '';
  };
  assert.is(complaint('echo "a'), 'Syntax error: Unterminated quoted string');
  assert.is(complaint('a | | b'), 'Syntax error: "|" unexpected');
  assert.is(complaint('a && '), 'Syntax error: end of file unexpected');
  assert.is(complaint('a ; '), '');
  assert.is(complaint('a |'), 'Syntax error: end of file unexpected');
});

test.run();
