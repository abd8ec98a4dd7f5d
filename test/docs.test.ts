/**
 * Output shown in the documents is what the commands print. `KUBEHOP_RENEW=1` writes it anew.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('documents');

const RENEW = process.env['KUBEHOP_RENEW'] === '1';
const DOCUMENTS = [
  'README.md',
  ...['core', 'net', 'controllers', 'runs', 'bench', 'test'].map((layer) => `${layer}/README.md`),
  ...pages('docs'),
];
const BLOCK = /<!-- output: kubehop (.+?) -->\n```text\n([\s\S]*?)```/g;

function pages(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function output(args: string): string {
  const out = mkdtempSync(join(tmpdir(), 'kubehop-docs-'));
  try {
    const words = args.split(' ');
    const kept = words[0] === 'run' || words[0] === 'trace' ? [...words, '--out', out] : words;
    const child = spawnSync(process.execPath, ['dist/bundle/main.js', ...kept], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '100' },
    });
    // Wall-clock time is the one thing that differs from run to run, and the folder is ours.
    return child.stdout.replace(/ in \d+(\.\d+)? s /, ' in 0.50 s ').replace(` --out ${out}`, '');
  } finally {
    rmSync(out, { recursive: true });
  }
}

for (const document of DOCUMENTS) {
  const text = readFileSync(document, 'utf8');
  if (RENEW) {
    const renewed = text.replace(
      BLOCK,
      (_, args: string) => `<!-- output: kubehop ${args} -->\n\`\`\`text\n${output(args)}\`\`\``,
    );
    if (renewed !== text) writeFileSync(document, renewed);
  }
  for (const [, args, shown] of readFileSync(document, 'utf8').matchAll(BLOCK)) {
    test(`${document} shows what "kubehop ${args}" prints`, () => {
      assert.fixture(shown!, output(args!));
    });
  }
}

test('each link between the documents leads somewhere', () => {
  for (const document of DOCUMENTS) {
    for (const [, target] of readFileSync(document, 'utf8').matchAll(/\]\(((?!https?:)[^)#]+)\)/g)) {
      assert.not.throws(() => readFileSync(join(document, '..', target!)), `${document}: ${target}`);
    }
  }
});

test.run();
