/**
 * Manifests: documents with places, and what is refused before it costs time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../runs/input-error.ts';
import { parseManifest } from '../../../runs/manifest/document.ts';
import { formatPath } from '../../../runs/manifest/locator.ts';
import { readSources } from '../../../runs/manifest/source.ts';

const test = suite('manifest');
const folder = mkdtempSync(join(tmpdir(), 'kubehop-manifest-'));
test.after(() => rmSync(folder, { recursive: true }));

const parse = (text: string) => parseManifest({ name: 'f.yaml', text });

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    assert.ok(!error.message.includes('\n'), error.message);
    assert.is(error.exitCode, 2);
    return error.message;
  }
  return 'accepted';
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const TEXT = `# two documents
kind: A
spec:
  list:
    - { name: one }
    - name: two
      "odd key": 3
---
---
kind: B
`;

test('parseManifest() gives documents with the place of every key and value', () => {
  const [a, b, more] = parse(TEXT);
  assert.is(more, undefined);
  assert.equal(a!.value, { kind: 'A', spec: { list: [{ name: 'one' }, { name: 'two', 'odd key': 3 }] } });
  assert.equal(a!.where, { file: 'f.yaml', line: 2, column: 1 });
  assert.equal(b!.where, { file: 'f.yaml', line: 10, column: 1 });
  assert.equal(a!.locator.value(['spec', 'list', 0, 'name']), { file: 'f.yaml', line: 5, column: 15 });
  assert.equal(a!.locator.key(['spec', 'list', 0, 'name']), { file: 'f.yaml', line: 5, column: 9 });
  assert.equal(a!.locator.value(['spec', 'list', 1, 'odd key']), { file: 'f.yaml', line: 7, column: 18 });
  assert.equal(a!.locator.value(['spec', 'list', 1, 'missing']), { file: 'f.yaml', line: 6, column: 7 });
});

test('parseManifest() gives JSON the same values and places', () => {
  const text = '{\n  "kind": "A",\n  "spec": { "list": [ { "name": "one" } ] }\n}\n';
  const [a] = parse(text);
  assert.equal(a!.value, { kind: 'A', spec: { list: [{ name: 'one' }] } });
  assert.equal(a!.locator.value(['spec', 'list', 0, 'name']), { file: 'f.yaml', line: 3, column: 33 });
});

test('parseManifest() takes the items of lists apart, typed lists too', () => {
  const [a, b, c] = parse(`apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata: { name: a }
  - apiVersion: v1
    kind: ServiceList
    items:
      - metadata: { name: b }
---
kind: C
`);
  assert.equal(a!.value, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  assert.equal(b!.value, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b' } });
  assert.equal(b!.where, { file: 'f.yaml', line: 10, column: 9 });
  assert.equal(b!.locator.value(['metadata', 'name']), { file: 'f.yaml', line: 10, column: 27 });
  assert.is(c!.value.kind, 'C');
});

test('parseManifest() expands anchors, aliases and merge keys, and finds places behind them', () => {
  const [a] = parse('base: &b\n  x: 1\none: *b\ntwo:\n  <<: *b\n  y: 2\n');
  assert.equal(a!.value, { base: { x: 1 }, one: { x: 1 }, two: { x: 1, y: 2 } });
  assert.equal(a!.locator.value(['one', 'x']), { file: 'f.yaml', line: 2, column: 6 });
});

test('parseManifest() takes the last of a key that stands twice, as an API server does, and tells where', () => {
  const [a] = parse('a: 1\nb:\n  c: 1\n  c: 2\n');
  assert.equal(a!.value, { a: 1, b: { c: 2 } });
  assert.equal(a!.doubleKeys, [{ key: 'c', where: { file: 'f.yaml', line: 4, column: 3 } }]);
});

const REFUSED: readonly (readonly [name: string, text: string, line: string | RegExp])[] = [
  ['a tab', 'a:\n\tb: 1\n', 'f.yaml:2:1: A tab cannot indent YAML: use spaces'],
  ['a quote that does not end', 'a: "b\n', /^f\.yaml:\d+:\d+: Not valid YAML: Missing closing "quote/],
  ['a bracket that does not end', 'a: [1, 2\nb: 3\n', /^f\.yaml:\d+:\d+: Not valid YAML: /],
  ['JSON that breaks off', '{"kind": "A", "spec": {', /^f\.yaml:1:\d+: Not valid YAML: /],
  ['plain text', 'hello\n', 'f.yaml:1:1: An object with apiVersion and kind is wanted here, not plain text'],
  ['a list', '- a\n', 'f.yaml:1:1: An object with apiVersion and kind is wanted here, not a list'],
  ['an alias of nothing', 'a: *b\n', /^f\.yaml:1:1: .*alias/i],
  ['items that are no list', 'kind: List\nitems: 3\n', 'f.yaml:2:8: items: a list is wanted here'],
  [
    'an item that is no object',
    'kind: List\nitems: [3]\n',
    'f.yaml:2:9: An object with apiVersion and kind is wanted here',
  ],
];

for (const [name, text, line] of REFUSED) {
  test(`parseManifest() refuses ${name}`, () => {
    const got = refusal(() => parse(text));
    if (typeof line === 'string') assert.is(got, line);
    else assert.match(got, line);
  });
}

/** A refusal must not cost what the parsing would have: minutes or all memory, which the test run does not outlive. */
function soon(work: () => string): string {
  return work();
}

