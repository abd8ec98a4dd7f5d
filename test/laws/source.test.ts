/**
 * House laws on the sources themselves: below `runs` nothing reads the wall clock, draws by itself, sorts by locale or
 * touches the process; only `core/random` draws; layers look down only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('sources');
const ROOT = new URL('../../', import.meta.url).pathname;
const LAYERS = ['core', 'net', 'controllers', 'runs'] as const;

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name))
      : entry.name.endsWith('.ts')
        ? [join(folder, entry.name)]
        : [],
  );
}

/** Code without comments and strings: a docstring may speak of what code must not do. */
function code(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

const FORBIDDEN =
  /\b(Math\.random|Date\.now|new Date\(\)|performance\.|setTimeout|setInterval|setImmediate|process\.|console\.|localeCompare|toLocale\w+|Intl\.)/;

test('below runs nothing reads the wall clock, draws by itself or sorts by locale', () => {
  for (const layer of ['core', 'net', 'controllers'])
    for (const file of files(layer)) assert.is(FORBIDDEN.exec(code(file))?.[0], undefined, file);
});

test('a scenario is read, staged, traced and folded without the wall clock and without drawing', () => {
  for (const folder of ['runs/world', 'runs/scenario', 'runs/trace', 'runs/replay'])
    for (const file of files(folder))
      assert.is(
        /\b(Math\.random|Date\.now|new Date\(\)|setTimeout|setInterval|localeCompare)/.exec(code(file))?.[0],
        undefined,
        file,
      );
});

test('seedrandom, ipaddr.js and the file system each have one door', () => {
  const doors: Record<string, RegExp> = { seedrandom: /^core\/random\.ts$/, 'ipaddr.js': /^net\/address\.ts$/ };
  for (const layer of LAYERS)
    for (const file of files(layer)) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      for (const [name, door] of Object.entries(doors))
        if (text.includes(`from '${name}'`)) assert.match(file, door, `${file} imports ${name}`);
      if (layer !== 'runs') assert.not.match(text, /from 'node:(fs|child_process|net|os|path|process|timers)/, file);
    }
});

test('layers look down only: core, net, controllers, runs', () => {
  for (const [depth, layer] of LAYERS.entries())
    for (const file of files(layer))
      for (const [, to] of readFileSync(join(ROOT, file), 'utf8').matchAll(
        /from '(?:\.\.\/)+(core|net|controllers|runs)\//g,
      ))
        assert.ok(LAYERS.indexOf(to as 'core') <= depth, `${file} imports ${to}`);
});

test.run();
