/** The small texts of kubectl: ages, YAML, columns. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { quantityValue } from '../../../controllers/object/quantity.ts';
import { humanDuration } from '../../../runs/kubectl/duration.ts';
import { evaluateJsonPath } from '../../../runs/kubectl/json-path.ts';
import { parseArguments } from '../../../runs/kubectl/options.ts';
import { formatBytes, formatCores } from '../../../runs/kubectl/quantity.ts';
import { DESCRIBE_LAYOUT, TABLE_LAYOUT, tabbed } from '../../../runs/kubectl/tab-writer.ts';
import { yamlText } from '../../../runs/kubectl/yaml-text.ts';

const test = suite('kubectl/text');

test('humanDuration() has at most two units, and fewer as it grows', () => {
  const texts: readonly [number, string][] = [
    [-5, '<invalid>'],
    [-0.5, '0s'],
    [26.9, '26s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [599, '9m59s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_980, '3h3m'],
    [28_800, '8h'],
    [172_799, '47h'],
    [277_200, '3d5h'],
    [8 * 86_400, '8d'],
    [800 * 86_400, '2y70d'],
    [3000 * 86_400, '8y'],
  ];
  for (const [seconds, text] of texts) assert.is(humanDuration(seconds), text);
});

test('tabbed() keeps the columns of consecutive lines together and lets others be', () => {
  assert.is(tabbed('A\tB\nlonger\tx\n', TABLE_LAYOUT), 'A        B\nlonger   x\n');
  assert.is(tabbed('A\tB\tC\n', TABLE_LAYOUT), 'A     B     C\n');
  assert.is(tabbed('ab:\tx\nplain\nabcdef:\ty\n', DESCRIBE_LAYOUT), 'ab:  x\nplain\nabcdef:  y\n');
  assert.is(tabbed('L:\ta=b\n\tc=d\n', DESCRIBE_LAYOUT), 'L:  a=b\n    c=d\n');
});

// How sigs.k8s.io/yaml, as kubectl 1.32 has it, printed these texts.
const SCALARS: readonly [string, string][] = [
  ['&a', "'&a'"],
  ['@a', "'@a'"],
  ['1:20', '"1:20"'],
  ['`a', "'`a'"],
  ['[a', "'[a'"],
  ['a: b', "'a: b'"],
  ['a:', "'a:'"],
  [',a', "',a'"],
  ['2020-01-01', '"2020-01-01"'],
  ['2020-05-06T11:27:52Z', '"2020-05-06T11:27:52Z"'],
  ['-', "'-'"],
  ['--- a', "'--- a'"],
  ['say "x"', 'say "x"'],
  ['', '""'],
  ['=', '='],
  ['!a', "'!a'"],
  ['1.5', '"1.5"'],
  ['#a', "'#a'"],
  ['-a', '-a'],
  ['.inf', '".inf"'],
  ['<<', '<<'],
  ['null', '"null"'],
  ['0x1f', '"0x1f"'],
  ['010', '"010"'],
  ['%a', "'%a'"],
  ["'a", "'''a'"],
  ['? a', "'? a'"],
  ['?a', '?a'],
  [' x', "' x'"],
  ['1e3', '"1e3"'],
  ['a ', "'a '"],
  ["it's", "it's"],
  ['*a', "'*a'"],
  ['true', '"true"'],
  ['y', '"y"'],
  ['a\tb', '"a\\tb"'],
  ['~', '"~"'],
  ['1_000', '"1_000"'],
  ['é', 'é'],
  ['25%', '25%'],
  ['a\nb\n', '|\n  a\n  b'],
  ['a\n\nb', '|-\n  a\n\n  b'],
];

test('yamlText() quotes as kubectl does', () => {
  for (const [text, printed] of SCALARS) assert.is(yamlText({ k: text }), `k: ${printed}\n`, JSON.stringify(text));
});

test('yamlText() folds long texts at the first blank behind column 80', () => {
  const words =
    'this is a very long annotation value with many words so that it will be folded at some column by the yaml writer';
  const annotations = {
    long: `${words}: and also a colon somewhere in it to be quoted`,
    plain: `${words} and no colon at all in this one here`,
  };
  assert.is(
    yamlText({ metadata: { annotations } }),
    `metadata:
  annotations:
    long: 'this is a very long annotation value with many words so that it will be
      folded at some column by the yaml writer: and also a colon somewhere in it to
      be quoted'
    plain: this is a very long annotation value with many words so that it will be
      folded at some column by the yaml writer and no colon at all in this one here
`,
  );
});

test('yamlText() is read back as what it was', () => {
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...SCALARS.map(([one]) => one)));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/), tie('tree'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      assert.equal(parse(yamlText(value), { version: '1.2' }), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('evaluateJsonPath() reads paths, lists, filters, ranges and quoted text', () => {
  const root = {
    items: [
      {
        name: 'a',
        ports: [
          { name: 'dns', port: 53 },
          { name: 'http', port: 80 },
        ],
        labels: { z: '1', b: '2' },
      },
      { name: 'b', ports: [] },
    ],
  };
  const value = (template: string): string => evaluateJsonPath(template, root);
  assert.is(value('{.items[0].name}'), 'a');
  assert.is(value('.items[*].name'), 'a b');
  assert.is(value('{.items[-1:].name}'), 'b');
  assert.is(value('{.items[0].ports[?(@.name=="dns")].port}'), '53');
  assert.is(value('{.items[0].ports[?(@.port>60)].name}'), 'http');
  assert.is(value('{range .items[*]}{.name}{"\\t"}{.ports[0].port}{"\\n"}{end}'), 'a\t53\nb\t\n');
  assert.is(value('{.items[0].labels}'), '{"b":"2","z":"1"}');
  assert.is(value("{.items[0].labels['z']} {..port}"), '1 53 80');
  assert.is(value('{.nothing}'), '');
  assert.throws(() => value('{range .items[*]}{.name}'), 'unclosed range');
});

test('parseArguments() takes options in every form of pflag', () => {
  const spec = {
    output: { kind: 'text', short: 'o' },
    all: { kind: 'flag' },
    stdin: { kind: 'flag', short: 'i' },
    tty: { kind: 'flag', short: 't' },
    'dry-run': { kind: { alone: 'unchanged' } },
  } as const;
  const read = (...argv: string[]) => parseArguments(argv, spec, 'get');
  for (const form of [['-o', 'wide'], ['-owide'], ['-o=wide'], ['--output', 'wide'], ['--output=wide']]) {
    assert.is(read('x', ...form).text('output'), 'wide', form.join(' '));
  }
  const options = read('-it', 'pod', '--all', '--dry-run', '--', 'sh', '-c');
  assert.equal(options.words, ['pod']);
  assert.equal(options.rest, ['sh', '-c']);
  assert.ok(options.flag('stdin') && options.flag('tty') && options.flag('all'));
  assert.is(options.text('dry-run'), 'unchanged');
  assert.is(read('--all=false').flag('all'), false);
});

test('quantityValue() reads what formatCores() and formatBytes() print', () => {
  assert.is(quantityValue('250m'), 0.25);
  assert.is(quantityValue('64Mi'), 64 * 2 ** 20);
  assert.is(formatCores(0.5), '500m');
  assert.is(formatCores(2), '2');
  assert.is(formatBytes(128 * 2 ** 20), '128Mi');
  assert.is(formatBytes(0), '0');
  fc.assert(
    fc.property(
      fc.nat({ max: 100_000 }),
      (milli) => Math.abs(quantityValue(formatCores(milli / 1000)) - milli / 1000) < 1e-9,
    ),
  );
});

test.run();