test('a bomb of aliases is refused at once', () => {
  const names = 'abcdefghij'.split('');
  const lines = names.map((name, i) => {
    const items = new Array(9).fill(i === 0 ? 'x' : `*${names[i - 1]}`);
    return `${name}: &${name} [${items.join(', ')}]`;
  });
  assert.is(
    soon(() => refusal(() => parse(lines.join('\n')))),
    'f.yaml:1:1: Aliases expand more than 200 times in this document: refused',
  );
});

test('nesting without end is refused at once', () => {
  for (const unit of ['[', '{a: ', '- ', '[\n']) {
    assert.match(
      soon(() => refusal(() => parse(unit.repeat(200_000)))),
      /^f\.yaml:\d+:\d+: Nested more than 300 deep$/,
    );
  }
});

test('10 MB of garbage are refused at once, in one line', () => {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  const size = 10 * 2 ** 20;
  const bytes = Buffer.from(Uint8Array.from({ length: size }, random));
  const letters = Buffer.from(Uint8Array.from({ length: size }, () => 32 + (random() % 95)));
  const words = Buffer.from('lorem ipsum dolor\n'.repeat(size / 18));
  const refuse = (name: string, content: Buffer) => {
    const path = file(name, content);
    return soon(() => refusal(() => readSources(path).flatMap(parseManifest))).replace(`${folder}/`, '');
  };
  assert.is(refuse('bytes.yaml', bytes), 'bytes.yaml: This is a binary file; YAML or JSON is wanted');
  assert.is(
    refuse('letters.yaml', letters),
    'letters.yaml: The file has 10.0 MiB of YAML; at most 6 MiB are read (larger dumps as JSON)',
  );
  assert.match(refuse('words.yaml', words), /^words\.yaml: The file has 10\.0 MiB of YAML/);
  // Below the limit the parser must look at it, and stops at the first error.
  const half = refuse('half.yaml', letters.subarray(0, 3 * 2 ** 20));
  assert.match(half, /^half\.yaml:\d+:\d+: /);
  assert.ok(half.length < 250, half);
});

test('a map of 50,000 keys is read, where a search for doubles key by key would not end', () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `k${i}: ${i}`).join('\n');
  assert.is(Object.keys(parse(text)[0]!.value).length, 50_000);
});

test('20,001 documents are refused at once', () => {
  assert.is(
    soon(() => refusal(() => parse('---\n'.repeat(100_000)))),
    'f.yaml:20001: More than 20000 documents in one file',
  );
});

test('readSources() says what it cannot read', () => {
  const missing = join(folder, 'missing.yaml');
  assert.is(
    refusal(() => readSources(missing)),
    `${missing}: There is no such file`,
  );
  assert.is(
    refusal(() => readSources(join(file('f', ''), 'below'))),
    `${join(folder, 'f', 'below')}: There is no such file`,
  );
  const latin = file('latin.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]));
  assert.is(
    refusal(() => readSources(latin)),
    `${latin}: This is not UTF-8 text; YAML or JSON is wanted`,
  );
});

test('readSources() reads a folder in the order of its names', () => {
  const sub = mkdtempSync(join(folder, 'sub-'));
  for (const name of ['b.yaml', 'a.json', 'c.yml', 'notes.md']) writeFileSync(join(sub, name), name);
  assert.equal(
    readSources(sub).map(({ text }) => text),
    ['a.json', 'b.yaml', 'c.yml'],
  );
  const empty = mkdtempSync(join(folder, 'empty-'));
  assert.is(
    refusal(() => readSources(empty)),
    `${empty}: The folder has no .yaml, .yml or .json file`,
  );
});

test('formatPath() writes a path as kubectl does', () => {
  assert.is(formatPath(['spec', 'ports', 0, 'name']), 'spec.ports[0].name');
  assert.is(formatPath(['labels', 'app.kubernetes.io/name']), 'labels["app.kubernetes.io/name"]');
});

test.run();
